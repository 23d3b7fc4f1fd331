"""What tokens cost: the recipe's own prices, else those of LiteLLM's price map, and the part that a batch costs."""

from typing import Any
from urllib.parse import urlsplit

from pedigree.recipe.asked_model import AskedModel

FREE_PROVIDERS = {"offline", "replay"}
HALVED = {"openai", "azure"}  # a batch costs half of the price of direct calls
HALVED_HOSTS = ("openai.com", "openai.azure.com")
BATCH_KEYS = ("input_cost_per_token_batches", "output_cost_per_token_batches")


class PriceList:
    """Prices of models in USD; None where no price is known."""

    def __init__(self, litellm: Any):
        self._litellm = litellm
        self._unpriced: set[str] = set()  # models that LiteLLM knows no price of
        self._batches: dict[tuple[str, str | None], tuple[str, tuple[float, float] | None]] = {}

    def price(self, generator: AskedModel, tokens_in: int, tokens_out: int) -> float | None:
        """Return what so many tokens cost, in USD, or None where no price is known."""
        if generator.prices is not None:
            return (tokens_in * generator.prices.input + tokens_out * generator.prices.output) / 1e6
        if generator.model.split("/", 1)[0] in FREE_PROVIDERS:
            return 0.0
        if not generator.batch:
            return self._find_direct(generator, tokens_in, tokens_out)
        source, each = self._find_batch(generator)
        if each is not None:
            return tokens_in * each[0] + tokens_out * each[1]
        direct = self._find_direct(generator, tokens_in, tokens_out)
        return direct if direct is None or source != "half" else direct / 2

    def describe_batch(self, generator: AskedModel) -> str | None:
        """Return what the price of a batch rests on, in words; None for a generator that is called directly."""
        if not generator.batch:
            return None
        if generator.prices is not None:
            return "the recipe's 'prices', taken as the prices of a batch"
        if self.price(generator, 1000, 1000) is None:
            return "not known: add 'prices' to the generator"
        return {
            "map": "LiteLLM's prices of a batch",
            "half": "half of LiteLLM's price of direct calls",
            "full": "LiteLLM's price of direct calls in full, as no price of a batch is known: the bill may be lower",
        }[self._find_batch(generator)[0]]

    def _find_direct(self, generator: AskedModel, tokens_in: int, tokens_out: int) -> float | None:
        if generator.model in self._unpriced:
            return None
        try:
            return sum(
                self._litellm.cost_per_token(generator.model, prompt_tokens=tokens_in, completion_tokens=tokens_out)
            )
        except Exception:  # LiteLLM raises a plain Exception for a model that its price map lacks
            self._unpriced.add(generator.model)
            return None

    def _find_batch(self, generator: AskedModel) -> tuple[str, tuple[float, float] | None]:
        """Return what the price of a batch is taken from, and the prices of a token in and out if the map has them."""
        key = generator.model, generator.api_base
        if key not in self._batches:
            self._batches[key] = self._look_up(generator)
        return self._batches[key]

    def _look_up(self, generator: AskedModel) -> tuple[str, tuple[float, float] | None]:
        try:
            info = self._litellm.get_model_info(generator.model)
            provider = info.get("litellm_provider") or ""
        except Exception:  # as above
            return "full", None
        prices = [info.get(name) for name in BATCH_KEYS]
        if all(isinstance(price, int | float) for price in prices):
            return "map", (prices[0], prices[1])
        host = urlsplit(generator.api_base or "").hostname
        own = host is None or host.endswith(HALVED_HOSTS)
        return ("half" if own and provider in HALVED else "full"), None
