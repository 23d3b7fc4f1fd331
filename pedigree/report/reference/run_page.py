"""The page of what runs show in Prefect: artifacts on their pages, and events."""

from pedigree.report.reference.tables import NOTE, write_table

PAGE_FILE = "docs/artifacts-and-events.md"
ARTIFACTS = {  # end of the name -> (kind, when, what it holds)
    "progress": ("progress", "during the run", "rows kept, in percent of the rows wanted"),
    "rows": (
        "text",
        "during the run",
        "rows kept by label; calls, tokens, cost, rate and time left",
    ),
    "labels": (
        "text",
        "after the gates",
        "what is known of the labels; rows wanted, made, kept and read by label; a chart; labels that were confused",
    ),
    "rejects": (
        "text",
        "after the gates; also if generation stopped",
        "rejects by reason, with masked examples ([reject-reasons.md](reject-reasons.md))",
    ),
    "gates": (
        "text",
        "after the gates; first if one failed",
        "each gate with figure and limit; rows that fail ([gates.md](gates.md))",
    ),
    "cost": ("text", "after the gates", "calls, tokens and USD by model"),
    "report": ("text", "after the gates", "a link to report.html"),
    "rounds": (
        "text",
        "after the gates, with `strategy: failures`",
        "what each failure-driven round asked for and gained ([failures.md](failures.md))",
    ),
    "version": (
        "text",
        "after publishing",
        "tag, change, commit, links to card and report, and the commands that pull it",
    ),
    "result": ("text", "at the end of `refresh`, on its own page", "what the run that it started brought"),
    "evaluation": ("text", "at the end of `evaluate`", "the figures now and as published"),
    "instructions": (
        "text",
        "at the end of `optimise`",
        "the rounds of a search for instructions: score, changes, what told the rows ([optimise.md](optimise.md))",
    ),
    "replicas": (
        "table",
        "at the end of `replicate`",
        "figures of each variant, and their mean and standard deviation",
    ),
    "results": (
        "table",
        "at the end of `study`",
        "macro-F1 by task and system, ranks, and datasets that failed; NAME is study-NAME ([study.md](study.md))",
    ),
}
FIGURES = {  # of the payload of every event
    "dataset": "its name",
    "labels_checked": "what is known of the labels: a sentence `known`, and `evidence`",
    "rows": "rows in all",
    "train": "rows of the split train",
    "validation": "rows of the split validation",
    "rejects": "rejects",
    "labels": "label -> rows",
    "models": "models that were asked",
    "cost_usd": "cost of all answers in USD; null if unknown",
    "warnings": "messages of the gates that warn",
    "recipe_sha256": "hash of the recipe",
    "content_sha256": "table -> hash of its content",
}
EVENTS = {  # name -> (when, what else its payload holds)
    "dataset.published": ("a version was published", ("version", "tag", "commit", "change")),
    "dataset.rejected": ("a gate failed, nothing was published", ("failed", "why")),
}
DETAILS = {
    "version": "v1.2.0",
    "tag": "NAME@v1.2.0",
    "commit": "the commit of the version",
    "change": "major, minor or patch",
    "failed": "name, figure, limit and message of each gate that failed",
    "why": "their messages in one text",
}
BEGINNING = f"""\
{NOTE.format("pedigree/report/reference/run_page.py")}

# Artifacts and events

What a run leaves in Prefect. How to see and use it: [prefect.md](prefect.md).

## Artifacts

An artifact is named after the dataset, such as `support-tickets-gates`. The next run of the dataset replaces it;
Prefect keeps the earlier ones as versions of the artifact. Where no flow is named, `synthesize` makes it, also where
`augment` or `refresh` started it.

"""
MIDDLE = """
## Events

The resource of an event is `pedigree.dataset.NAME`; `pedigree.workspace` names the workspace.

"""


def format_page() -> str:
    """Return the page as Markdown."""
    shown = ((f"`NAME-{key}`", *about) for key, about in ARTIFACTS.items())
    events = ((f"`{event}`", when, ", ".join(f"`{key}`" for key in keys)) for event, (when, keys) in EVENTS.items())
    payload = ((f"`{key}`", "both", means) for key, means in FIGURES.items())
    of = {key: event for event, (_, keys) in EVENTS.items() for key in keys}
    details = ((f"`{key}`", f"`{of[key]}`", means) for key, means in DETAILS.items())
    return (
        BEGINNING
        + write_table(("artifact", "kind", "when", "what it holds"), shown)
        + MIDDLE
        + write_table(("event", "when", "its own keys"), events)
        + "\n"
        + write_table(("key of the payload", "event", "what it holds"), [*details, *payload])
    )
