"""What a batch costs: the map's prices of a batch, else half at OpenAI and Azure, else the direct price."""

import pytest

from pedigree.models.litellm_library import load_litellm
from pedigree.models.prices import PriceList
from pedigree.recipe.generator import Generator


@pytest.mark.parametrize(
    ("changes", "usd", "says"),
    [
        ({"model": "openai/gpt-4o-mini"}, 0.075 + 0.3, "LiteLLM's prices of a batch"),
        ({"model": "gpt-4o-mini"}, 0.075 + 0.3, "LiteLLM's prices of a batch"),
        ({"model": "azure/gpt-4o-mini"}, 0.075 + 0.3, "half of LiteLLM's price"),
        ({"model": "azure/gpt-4o-mini", "api_base": "https://x.openai.azure.com"}, 0.375, "half of LiteLLM's price"),
        ({"model": "azure/gpt-4o-mini", "api_base": "https://elsewhere.example"}, 0.75, "in full"),
        ({"model": "openai/no-such-model"}, None, "not known"),
        ({"model": "openai/gpt-4o-mini", "prices": {"input": 1, "output": 2}}, 3.0, "the recipe's 'prices'"),
    ],
)
def test_the_price_of_a_batch_and_what_it_rests_on(changes, usd, says):
    prices, generator = PriceList(load_litellm()), Generator(batch=True, **changes)
    assert prices.price(generator, 1_000_000, 1_000_000) == (usd if usd is None else pytest.approx(usd))
    assert says in prices.describe_batch(generator)


def test_direct_calls_have_the_direct_price():
    prices, generator = PriceList(load_litellm()), Generator(model="openai/gpt-4o-mini")
    assert prices.price(generator, 1_000_000, 1_000_000) == pytest.approx(0.75)
    assert prices.describe_batch(generator) is None
