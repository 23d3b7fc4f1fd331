"""Whether rows give away the rows of people that a model was shown: copies, nearness, membership, personal data."""
