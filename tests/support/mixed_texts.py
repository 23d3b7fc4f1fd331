"""Short texts of few words in any order, so that much of each stands in others, too; the same on every machine."""

import random

WORDS = (
    "the a I my order refund please account cancel late broken it's not why ? money back card thanks app "
    "phone box return"
)
ODD = [
    "Refund please",
    "refund please",
    "why",
    "...",
    "The order is late! It's not in the box, why?",
    "The order is late! It's not in the box, thanks?",
]


def mix(count: int, seed: int = 3, words: str = WORDS) -> list[str]:
    """Return so many texts of 1 to 22 words."""
    chance, words = random.Random(seed), words.split()
    return [" ".join(chance.choices(words, k=chance.randint(1, 22))) for _ in range(count)]


TEXTS = mix(60) + ODD
