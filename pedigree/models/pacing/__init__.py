"""How fast a model is called: request queue, rate limits, shared limits and circuit breaker."""
