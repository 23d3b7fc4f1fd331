"""Writes report.html, the page by which people decide whether to use a dataset."""

from collections import Counter
from typing import Any

import polars as pl

from pedigree.curation.text_screens import describe_uncovered
from pedigree.dataset.label_evidence import describe_evidence, list_label_sentences
from pedigree.dataset.rejects import IS_CANDIDATE, MEANINGS
from pedigree.dataset.replica_figures import describe_runs, list_spread
from pedigree.dataset.results import Distribution, Manifest
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.usage import sum_by_model
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts
from pedigree.metrics.llm_diversity.sentences import tell_diversity
from pedigree.metrics.projection import project_texts
from pedigree.metrics.screen_funnel import BALANCING
from pedigree.report import charts, matrix_charts
from pedigree.report.confused_labels import FEW_LABELS, say_confused
from pedigree.report.failure_rounds import VENDI
from pedigree.report.html import render_page
from pedigree.report.label_readings import (
    MAX_DRAWN,
    describe_picture,
    describe_readings,
    list_lines,
    select_matrix,
)
from pedigree.report.label_set_tables import describe_sets
from pedigree.report.many_labels import select_of_many
from pedigree.report.samples import list_failing, parse_masked_candidate, sample_prompts, sample_rejects, sample_rows
from pedigree.report.selection_figures import describe_choice
from pedigree.report.tables.section import describe_tables, draw_tables
from pedigree.system.atomic_write import write_text
from pedigree.text_format import format_text
from pedigree.usefulness.recommendation_text import write_recommendation
from pedigree.usefulness.stopping_advice import join_advice
from pedigree.usefulness.summary import list_differences, list_label_gains, list_trials
from pedigree.usefulness.training_dynamics import KINDS

MAX_POINTS = {"reject": 400, "row": 1300, "seed": 300}
POINT_CHARS, ID_CHARS, MAX_CONFUSED = 160, 12, 20
LIKENESS = (
    ("two_sample_auc", "Two-sample AUC", "how well a classifier separates them; 0.5: not at all, 1: always"),
    ("top_5_similarity_tfidf", "Top-5 similarity", "of a real text to its five most similar rows; higher is nearer"),
    ("coverage_tfidf", "Coverage", "real texts with a row among their neighbours; 0.97 for texts of one source"),
    ("precision_tfidf", "Precision", "rows among the neighbours of real texts"),
    ("length_divergence", "Length", "Jensen-Shannon divergence of text lengths; 0: equal, 1: nothing in common"),
    ("punctuation_divergence", "Punctuation", "the same for punctuation marks and symbols"),
)


def write_report(job: Job, contents: JobOutputs, metrics: dict[str, Any], manifest: Manifest) -> None:
    """Write report.html into the job's folder: one page that needs no network; equal arguments give an equal page."""
    points = compute_map_points(job, contents)
    content = {
        "recipe": job.recipe,
        "gates": contents.gates,
        "vendi": VENDI,
        "labels_known": list_label_sentences(contents.gates),
        "checks": [(one, describe_evidence(one)) for one in contents.gates.labels],
        "distribution": contents.distribution,
        "readings": [
            (f"readings-{place}", describe_readings(one), describe_picture(one), list_lines(one), len(one.counts))
            for place, one in enumerate(contents.gates.readings)
        ],
        "most_drawn": MAX_DRAWN,
        "few_labels": FEW_LABELS,
        "confused_says": say_confused(metrics.get("confused")),
        **select_of_many(contents.gates.labels, metrics["coverage"]),
        "metrics": metrics,
        "tabled": describe_tables(metrics),
        "manifest": manifest,
        "rows": sample_rows(job, contents),
        "rejects": sample_rejects(job, contents),
        "rejected": _count_rejected(contents),
        "failing": list_failing(job, contents),
        "meanings": MEANINGS,
        "uncovered": describe_uncovered(job.recipe),
        "sent_prompts": sample_prompts(contents),
        "models": sum_by_model(contents.completions).to_dicts(),
        "points": len(points),
        "tested": Counter(example.label for example in job.held_out),
        "choice": describe_choice(metrics.get("selection")),
        "runs": describe_runs(metrics.get("replicas")),
        "spread": list_spread(metrics.get("replicas")),
        "scored": tell_diversity(metrics.get("llm_diversity")),
        "trainable": contents.tables["train"]["completion_id"].count(),
        **_read_usefulness(metrics["usefulness"]) | describe_sets(job.recipe, contents.distribution),
        "balancing": BALANCING,
        "likeness": LIKENESS,
        "offline": any(model.startswith("offline/") for model in metrics["models"]),
    }
    write_text(job.folder / "report.html", render_page(content, _draw(job, contents, metrics, points)))


def _count_rejected(contents: JobOutputs) -> dict[str, Any]:
    """Return the rejected candidates by reason (``of``), answers without a whole row, and real rows left out."""
    of = Counter(contents.rejects["reason"])
    unread = contents.distribution.unassigned
    candidates = contents.rejects.filter(IS_CANDIDATE)
    real = Counter(candidates.filter(pl.col("completion_id").is_null())["reason"])
    return {"of": of - Counter(unread) - real, "unread": unread, "real": real.total()}


def _read_usefulness(useful: dict[str, Any] | None) -> dict[str, Any]:
    embedded = (useful or {}).get("embeddings")
    return {
        "advice": join_advice(useful) if useful else None,
        "recommendation": write_recommendation(useful) if useful else None,
        "trials": list_trials(useful) if useful else [],
        "differences": list_differences(useful) if useful else [],
        "gains": list_label_gains(useful) if useful else [],
        "embedded_trials": list_trials(embedded) if embedded else [],
        "embedded_differences": list_differences(embedded) if embedded else [],
    }


def compute_map_points(job: Job, contents: JobOutputs) -> list[dict[str, Any]]:
    """Return the points of a sample of rows, rejects and seeds on the map; personal data of rejects is masked.

    None where rows have no texts, by whose words they would be placed.
    """
    if job.recipe.tabular:
        return []
    points = [
        {"kind": kind, **point}
        for kind, texts in _list_texts(job, contents).items()
        for point in draw_rows(texts, MAX_POINTS[kind], job.recipe.seed, "map", kind).iter_rows(named=True)
    ]
    for point in points:
        if point["kind"] == "reject":
            point["text"] = "\n".join(parse_masked_candidate(point["text"]).values())
    places = project_texts([point["text"] for point in points])
    if places is None:
        return []
    return [
        {
            **point,
            "id": point["id"][:ID_CHARS],
            "text": format_text(point["text"], POINT_CHARS),
            "x": float(x),
            "y": float(y),
        }
        for point, (x, y) in zip(points, places, strict=True)
    ]


def _list_texts(job: Job, contents: JobOutputs) -> dict[str, pl.DataFrame]:
    """Return id, label, origin and text of all texts for the map, by kind, in drawing order."""
    columns = {"id": pl.String, "label": pl.String, "origin": pl.String, "text": pl.String}
    rejects = contents.rejects.filter(IS_CANDIDATE)
    people = (*job.screen_real_rows().examples, *(job.seeds if job.recipe.seeds else ()))
    seeds = [(one.id, one.label, "people", "\n".join(str(value) for value in one.fields.values())) for one in people]
    made = contents.synthetic
    return {
        "reject": rejects.select(
            id="row_id", label="label", origin=pl.format("{}, {}", "generator", "reason"), text="candidate"
        ),
        "row": made.select(id="row_id", label="label", origin="generator", text=join_texts(made, job.recipe)),
        "seed": pl.DataFrame(seeds, columns, orient="row"),
    }


def _draw(
    job: Job, contents: JobOutputs, metrics: dict[str, Any], points: list[dict[str, Any]]
) -> dict[str, charts.Spec]:
    """Return the charts that have data, by name."""
    drawn = {"labels": charts.draw_labels(compute_label_shares(contents.distribution)), **_draw_lengths(job, contents)}
    for place, matrix in enumerate(map(select_matrix, contents.gates.readings)):
        drawn[f"readings-{place}"] = matrix_charts.draw_readings(matrix.labels, matrix.columns, matrix.list_cells())
    if contents.rejects.height:
        counts = contents.rejects.group_by("reason", "generator").agg(candidates=pl.len()).sort("reason", "generator")
        drawn["rejects"] = charts.draw_rejects(counts.to_dicts())
    if drift := charts.list_drift(contents.gates.gates):
        drawn["drift"] = charts.draw_drift(drift)
    if known := metrics.get("difficulty"):
        drawn["difficulty"] = matrix_charts.draw_difficulty(_list_difficulty(known))
    drawn |= draw_tables(job, contents, metrics)
    if points:
        drawn["map"] = charts.draw_map(points)
    return drawn | _draw_usefulness(metrics["usefulness"]) if metrics["usefulness"] else drawn


def _list_difficulty(known: dict[str, Any]) -> list[dict[str, Any]]:
    """Return origin, kind and share of people's rows, of all synthetic ones and of those of each label."""
    origins = {"written by people": known["people"], "synthetic": known["synthetic"], **known["by_label"]}
    return [
        {"rows": origin, "kind": kind, "place": place, "share": one[kind]}
        for origin, one in origins.items()
        if one
        for place, kind in enumerate(KINDS)
    ]


def _draw_usefulness(useful: dict[str, Any]) -> dict[str, charts.Spec]:
    trials, gains = list_trials(useful), list_label_gains(useful)
    lines = [
        {
            "trained": trial.trained_on,
            "f1": trial.figures["macro_f1"],
            "low": trial.figures["macro_f1_interval"][0],
            "high": trial.figures["macro_f1_interval"][1],
            "repeats": trial.figures.get("macro_f1_repeats", []),
        }
        for trial in trials
    ]
    sizes = Counter(point["real"] for point in useful["curve"])  # a single point is no line
    points = [
        {**{name: point[name] for name in ("synthetic", "real", "macro_f1")}, "draws": len(point["macro_f1_draws"])}
        for point in useful["curve"]
        if point["macro_f1"] is not None and sizes[point["real"]] > 1
    ]
    drawn = {"usefulness": charts.draw_usefulness(lines)} if lines else {}
    if gains:
        drawn["gains"] = charts.draw_gains(gains)
    if len(points) > 1:
        drawn["curve"] = charts.draw_learning_curve(points)
    if useful["synthetic"] and len(useful["labels"]) <= MAX_CONFUSED:
        drawn["confusion"] = matrix_charts.draw_confusion(useful["labels"], useful["synthetic"]["confusion"])
    return drawn


def _draw_lengths(job: Job, contents: JobOutputs) -> dict[str, charts.Spec]:
    drawn = {}
    for name in job.recipe.text_fields:
        seeds = pl.Series([seed.fields[name] for seed in job.seeds], dtype=pl.String)
        texts = {"rows": contents.synthetic[name], "seeds": seeds}
        lengths = {whose: one.drop_nulls().str.len_chars() for whose, one in texts.items()}  # some may be missing
        if spec := charts.draw_lengths(lengths):
            drawn[f"lengths-{name}"] = spec
    return drawn


def compute_label_shares(distribution: Distribution) -> list[dict[str, Any]]:
    """Return the shares of each label, for ``charts.draw_labels``."""
    labels = distribution.labels
    totals = {name: sum(getattr(label, name) or 0 for label in labels) or 1 for name in ("made", "kept", "read")}
    return [
        {
            "label": label.label,
            "target": label.target_share,
            **{name: None if getattr(label, name) is None else getattr(label, name) / totals[name] for name in totals},
        }
        for label in labels
    ]
