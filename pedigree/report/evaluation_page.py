"""An evaluation: the figures of a version that was measured again, beside those that it was published with."""

from dataclasses import dataclass
from typing import Any

from pedigree.report.markdown import escape_markdown, write_table
from pedigree.usefulness.summary import interpret_interval, list_differences, list_label_gains

TEACHERS = {
    "synthetic": "the synthetic rows",
    "real": "the real rows",
    "both": "both",
    "both_real_upweighted": "both, real rows up-weighted",
}
FIGURES = {
    **{
        f"{measure} of a student of {who}": ("usefulness", teacher, key)
        for teacher, who in TEACHERS.items()
        for measure, key in {
            "macro-F1": "macro_f1",
            "accuracy": "accuracy",
            "AUC": "auc",
            "calibration error": "calibration_error",
        }.items()
    },
    "macro-F1 over repeats, mean": ("usefulness", "synthetic", "macro_f1_mean"),
    "macro-F1 over repeats, standard deviation": ("usefulness", "synthetic", "macro_f1_std"),
    "macro-F1, both minus real rows": ("usefulness", "differences", "both_minus_real", "macro_f1"),
    "macro-F1, synthetic minus real rows": ("usefulness", "differences", "synthetic_minus_real", "macro_f1"),
    "macro-F1 of synthetic rows, recalibrated": ("usefulness", "synthetic", "recalibrated", "macro_f1"),
    "held-out rows": ("usefulness", "test_rows"),
    "rows": ("counts", "rows"),
    "distinct-2": ("words", "distinct_2"),
    "Remote Clique (TF-IDF)": ("diversity", "remote_clique_tfidf"),
    "Chamfer (TF-IDF)": ("diversity", "chamfer_tfidf"),
    "Vendi score (TF-IDF)": ("diversity", "vendi_tfidf"),
    "self-BLEU": ("diversity", "self_bleu"),
    "AUC of telling rows from real ones": ("fidelity", "two_sample_auc"),
    "top-5 similarity to real rows (TF-IDF)": ("fidelity", "top_5_similarity_tfidf"),
    "coverage of real rows (TF-IDF)": ("fidelity", "coverage_tfidf"),
}

EMBEDDING_FIGURES = {
    **{
        f"{measure} of a student of {who} (embeddings)": ("usefulness", "embeddings", teacher, key)
        for teacher, who in TEACHERS.items()
        for measure, key in {"macro-F1": "macro_f1", "AUC": "auc"}.items()
    },
    "macro-F1, both minus real rows (embeddings)": (
        "usefulness", "embeddings", "differences", "both_minus_real", "macro_f1",
    ),
    "Remote Clique (embeddings)": ("diversity", "remote_clique_embeddings"),
    "Chamfer (embeddings)": ("diversity", "chamfer_embeddings"),
    "Vendi score (embeddings)": ("diversity", "vendi_embeddings"),
    "top-5 similarity to real rows (embeddings)": ("fidelity", "top_5_similarity_embeddings"),
    "coverage of real rows (embeddings)": ("fidelity", "coverage_embeddings"),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure as measured now and as the version's metrics.json has it; None where it was not measured."""

    name: str
    now: float | None
    then: float | None

    @property
    def difference(self) -> float | None:
        """Return now minus then, rounded to 6 digits."""
        return None if self.now is None or self.then is None else round(self.now - self.then, 6)


@dataclass(frozen=True)
class Comparison:
    """A difference of macro-F1 (or, of one label, of F1) on the same held-out rows: its 95 % interval, and what may be said."""

    of: str
    difference: float
    interval: tuple[float, float]
    reading: str


@dataclass(frozen=True)
class Evaluation:
    """A version's figures. ``own``: its own held-out file was used; otherwise its figures then are of other test rows.

    ``embedder`` names the embedder whose figures are among them, if any. ``interval`` is the 95 % interval of
    ``macro_f1``. ``evidence`` is False for rows of the offline model. ``path`` is the result file, below the workspace.
    ``compared`` are students on the same held-out rows, ``gains`` what synthetic rows add to real ones by label.
    """

    dataset: str
    version: str
    commit: str
    held_out: str
    held_out_sha256: str
    own: bool
    evidence: bool
    macro_f1: float | None
    interval: tuple[float, float] | None
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    path: str
    embedder: str | None = None
    compared: tuple[Comparison, ...] = ()
    gains: tuple[Comparison, ...] = ()
    advice: str | None = None

    def list_lines(self) -> list[list[str]]:
        """Return a line a figure, as people read it: its name, now, then, and the difference."""
        return [
            [figure.name, _say(figure.now), _say(figure.then), _say(figure.difference, signed=True)]
            for figure in self.figures
        ]


def read_figures(now: dict[str, Any], then: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the figures that two metrics have of one version; those of embeddings where either has any.

    Figures then are of another embedder's vectors only where a note says so.
    """
    figures = [Figure(name, _find(now, keys), _find(then, keys)) for name, keys in FIGURES.items()]
    beside = [Figure(name, _find(now, keys), _find(then, keys)) for name, keys in EMBEDDING_FIGURES.items()]
    return (*figures, *(one for one in beside if one.now is not None or one.then is not None))


def compare_students(useful: dict[str, Any]) -> tuple[Comparison, ...]:
    """Return the differences of macro-F1 that the figures of usefulness have."""
    return tuple(Comparison(*line) for line in list_differences(useful))


def compare_labels(useful: dict[str, Any]) -> tuple[Comparison, ...]:
    """Return by label what synthetic rows add to real ones, the largest gain first."""
    return tuple(
        Comparison(one["label"], one["gain"], (one["low"], one["high"]), interpret_interval(one["low"], one["high"]))
        for one in list_label_gains(useful)
    )


def write_evaluation(evaluation: Evaluation) -> str:
    """Return an evaluation as Markdown: each figure now, then, and the difference; students compared, gains by label, advice."""
    interval = " to ".join(map(_say, evaluation.interval or ()))
    parts = [
        f"## {escape_markdown(evaluation.version)} on {escape_markdown(evaluation.held_out)}",
        f"Macro-F1 {_say(evaluation.macro_f1)}" + (f", 95 % interval {interval}." if interval else "."),
        escape_markdown(evaluation.advice or ""),
        write_table(["figure", "now", "then", "difference"], evaluation.list_lines()),
        _write_comparisons("On the same held-out rows, macro-F1", evaluation.compared),
        _write_comparisons("Both instead of real rows alone, F1", evaluation.gains),
        "\n".join(f"- {escape_markdown(note)}" for note in evaluation.notes),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _write_comparisons(title: str, compared: tuple[Comparison, ...]) -> str:
    lines = [
        [
            one.of,
            _say(one.difference, signed=True),
            " to ".join(_say(end, signed=True) for end in one.interval),
            one.reading,
        ]
        for one in compared
    ]
    return write_table([title, "difference", "95 % interval", "reading"], lines) if lines else ""


def _find(metrics: Any, keys: tuple[str, ...]) -> float | None:
    """Return the figure at a place of the metrics; None where there is none, as in those of another schema."""
    for key in keys:
        metrics = metrics.get(key) if isinstance(metrics, dict) else None
    return metrics if isinstance(metrics, int | float) else None


def _say(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:+,}" if signed else f"{value:,}"
    return f"{value:+.4f}" if signed else f"{value:.4f}"
