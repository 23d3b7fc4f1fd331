"""What rows are about, counted: the triples that they were written for, and the rows of rare scenarios."""
