"""What prompts say of slots, and the values that rows are asked to have."""
