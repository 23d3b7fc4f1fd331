"""Pages of the documentation that are made from the code: reasons of rejects, gates, measures, what runs show."""
