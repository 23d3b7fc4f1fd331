"""The figures of a version that was measured again, compared with those it was published with."""

from dataclasses import dataclass
from typing import Any

from pedigree.report.markdown import escape_markdown, write_table
from pedigree.report.tables.figures import TABLE_FIGURES
from pedigree.usefulness.baselines.comparison import Baselines
from pedigree.usefulness.fine_tuning.trial import FineTuning
from pedigree.usefulness.profiles.trial import Profiles
from pedigree.usefulness.summary import interpret_interval, list_differences, list_label_gains

TRAINING_MIXES = {
    "synthetic": "the synthetic rows",
    "real": "the real rows",
    "both": "both",
    "both_real_upweighted": "both, real rows up-weighted",
}
FIGURES = {
    **{
        f"{measure}, trained on {title}": ("usefulness", mix, key)
        for mix, title in TRAINING_MIXES.items()
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
    "macro-F1 of the recommended set-up": ("usefulness", "recommended", "macro_f1"),
    "held-out rows": ("usefulness", "test_rows"),
    "rows": ("counts", "rows"),
    "distinct-2": ("words", "distinct_2"),
    "Remote Clique (TF-IDF)": ("diversity", "remote_clique_tfidf"),
    "Chamfer (TF-IDF)": ("diversity", "chamfer_tfidf"),
    "Vendi score (TF-IDF)": ("diversity", "vendi_tfidf"),
    "self-BLEU": ("diversity", "self_bleu"),
    "AUC, rows against real rows": ("fidelity", "two_sample_auc"),
    "top-5 similarity to real rows (TF-IDF)": ("fidelity", "top_5_similarity_tfidf"),
    "coverage of real rows (TF-IDF)": ("fidelity", "coverage_tfidf"),
}

BESIDE = {
    **TABLE_FIGURES,
    **{
        f"{measure}, trained on {title} (embeddings)": ("usefulness", "embeddings", mix, key)
        for mix, title in TRAINING_MIXES.items()
        for measure, key in {"macro-F1": "macro_f1", "AUC": "auc"}.items()
    },
    "macro-F1, both minus real rows (embeddings)": (
        "usefulness",
        "embeddings",
        "differences",
        "both_minus_real",
        "macro_f1",
    ),
    "Remote Clique (embeddings)": ("diversity", "remote_clique_embeddings"),
    "Chamfer (embeddings)": ("diversity", "chamfer_embeddings"),
    "Vendi score (embeddings)": ("diversity", "vendi_embeddings"),
    "top-5 similarity to real rows (embeddings)": ("fidelity", "top_5_similarity_embeddings"),
    "coverage of real rows (embeddings)": ("fidelity", "coverage_embeddings"),
}


@dataclass(frozen=True)
class MeasuredFigure:
    """A figure as measured now and as in the version's metrics.json; None if it was not measured."""

    name: str
    now: float | None
    then: float | None

    @property
    def difference(self) -> float | None:
        """Return now minus then, rounded to 6 digits."""
        return None if self.now is None or self.then is None else round(self.now - self.then, 6)


@dataclass(frozen=True)
class ScoreDifference:
    """A difference of macro-F1 (of one label: F1) on the same held-out rows, with 95 % interval and interpretation."""

    of: str
    difference: float
    interval: tuple[float, float]
    reading: str


@dataclass(frozen=True)
class AgreementLevel:
    """Held-out rows on whose label so large a share of annotators agreed, and a classifier's scores on them."""

    trained_on: str
    agreement: float
    rows: int
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Evaluation:
    """A version's figures. ``own``: measured on the version's own held-out file, so that then and now are comparable.

    ``embedder`` names the embedder used, if any. ``interval`` is the 95 % interval of ``macro_f1``. ``evidence`` is
    False for rows of the offline model. ``path`` is the result file, relative to the workspace. ``compared`` are
    classifiers on the same held-out rows, ``gains`` the effect of synthetic rows by label. ``agreement`` has the scores
    on rows on which annotators agree, where the held-out file says how far they do. ``fine_tuned`` are those of an
    encoder, ``baselines`` those of free ways to make rows, that were asked for, ``profiles`` of parts of the rows.
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
    figures: tuple[MeasuredFigure, ...]
    notes: tuple[str, ...]
    path: str
    embedder: str | None = None
    compared: tuple[ScoreDifference, ...] = ()
    gains: tuple[ScoreDifference, ...] = ()
    advice: str | None = None
    recommendation: str | None = None
    agreement: tuple[AgreementLevel, ...] = ()
    fine_tuned: FineTuning | None = None
    baselines: Baselines | None = None
    profiles: Profiles | None = None

    def list_lines(self) -> list[list[str]]:
        """Return one line per figure for people: name, now, then, difference."""
        return [
            [figure.name, _format(figure.now), _format(figure.then), _format(figure.difference, signed=True)]
            for figure in self.figures
        ]


def pair_figures(now: dict[str, Any], then: dict[str, Any]) -> tuple[MeasuredFigure, ...]:
    """Return the figures of two measurements of one version; those of embeddings and tables only if either has them.

    A note states when the published figures come from another embedder.
    """
    figures = [MeasuredFigure(name, _find(now, keys), _find(then, keys)) for name, keys in FIGURES.items()]
    beside = [MeasuredFigure(name, _find(now, keys), _find(then, keys)) for name, keys in BESIDE.items()]
    return (*figures, *(one for one in beside if one.now is not None or one.then is not None))


def list_score_differences(useful: dict[str, Any]) -> tuple[ScoreDifference, ...]:
    """Return the differences of macro-F1 in the figures of usefulness."""
    return tuple(ScoreDifference(*line) for line in list_differences(useful))


def list_gains(useful: dict[str, Any]) -> tuple[ScoreDifference, ...]:
    """Return the gain from synthetic rows by label, largest gain first."""
    return tuple(
        ScoreDifference(
            one["label"], one["gain"], (one["low"], one["high"]), interpret_interval(one["low"], one["high"])
        )
        for one in list_label_gains(useful)
    )


def list_agreement(useful: dict[str, Any]) -> tuple[AgreementLevel, ...]:
    """Return the scores where annotators agree, by training rows and level; empty where nobody says how far they do."""
    levels = (useful.get("agreement") or {}).get("levels", [])
    return tuple(
        AgreementLevel(title, level["agreement"], level["rows"], one["accuracy"], one["macro_f1"],
                       (one["macro_f1_interval"][0], one["macro_f1_interval"][1]))
        for mix, title in TRAINING_MIXES.items()
        for level in levels
        if (one := level.get(mix))
    )  # fmt: skip


def write_evaluation(evaluation: Evaluation) -> str:
    """Return an evaluation as Markdown: figures now and then, score differences, gains by label, advice, notes."""
    interval = " to ".join(map(_format, evaluation.interval or ()))
    parts = [
        f"## {escape_markdown(evaluation.version)} on {escape_markdown(evaluation.held_out)}",
        f"Macro-F1 {_format(evaluation.macro_f1)}" + (f", 95 % interval {interval}." if interval else "."),
        f"**{escape_markdown(evaluation.baselines.verdict)}.**" if evaluation.baselines else "",
        escape_markdown(evaluation.recommendation or ""),
        escape_markdown(evaluation.advice or ""),
        write_table(["figure", "now", "then", "difference"], evaluation.list_lines()),
        _write_comparisons("On the same held-out rows, macro-F1", evaluation.compared),
        _write_comparisons("Both instead of real rows alone, F1", evaluation.gains),
        _write_agreement(evaluation.agreement),
        *map(_write_beside, (evaluation.profiles, evaluation.fine_tuned, evaluation.baselines)),
        "\n".join(f"- {escape_markdown(note)}" for note in evaluation.notes),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _write_comparisons(title: str, compared: tuple[ScoreDifference, ...]) -> str:
    lines = [
        [
            one.of,
            _format(one.difference, signed=True),
            " to ".join(_format(end, signed=True) for end in one.interval),
            one.reading,
        ]
        for one in compared
    ]
    return write_table([title, "difference", "95 % interval", "reading"], lines) if lines else ""


def _write_agreement(levels: tuple[AgreementLevel, ...]) -> str:
    lines = [
        [
            f"{one.trained_on}, agreement at least {one.agreement:.0%}",
            f"{one.rows:,}",
            _format(one.accuracy),
            _format(one.macro_f1),
            " to ".join(map(_format, one.interval)),
        ]
        for one in levels
    ]
    head = ["Where annotators agree, trained on", "held-out rows", "accuracy", "macro-F1", "95 % interval"]
    return write_table(head, lines) if lines else ""


def _write_beside(found: FineTuning | Baselines | Profiles | None) -> str:
    if found is None:
        return ""
    said = "\n".join(f"- {escape_markdown(sentence)}." for sentence in found.list_sentences())
    return f"{write_table(found.head, found.list_lines())}\n\n{said}"


def _find(metrics: Any, keys: tuple[str, ...]) -> float | None:
    """Return the figure at a path of the metrics; None if it is missing, as in an older schema."""
    for key in keys:
        metrics = metrics.get(key) if isinstance(metrics, dict) else None
    return metrics if isinstance(metrics, int | float) else None


def _format(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:+,}" if signed else f"{value:,}"
    return f"{value:+.4f}" if signed else f"{value:.4f}"
