"""From a raw answer to a row, or to a reject with its reason."""
