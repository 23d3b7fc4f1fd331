"""A job whose steps up to validation are done: small tables made of the real seeds and invented rejects."""

import json
import random
import shutil
from pathlib import Path

import polars as pl

from pedigree import ids
from pedigree.dataset import schemas
from pedigree.dataset.judges.figures import JudgeFigures, LabelAgreement, Rate
from pedigree.dataset.results import (
    Confusion,
    Distribution,
    Estimate,
    GateResult,
    GateResults,
    GeneratorCount,
    LabelCount,
    LabelEvidence,
    LabelReadings,
    write_result,
)
from pedigree.job import Job, open_job
from pedigree.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]
CUSTOMERS = ["I am a student", "This is for our office", "We have been with you for years", "First order ever", ""]
MOODS = ["Please help", "This is the third time I write", "No hurry", "Honestly, what is going on", "Thanks in advance"]
THINGS = ["the blue headphones", "my coffee machine", "a travel booking", "the fitness tracker", "our laptop order"]
REASONS = {
    "exact-duplicate": "the same text after normalisation",
    "near-duplicate": "Jaccard 0.91 >= 0.85",
    "held-out-overlap": "shares 13 words in a row",
    "pii": "an e-mail address",
    "refusal": "starts as a refusal: I cannot help with",
    "label-named": "names its label",
    "surplus": "the label had all its rows",
}


def write_finished_job(root: Path, rows: int = 240, model: str = "offline/template", hostile: str = "") -> Job:
    """Write a workspace with a finished dataset of about ``rows`` rows; ``hostile`` is in texts, answers and gates."""
    for folder in ("prompts", "data/seeds/support-tickets"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    for folder in ("recipes", "expectations"):
        (root / folder).mkdir(parents=True)
    recipe = (REPOSITORY / "recipes/support-tickets.yaml").read_text(encoding="utf-8")
    recipe = recipe.replace("rows: 1000", f"rows: {rows}").replace("offline/template", model)
    (root / "recipes/support-tickets.yaml").write_text(recipe, encoding="utf-8")
    (root / "expectations/text-classification.json").write_text("{}\n", encoding="utf-8")
    (root / "dvc.yaml").touch()
    job = open_job(Workspace(root), "support-tickets")
    made = _make_candidates(job, hostile)
    prompts, completions = _make_askings(job, made, model, hostile)
    kept = made.filter(pl.col("reason").is_null()).with_columns(weight=pl.lit(1.0))
    chosen = kept.select(list(schemas.rows_schema(job.recipe)))
    validation = pl.int_range(pl.len()) % 7 == 0
    frames = {
        "prompts": prompts,
        "completions": completions,
        "train": chosen.filter(~validation),
        "validation": chosen.filter(validation),
        "rejects": _make_rejects(job, made, kept["row_id"][0]),
    }
    for name, frame in frames.items():
        schemas.write_table(frame, job.table(name))
    write_result(_count_labels(job, made), job.folder / "distribution.json")
    write_result(_judge(hostile), job.folder / "gates.json")
    return job


def _make_candidates(job: Job, hostile: str) -> pl.DataFrame:
    rng, lines = random.Random(0), []
    generators = [generator.title for generator in job.recipe.generators]
    for label, wanted in job.recipe.targets.items():
        seeds = [example.fields["text"] for example in job.seeds if example.label == label]
        for number in range(wanted + wanted // 5):
            completion = ids.sha256_of([label, number // 10])
            opening, mood = rng.choice(CUSTOMERS), rng.choice(MOODS)
            text = f"{rng.choice(seeds)} {opening}. {mood}, it is about {rng.choice(THINGS)} ({number}). {hostile}"
            reason = None if number < wanted else list(REASONS)[min(rng.randrange(12), len(REASONS) - 1)]
            generator = generators[(number // 10) % len(generators)]
            lines.append((ids.row_id(completion, number % 10), completion, number % 10, label, generator, text, reason))
    names = ["row_id", "completion_id", "position", "label", "generator", "text", "reason"]
    return pl.DataFrame(lines, schema=names, orient="row", infer_schema_length=None).with_columns(
        pl.col("position").cast(pl.Int32)
    )


def _make_askings(job: Job, made: pl.DataFrame, model: str, hostile: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    strategy = {generator.title: generator for generator in job.recipe.generators}
    askings = made.group_by("completion_id", maintain_order=True).first()
    prompts, completions = [], []
    for slot, asking in enumerate(askings.iter_rows(named=True)):
        generator = strategy[asking["generator"]]
        content = f"Task: {job.recipe.task}\nLabel: {asking['label']}\nRows: 10\n{hostile}"
        messages = ids.canonical_json(
            [{"role": "system", "content": "Write rows."}, {"role": "user", "content": content}]
        )
        key, prompt = asking["completion_id"], ids.sha256_of(messages)
        shown = [job.seeds[slot % len(job.seeds)].id]
        prompts.append(
            (key, prompt, 0, generator.title, generator.strategy, generator.template_path, "0" * 64, asking["label"],
             0, slot, 0, "{}", messages, shown, [])
        )  # fmt: skip
        cost = 0.0 if model.startswith("offline/") else 0.0004
        completions.append(
            (
                key,
                prompt,
                0,
                model,
                f"{model}{hostile}",
                "{}",
                "{}",
                "[]",
                "stop",
                420,
                610,
                0,
                cost,
                key[:12],
                None,
                None,
            )
        )
    completions.append(
        ("f" * 64, "e" * 64, 0, model, None, "{}", "{}", None, None, 0, 0, 0, 0.0, None, "timeout", "no answer")
    )
    return (
        pl.DataFrame(prompts, schema=schemas.PROMPTS, orient="row"),
        pl.DataFrame(completions, schema=schemas.COMPLETIONS, orient="row"),
    )


def _make_rejects(job: Job, made: pl.DataFrame, rival: str) -> pl.DataFrame:
    rivals = {"near-duplicate": rival, "exact-duplicate": rival, "held-out-overlap": job.held_out[0].id}
    rejected = made.filter(pl.col("reason").is_not_null()).with_columns(
        candidate=pl.Series(
            [json.dumps({"text": text}) for text in made.filter(pl.col("reason").is_not_null())["text"]]
        ),
        detail=pl.col("reason").replace_strict(REASONS),
        rival=pl.col("reason").replace_strict(rivals, default=None),
    )
    failed = pl.DataFrame(
        [
            (
                None,
                "f" * 64,
                None,
                "refund-request",
                "few-shot",
                '{"rows": [{"text": "I want',
                "unreadable",
                "no JSON",
                None,
            )
        ],
        schema=schemas.REJECTS,
        orient="row",
    )
    return pl.concat([rejected.select(list(schemas.REJECTS)).cast(schemas.REJECTS), failed])


def _count_labels(job: Job, made: pl.DataFrame) -> Distribution:
    labels, total = [], made["reason"].null_count()
    for label, wanted in job.recipe.targets.items():
        own = made.filter(pl.col("label") == label)
        kept, share = own["reason"].null_count(), job.recipe.labels[label].share
        rejected = dict(sorted(own["reason"].drop_nulls().value_counts().iter_rows()))
        labels.append(
            LabelCount(
                label=label, target_share=share, wanted=wanted, made=own.height, rejected=rejected, kept=kept,
                train=kept - kept // 7, validation=kept // 7, read=max(kept - len(label) + 12, 0),
                deviation=kept / total - share,
            )
        )  # fmt: skip
    generators = [
        GeneratorCount(
            generator=generator.title,
            made=_count(made.filter(pl.col("generator") == generator.title)),
            kept=_count(made.filter((pl.col("generator") == generator.title) & pl.col("reason").is_null())),
        )
        for generator in job.recipe.generators
    ]
    return Distribution(
        labels=labels, generators=generators, unassigned={"unreadable": 1}, distance_made=0.004, distance_kept=0.001,
        distance_read=0.06, g_test_p=0.99,
    )  # fmt: skip


def _count(frame: pl.DataFrame) -> dict[str, int]:
    return dict(sorted(frame["label"].value_counts().iter_rows()))


def _judge(hostile: str) -> GateResults:
    return GateResults(
        passed=True,
        suite="text-classification",
        gates=[
            GateResult(name="label_distance", severity="critical", passed=True, figure=0.001, limit=0.005,
                 message="The kept labels are 0.001 from the target shares; at most 0.005 is allowed."),
            GateResult(name="class_floor", severity="critical", passed=True, figure=14, limit=10,
                 message=f"The smallest label has 14 rows; at least 10 are needed. {hostile}"),
            GateResult(name="near_duplicate_share", severity="critical", passed=True, figure=0.0, limit=0.02,
                 message="No row has a near-duplicate; 2 % may have one."),
            GateResult(name="read_distance", severity="warning", passed=False, figure=0.31, limit=0.25,
                 message="A student of the seeds reads other labels: distance 0.31, 0.25 is expected.",
                 failing_rows=2, failing_row_ids=["a" * 64, "b" * 64]),
        ],
        labels=_check_labels(hostile),
        readings=[_read_labels(hostile)],
        judges=[_measure_judge(hostile)],
    )  # fmt: skip


def _read_labels(hostile: str) -> LabelReadings:
    counts = {f"refund-request{hostile}": {"billing-dispute": 7, f"refund-request{hostile}": 21, "": 1}}
    counts |= {"billing-dispute": {"billing-dispute": 40}, "how-to-question": {"how-to-question": 3}}
    return LabelReadings(by="judge", name=f"second-look{hostile}", labels=list(counts), counts=counts)


def _measure_judge(hostile: str) -> JudgeFigures:
    recognised = {"refund-request": Rate(hits=18, rows=20, low=0.699, high=0.972)}
    return JudgeFigures(
        name=f"second-look{hostile}", model=f"openai/judge{hostile}", question="relabel",
        no_verdict=3, self_agreement=0.9, votes={f"refund-request{hostile}": 70, "": 2},
        sensitivity=recognised, specificity={},
        by_label={"refund-request": LabelAgreement(with_it=40, given=31, without_it=60, given_too=6)},
    )  # fmt: skip


def _check_labels(hostile: str) -> list[LabelEvidence]:
    right = Estimate(share=0.91, low=0.84, high=0.96)
    doubts = [Confusion(asked=f"refund-request{hostile}", read="billing-dispute", rows=7)]
    facts = {"rows": 96, "right": right, "by_label": {"refund-request": right, hostile or "delivery-problem": right}}
    return [
        LabelEvidence(by="people", name=f"Ann{hostile}", rests_on=f"rows were drawn at random{hostile}", **facts),
        LabelEvidence(
            by="classifier", rests_on="its errors are known", caution=f"few seeds{hostile}", confusions=doubts, **facts
        ),
    ]
