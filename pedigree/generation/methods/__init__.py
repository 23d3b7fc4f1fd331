"""Strategies with a module each: what their prompts hold, and the lists that they ask a model for first."""
