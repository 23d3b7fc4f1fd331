"""What to make: the schema of a recipe, its YAML file, and what a command changes in it."""
