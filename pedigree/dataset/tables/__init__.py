"""Tables: how their cells are read, and what a file of a table holds."""
