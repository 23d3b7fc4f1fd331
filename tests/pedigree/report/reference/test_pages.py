"""The pages that are made from the code are current, and name all that the code has."""

import json
import re

import pytest
from ruamel.yaml import YAML

from pedigree.dataset.label_evidence import GATE
from pedigree.dataset.rejects import MEANINGS
from pedigree.recipe.gate_settings import DriftSettings
from pedigree.report.reference import gate_page, measure_page, reject_page, run_page
from pedigree.report.reference.measures import MEASURES, VARIETY
from pedigree.report.reference.tables import name_key, name_keys, write_table
from tests.support.make_measured_job import copy_measured_job
from tests.support.workspaces import REPOSITORY

PAGES = {
    reject_page.PAGE_FILE: reject_page.format_page,
    gate_page.PAGE_FILE: lambda: gate_page.format_page(REPOSITORY),
    measure_page.PAGE_FILE: measure_page.format_page,
    run_page.PAGE_FILE: run_page.format_page,
}
NAMED = {"generators", "by_label", "by_generator", "rejects", "f1", "gains", "before", "after", "biases", "differences"}
GATES = re.compile(r'name="([a-z][a-z\' -]*)",\n\s+severity=')


def read_sources(*folders):
    return {path: path.read_text(encoding="utf-8") for name in folders for path in (REPOSITORY / name).rglob("*.py")}


@pytest.mark.parametrize("name", PAGES)
def test_what_is_in_docs_is_current(name):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == PAGES[name](), "run 'make reference'"


def test_every_reason_has_what_helps():
    assert reject_page.REASONS.keys() == MEANINGS.keys()
    page = reject_page.format_page()
    assert all(f"| `{reason}` | {meaning} |" in page for reason, meaning in MEANINGS.items())


def test_a_screen_that_can_be_turned_off_is_named_with_its_default():
    assert name_key("screens.near_duplicate") == "`screens: {near_duplicate: 0.85}`"
    assert (
        name_keys("fields.NAME.min fields") == "`fields: {NAME: {min: null}}`; `fields: ...`" and name_keys("") == "–"
    )
    with pytest.raises(KeyError):
        name_key("screens.nothing")


def test_keys_of_the_pages_are_valid_as_they_are_written():
    for paths in [keys for keys, _ in reject_page.REASONS.values()] + [
        keys for _, _, keys in gate_page.OTHERS.values()
    ]:
        for path in paths.split():
            assert YAML(typ="safe").load(name_key(path).strip("`"))


def test_every_gate_has_its_row():
    suite = json.loads((REPOSITORY / gate_page.SUITE_FILE).read_text(encoding="utf-8"))["expectations"]
    assert gate_page.SUITE.keys() == {one["meta"]["name"] for one in suite}
    others = {name for text in read_sources("pedigree", "tasks").values() for name in GATES.findall(text)} | {GATE}
    assert len(others) >= 8 and gate_page.OTHERS.keys() == others
    assert gate_page.name_drift_gate("labels_read") == "drift: labels as read"
    assert all(
        f"`{gate_page.name_drift_gate(key)}`" in gate_page.format_page(REPOSITORY) for key in DriftSettings.model_fields
    )


def list_keys(value, parent, names):
    """Return the keys of a section at any depth, but not those that are names of labels, generators or the like."""
    if isinstance(value, list):
        return {key for part in value for key in list_keys(part, parent, names)}
    if not isinstance(value, dict):
        return set()
    own = set() if parent in names else {re.sub("_(tfidf|embeddings)$", "", key) for key in value}
    return own.union(*(list_keys(part, key if parent not in names else "", names) for key, part in value.items()))


def test_every_key_of_the_metrics_is_explained(tmp_path_factory, tmp_path):
    _, metrics = copy_measured_job(tmp_path_factory, tmp_path / "measured")
    assert metrics.keys() == MEASURES.keys()
    for section, (_, keys) in MEASURES.items():
        names = NAMED | {
            "text": {"text"},
            "fidelity": {"variety"},
            "usefulness": {"difficulty"},
            "confused": {"by", "unlike"},
        }.get(section, set())
        found = list_keys(metrics[section], section, names)
        assert found <= keys.keys() | VARIETY.keys(), section
        assert not found or keys.keys() - found <= {"real", "agreement", "languages"}, section


def test_every_artifact_has_its_row():
    source = "\n".join(read_sources("tasks", "flows").values())
    keys = set(re.findall(r'f"\{[\w.]+\}-([a-z]+)"', source))
    keys |= set(re.findall(r'\(\s*"(\w+)",\s+describe_\w+\(', source))  # those that 'announce' shows together
    assert {"gates", "evaluation", "progress"} <= keys and run_page.ARTIFACTS.keys() == keys


def test_what_an_event_has_is_described():
    assert run_page.DETAILS.keys() == {key for _, keys in run_page.EVENTS.values() for key in keys}


def test_a_table_escapes_what_would_end_a_cell():
    assert write_table(("a", "b"), [("x|y", "two\nlines")]) == "| a | b |\n|---|---|\n| x\\|y | two lines |\n"
