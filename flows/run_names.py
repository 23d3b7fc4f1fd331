"""Names of flow runs in lists: at the start from their parameters, at the end from the published version."""

from prefect import get_client
from prefect.runtime import flow_run

from pedigree.versions.publishing import Published


def name_synthesis() -> str:
    """Return the name of a starting run: the dataset and the overrides of its recipe."""
    parameters = flow_run.parameters
    changes = [f"{parameters['rows']:,} rows" if parameters.get("rows") else "", parameters.get("model") or ""]
    changes.append(f"at most {parameters['budget_usd']:g} USD" if parameters.get("budget_usd") else "")
    return ": ".join(filter(None, [parameters["dataset"], ", ".join(filter(None, changes))]))


def name_augmentation() -> str:
    """Return the name of a starting run: the dataset and the row count that its labels are filled up to."""
    parameters = flow_run.parameters
    target = f"{parameters['fill_to']:,} rows a label" if parameters.get("fill_to") else "the most frequent label"
    return f"{parameters['dataset']}: filled up to {target}"


def name_replication() -> str:
    """Return the name of a starting run: the dataset, and how many models and seeds it is made with."""
    parameters = flow_run.parameters
    counts = {"model": len(parameters.get("models") or ()), "seed": len(parameters.get("seeds") or ())}
    told = [f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items() if count]
    return f"{parameters['dataset']}: compared with {' and '.join(told) or 'itself'}"


def rename_run(dataset: str, published: Published | None, publish_version: bool) -> None:
    """Rename the run after the version that it published."""
    if published:
        name = f"{dataset}: {published.version.name} ({published.change or 'pushed'})"
    else:
        name = f"{dataset}: unchanged" if publish_version else f"{dataset}: made, not published"
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=name)
