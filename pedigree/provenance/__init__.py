"""Where a row and a version come from, and whether the chain of hashes holds."""
