"""From a recipe to prompts: rounds, slots, strategies, templates, budget and cost forecast."""
