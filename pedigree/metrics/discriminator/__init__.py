"""A classifier that tells rows from people's rows: how well, by what, and how sure that is."""
