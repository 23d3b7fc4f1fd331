"""What the spans of a dataset are like."""
