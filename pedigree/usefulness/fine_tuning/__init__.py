"""A pretrained encoder that is fine-tuned as one more classifier of a dataset, on request."""
