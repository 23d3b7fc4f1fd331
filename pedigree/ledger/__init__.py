"""Every completion received, in append-only files."""
