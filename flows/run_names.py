"""Run names: what a run is called in lists, at first by what it is asked for, at last by what came of it."""

from prefect import get_client
from prefect.runtime import flow_run

from pedigree.versions.publishing import Published


def name_synthesis() -> str:
    """Return the name of a run that starts: the dataset, and what the recipe is told to change."""
    asked = flow_run.parameters
    changes = [f"{asked['rows']:,} rows" if asked.get("rows") else "", asked.get("model") or ""]
    changes.append(f"at most {asked['budget_usd']:g} USD" if asked.get("budget_usd") else "")
    return ": ".join(filter(None, [asked["dataset"], ", ".join(filter(None, changes))]))


def name_augmentation() -> str:
    """Return the name of a run that starts: the dataset, and how far its labels are filled up."""
    asked = flow_run.parameters
    how_far = f"{asked['fill_to']:,} rows a label" if asked.get("fill_to") else "the most frequent label"
    return f"{asked['dataset']}: filled up to {how_far}"


def rename_run(dataset: str, published: Published | None, publish_version: bool) -> None:
    """Name the run by the version that it made."""
    if published:
        name = f"{dataset}: {published.version.name} ({published.change or 'pushed'})"
    else:
        name = f"{dataset}: unchanged" if publish_version else f"{dataset}: made, not to be published"
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=name)
