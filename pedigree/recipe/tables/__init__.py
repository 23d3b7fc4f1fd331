"""What a recipe says of rows that are records of a table: missing values, rules between columns."""
