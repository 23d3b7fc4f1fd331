"""A gate's figure and limit: as JSON can hold them, and for people."""

import math
from typing import Any

Figure = float | int | str | None


def format_figure(figure: Figure) -> str:
    """Return a gate's figure or limit for people."""
    if figure is None:
        return "none"
    if isinstance(figure, float):
        return f"{figure:.4g}"
    return f"{figure:,}" if isinstance(figure, int) else figure


def make_plain(value: Any) -> Figure:
    """Return a value as JSON can hold it: a finite number, or a short text."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple | set):
        texts = map(str, value)
        value = ", ".join(sorted(texts) if isinstance(value, set) else texts)
    return str(value)[:1000]
