"""The search for a generator's instructions: parts of people's rows, prompts for rewrites, the choice."""
