"""Parts of an evaluation that are made on request."""
