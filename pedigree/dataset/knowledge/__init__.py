"""Triples of knowledge: how a file is read, which are drawn, and the sentences that prompts hold."""
