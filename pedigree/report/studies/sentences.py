"""What the page of a study says in words: what its figures rest on, and what they can't tell."""

from collections.abc import Mapping, Sequence
from typing import Any

from pedigree.studies.settings import REAL, TEMPLATE, Study

WRITERS = {
    "offline": "by the offline template model, which follows a grammar: they are no evidence about a real model",
    "replay": "by replay of a file: the model was asked earlier and by others, so its prompts, and what they cost, are "
    "not known here",
    "model": "by asking the model",
}


def describe_writers(found: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """Return a sentence for each way in which rows were made.

    ``found`` has the strategy, the model's name, the model as it was asked, and who wrote the rows (``name_writer``).
    """
    said = []
    for kind, how in WRITERS.items():
        systems = [
            TEMPLATE if strategy == TEMPLATE else f"{strategy} ({asked if kind == 'model' else model})"
            for strategy, model, asked, writer in found
            if writer == kind
        ]
        if systems:
            said.append(f"{', '.join(dict.fromkeys(systems))}: made {how}.")
    return said


def describe_intervals(study: Study, systems: Sequence[Mapping[str, Any]]) -> str:
    """Return what points and intervals of macro-F1 are."""
    tests = sorted({one["test_rows"] for one in systems})
    rows = f"{tests[0]:,}" if len(tests) == 1 else f"{tests[0]:,} to {tests[-1]:,}"
    seeds = len(study.seeds)
    said = (
        f"A point is macro-F1 on a task's held-out rows ({rows}), trained on synthetic rows alone at the largest size"
    )
    said += f", {study.sizes[-1]:,}{' a label' if study.sizes_are == 'rows_per_label' else ''}. "
    said += "Bars are 95 % intervals over 1,000 resamples of the held-out rows: they say how sure the figure of these "
    if seeds == 1:
        return said + "rows is. There is one seed, so how far other draws of rows would differ is unknown."
    return (
        said + f"rows is. Ticks are the {seeds} seeds, the point is their mean: they say how far draws of rows differ."
    )


def describe_ranking(found: Mapping[str, Any] | None) -> list[str]:
    """Return what the ranks tell: first whether systems differ, then what it rests on."""
    if found is None:
        return ["No task has two systems, so there is nothing to rank."]
    systems, tasks = len(found["systems"]), found["tasks"]
    rests = f"It rests on {tasks} task{'s' * (tasks != 1)} and {systems} systems"
    rests += (
        f"; {', '.join(found['left_out'])} took no part, as not all of these tasks have them"
        if found["left_out"]
        else ""
    )
    if not found["can_tell"]:
        return [
            f"{tasks} task{'s' * (tasks != 1)} can't tell whether {systems} systems differ: it needs {found['needed']} "
            "or more, with which the best and the worst could at all differ by the test of Nemenyi.",
            f"{rests}.",
        ]
    test = f"Friedman's chi-square is {found['statistic']:.2f}, p {_format_p(found['p'])}"
    critical = (
        f"two systems differ where their average ranks differ by more than {found['critical']:.2f} (Nemenyi, 0.05)"
    )
    if found["p"] >= 0.05:
        first = f"No difference between the systems was found: {test}; that is no proof that they are equal."
    elif not found["different"]:
        first = f"The systems differ ({test}), but no pair of them does: {critical}."
    else:
        pairs = "; ".join(f"{better} is better than {worse}" for better, worse in found["different"])
        first = f"{pairs[:1].upper()}{pairs[1:]} ({test}; {critical})."
    small = " With so few tasks p is only near (Demšar 2006 asks for more than 10 tasks)." if tasks <= 10 else ""
    return [first, f"{rests}.{small}"]


def describe_correlations(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each system: how its gap to real rows goes with the subjectivity of tasks."""
    said = []
    for one in found:
        count = one["pairs"]
        tasks = f"{count} task{'s' * (count != 1)}"
        if one["rho"] is None:
            said.append(f"{one['system']}: {tasks} can't tell; a rank correlation needs four that differ.")
            continue
        how = "over all orders" if one["exact"] else "by the t distribution"
        verdict = "" if one["p"] < 0.05 else ": not significant"
        said.append(
            f"{one['system']}: Spearman's rho {one['rho']:+.2f}, n = {count}, p {_format_p(one['p'])} {how}{verdict}."
        )
    return said


def describe_findings(found: Mapping[str, Any]) -> list[str]:
    """Return the sentences of one student that a terminal tells: ranks, and gaps against subjectivity."""
    gaps = [f"gap to real rows against subjectivity, {said}" for said in describe_correlations(found["subjectivity"])]
    return [
        describe_ranking(found["ranking"])[0],
        *(gaps if any(one["points"] for one in found["subjectivity"]) else []),
    ]


def describe_rises(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each task and system how much more its accuracy rises than that of real rows, where people agree."""
    said = []
    for one in found:
        first, last = one["levels"][0], one["levels"][-1]
        rises = {line["system"]: line for line in one["rises"]}
        for name, line in rises.items():
            if "more" not in line or name == TEMPLATE:
                continue
            low, high = line["more_interval"]
            verdict = "steeper than" if low > 0 else "less steep than" if high < 0 else "not told apart from"
            said.append(
                f"{one['task']}, {name}: from all {first['rows']:,} rows to the {last['rows']:,} of agreement "
                f"{last['agreement']:.0%}, accuracy changed by {line['rise']:+.3f}, of real rows by "
                f"{rises[REAL]['rise']:+.3f}; {verdict} real rows (difference {line['more']:+.3f}, 95 % interval "
                f"{low:+.3f} to {high:+.3f})."
            )
    return said


def describe_mixing(rows: Sequence[Mapping[str, Any]], seeds: int) -> list[str]:
    """Return for each amount of real rows by how much synthetic rows beside them changed macro-F1 of all systems.

    ``rows`` have amount, gain, task and system; each gain is a mean over ``seeds`` draws.
    """
    said = []
    for amount in sorted({row["amount"] for row in rows}):
        gains = [row["gain"] for row in rows if row["amount"] == amount]
        better = sum(gain > 0 for gain in gains)
        mean = sum(gains) / len(gains)
        said.append(
            f"Beside {amount:,} real rows, synthetic ones changed macro-F1 by {mean:+.3f} on average; it rose in "
            f"{better} of {len(gains)} pairs of task and system, of {seeds} seed{'s' * (seeds != 1)} each."
        )
    return said


def name_baselines(systems: Sequence[str]) -> str:
    """Return what the two baselines are, as far as a study has them."""
    said = []
    if REAL in systems:
        said.append(f"“{REAL}” is a student of people's rows alone, all that a task has")
    if TEMPLATE in systems:
        said.append(f"“{TEMPLATE}” one of rows of the offline template model (the baseline of Gholami and Omar 2023)")
    return "; ".join(said) + "."


def _format_p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.4f}" if abs(p - 0.05) < 0.0005 else f"{p:.3f}"
