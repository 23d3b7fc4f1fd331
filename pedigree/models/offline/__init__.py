"""The offline model: plausible rows for any recipe, without a network, a key or a download."""
