"""The only room that calls a model: gateway, scheduler, rate limits, providers and paid embeddings."""
