"""What a recipe says of slots: the kinds of values that are marked as spans in texts."""
