"""Records of searches for instructions, which a recipe names."""
