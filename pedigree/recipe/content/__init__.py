"""Settings of what rows are about: triples of knowledge, rare scenarios, and records of a replayed file."""
