"""What the report and the card say of tabular datasets."""
