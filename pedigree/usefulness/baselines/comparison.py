"""A dataset beside its baselines: the scores, and whether the model that was paid earned its money."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class BaselineScore:
    """Macro-F1 on the held-out rows of what learned ``rows`` rows of a way to make them, and of both with real rows.

    Of a baseline, the means over ``draws`` seeded draws, of which ``lowest_highest`` are the least and the greatest
    macro-F1. Intervals (95 %) are over the held-out rows and, of a baseline, over its draws too. ``behind``: macro-F1
    of the dataset less that of the baseline, with its paired interval; None of the dataset.
    """

    name: str
    title: str
    rows: int
    macro_f1: float | None
    interval: tuple[float, float] | None
    both_macro_f1: float | None
    both_interval: tuple[float, float] | None
    behind: tuple[float, float, float] | None = None
    draws: int = 1
    lowest_highest: tuple[float, float] | None = None


@dataclass(frozen=True)
class Baselines:
    """The scores of the dataset and of its baselines, what it cost, and how many people's rows the baselines used.

    ``seconds`` is how long the baselines took here; it is no part of a comparison of two results.
    """

    scores: tuple[BaselineScore, ...]
    people: int
    test_rows: int
    cost_usd: float | None
    calls: int
    evidence: bool
    seconds: float = field(default=0.0, compare=False)

    @property
    def head(self) -> list[str]:
        """Return the titles of the columns of ``list_lines``."""
        return [
            "trained on",
            "rows",
            "macro-F1",
            "95 % interval",
            "of its draws",
            "with real rows",
            "95 % interval",
            "dataset less this",
        ]

    def list_lines(self) -> list[list[str]]:
        """Return a line for the dataset and one for each baseline."""
        return [
            [
                one.title, f"{one.rows:,}", _figure(one.macro_f1), _span(one.interval), _span(one.lowest_highest),
                _figure(one.both_macro_f1), _span(one.both_interval),
                "–" if one.behind is None else f"{one.behind[0]:+.4f} ({one.behind[1]:+.4f} to {one.behind[2]:+.4f})",
            ]
            for one in self.scores
        ]  # fmt: skip

    def list_sentences(self) -> list[str]:
        """Return sentences without a full stop: whether the money was earned, and what was compared."""
        draws = max((one.draws for one in self.scores[1:]), default=0)
        return [
            self.verdict,
            f"Baselines were made from {self.people:,} rows of people, which learned nothing of the {self.test_rows:,} "
            "held-out rows; each has as many rows of a label as the dataset where people's rows have that label",
            f"Figures of a baseline are means of {draws:,} draws by seeds that follow from the recipe's, and their "
            "intervals hold both, draws and held-out rows; the dataset is one draw of its model. All draws took "
            f"{self.seconds:,.0f} s here",
        ]

    @property
    def verdict(self) -> str:
        """Return in one sentence whether the model earned its money beside the best baseline, and what a point cost."""
        dataset, *others = self.scores
        known = [one for one in others if one.macro_f1 is not None]
        if not known or dataset.macro_f1 is None:
            return "No baseline could be compared"
        best = max(known, key=lambda one: one.macro_f1 or 0.0)
        gain, low, high = best.behind or (0.0, 0.0, 0.0)
        figure = f"macro-F1 {gain:+.3f} (95 %: {low:+.3f} to {high:+.3f}) against the best baseline ({best.name})"
        if not self.evidence:
            return f"Nothing is proved, as the offline model wrote rows of the dataset: {figure}"
        paid = f"{self.calls:,} calls, whose cost is unknown,"
        if self.cost_usd is not None:
            paid = f"{self.cost_usd:,.4f} USD and {self.calls:,} calls"
        if high < 0:
            return f"The model did not earn its money: {figure}; {paid} bought nothing above it"
        if low <= 0:
            return f"Whether the model earned its money is not known: {figure} may be 0 or below; {paid} were spent" + (
                f", {self._price(gain)} a point if the gain is as measured" if gain > 0 else ""
            )
        return (
            f"The model is above what is free: {figure}; {paid} were spent, {self._price(gain)} a point "
            f"({self._price(high)} to {self._price(low)})"
        )

    def _price(self, gain: float) -> str:
        """Return what a point (0.01) of macro-F1 cost, in USD where that is known, else in calls."""
        points = 100 * gain
        calls = f"{self.calls / points:,.1f} calls"
        return calls if self.cost_usd is None else f"{self.cost_usd / points:,.4f} USD and {calls}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _span(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
