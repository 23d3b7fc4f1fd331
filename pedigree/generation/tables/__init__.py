"""Prompts about rows without texts, besides those that ask for rows."""
