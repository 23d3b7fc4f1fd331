"""What a dataset is made of on disk: rows and decisions of people, table schemas, result files and their names."""
