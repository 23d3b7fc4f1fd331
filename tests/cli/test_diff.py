"""``pedigree versions`` and ``pedigree diff`` on published versions; DVC's own diffs; what can't be compared."""

import base64
import hashlib
import json
import re
import shutil
from html import unescape

import pytest

from pedigree.report.figure_names import name_figure
from pedigree.report.html import render_comparison
from pedigree.versions.diff.compare import compare_readers
from tests.support.cli_runner import Shell
from tests.support.diff_versions import make_sides
from tests.support.make_published import NAME, copy_small, publish_again
from tests.support.repository import Household
from tests.support.workspaces import make_workspace

HOSTILE = "</span><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} \u202egnp"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A workspace with v1.0.0, and v1.1.0 by another wording of a template."""
    house = copy_small(tmp_path_factory, tmp_path_factory.mktemp("diffed") / "work")
    template = house.root / "prompts/zero-shot.j2"
    template.write_text(template.read_text() + "{% block method %}Briefly.\n{% endblock %}\n")
    assert publish_again(house) == f"{NAME}@v1.1.0"
    return house


@pytest.fixture
def shell(published, capsys):
    return Shell(published.root, capsys)


def test_versions_are_listed_with_what_changed(shell):
    said = shell("versions", NAME).out.splitlines()
    assert said[0] == NAME and said[1].split() == ["version", "date", "rows", "labels", "cost", "gates", "model"]
    assert "    minor: other rows, as many, template zero-shot.j2 changed" in said
    assert max(map(len, said)) <= 100


def test_versions_for_programs(shell):
    newest, first = json.loads(shell("versions", "--json").out)
    assert (newest["tag"], newest["version"], newest["rows"], newest["labels"], newest["change"]) == (
        f"{NAME}@v1.1.0", "v1.1.0", 60, 8, "minor",
    )  # fmt: skip
    assert (first["change"], first["changes"], first["cost_usd"], first["models"]) == (
        "first", [], 0.0, ["offline/template"],
    )  # fmt: skip


def test_the_latest_two_are_told_apart_where_none_is_named(shell, published):
    before = published.git("status", "--porcelain", "--ignored")
    said = shell("diff", NAME)
    assert said.status == 0 and said.out.startswith(f"{NAME} v1.0.0 -> v1.1.0: minor\n")
    assert "  template prompts/zero-shot.j2 changed\n" in said.out and "    +Briefly.\n" in said.out
    assert published.git("status", "--porcelain", "--ignored") == before


def test_a_program_gets_every_part(shell):
    found = json.loads(shell("diff", NAME, "1.0.0", f"{NAME}@v1.1.0", "--json").out)
    assert list(found) == [
        "schema_version", "dataset", "before", "after", "change", "rows", "labels", "languages", "recipe", "values",
            "files", "prompts",
        "models", "headlines", "metrics", "screens", "gates",
    ]  # fmt: skip
    assert (found["schema_version"], found["change"], found["before"]["name"]) == (1, "minor", "v1.0.0")
    rows = found["rows"]
    assert rows["before"] == rows["after"] == 60 == rows["shared"] + rows["added"]["count"]
    assert {row["generator"] for row in rows["removed"]["sample"]} <= {"zero-shot", "attributes", "few-shot"}
    assert [one["path"] for one in found["files"]] == ["prompts/zero-shot.j2"]
    assert found["prompts"]["shared"] < found["prompts"]["after"]
    assert [one["generator"] for one in found["prompts"]["as_sent"]] == ["zero-shot"]


def test_what_lies_in_the_workspace_is_a_side(published, tmp_path, capsys):
    house = Household(shutil.copytree(published.root, tmp_path / "work"))
    shell = Shell(house.root, capsys)
    same = json.loads(shell("diff", NAME, "latest", "workspace", "--json").out)
    assert (same["change"], same["rows"]["shared"], same["files"], same["after"]["commit"]) == (None, 60, [], None)
    recipe = house.root / f"recipes/{NAME}.yaml"
    recipe.write_text(recipe.read_text().replace("rows: 60", "rows: 61"))
    edited = json.loads(shell("diff", NAME, "v1.0.0", "workspace", "--json").out)
    assert [(one["key"], one["after"]) for one in edited["values"]] == [("rows", 61)]


def test_the_page_is_one_file_with_all_of_it(shell, tmp_path):
    page = tmp_path / "diff.html"
    assert shell("diff", NAME, "--html", str(page)).out == f"page: {page}\n"
    html = page.read_text(encoding="utf-8")
    assert re.findall(r'<section id="(\w+)">', html) == [
        "better", "rows", "labels", "recipe", "prompts", "screens", "metrics", "gates", "samples", "sides",
    ]  # fmt: skip
    assert '<span class="line plus"><bdi>+Briefly.</bdi></span>' in html and "<script" not in html
    found = json.loads(shell("diff", NAME, "--json").out)["headlines"]
    section = html[html.index('<section id="better">') : html.index('<section id="rows">')]
    lines = re.findall(
        r'<td class="prose name">(.*?)</td>.*?<span class="\w+">([\w ]+)</span></td><td', section, re.DOTALL
    )
    told = [(unescape(name), verdict) for name, verdict in lines]
    assert told == [(one["name"], one["verdict"]) for one in found] and len(found) > 10
    named = re.findall(r'<td class="long"><bdi title="([^"]+)">(.*?)</bdi></td><td class="prose of">', html)
    assert len(named) > 20 and all(unescape(name) == name_figure(key)[0] and ":" in name for key, name in named)


def test_hostile_text_stays_text_on_the_page(tmp_path):
    html = render_comparison(compare_readers(*make_sides(tmp_path, hostile=HOSTILE)))
    tame = render_comparison(compare_readers(*make_sides(tmp_path / "tame")))
    assert "<script" not in html and "<img" not in html and "\u202e" not in html
    assert html.count("&lt;script&gt;alert(1)") > 5 and "⟨202E⟩gnp" in html and "{{ 7 * 7 }}" in html
    assert sorted(set(re.findall(r"<(\w+)", html))) == sorted(set(re.findall(r"<(\w+)", tame)))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_a_page_that_cannot_be_written_is_named(shell, tmp_path):
    (tmp_path / "file").write_text("")
    assert "can't be written" in shell.refuse("diff", NAME, "--html", str(tmp_path / "file/diff.html"))


@pytest.mark.parametrize(
    ("words", "found", "hint"),
    [
        ([NAME, "v9.0.0"], f"{NAME} has no version 'v9.0.0'", "expected: one of v1.0.0, v1.1.0, or latest"),
        ([NAME, "v1.0.0", "v1.0.0"], "v1.0.0 is named twice", f"'pedigree versions {NAME}' lists them"),
        ([NAME, "latest", "v1.1.0"], "latest and v1.1.0 are the same version", "expected: two versions"),
        ([NAME, "v1.1.0"], "v1.1.0 is named twice", "expected: two versions"),
        ([NAME, "workspace", "workspace"], "workspace is named twice", "expected: two versions"),
        (["shop-entailment"], "shop-entailment has no version 'latest'",
            "'pedigree run shop-entailment' makes the first"),
        (["shop-entailment", "workspace"], "shop-entailment has no version 'latest'", "makes the first"),
        (["../etc"], "'../etc' is no dataset name", "lower-case"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_refused(shell, words, found, hint):
    said = shell.refuse("diff", *words)
    assert found in said and hint in said


def test_a_first_version_has_none_before_it(published, tmp_path, capsys):
    house = Household(shutil.copytree(published.root, tmp_path / "work"))
    house.git("tag", "-d", f"{NAME}@v1.1.0")
    said = Shell(house.root, capsys).refuse("diff", NAME)
    assert f"{NAME} has no version before v1.0.0" in said and f"'pedigree run {NAME}' makes the next one" in said


def test_data_that_are_gone_are_told(published, tmp_path, capsys):
    house = Household(shutil.copytree(published.root, tmp_path / "work"))
    shutil.rmtree(house.root / ".dvc/cache")
    house.set_remote(tmp_path / "nowhere")
    said = Shell(house.root, capsys).refuse("diff", NAME)
    assert f"{NAME}@v1.0.0" in said and "DVC's cache" in said and "to do: " in said


@pytest.mark.full
def test_data_that_the_remote_alone_holds_are_fetched_elsewhere(published, tmp_path, capsys):
    clone = published.clone(tmp_path / "clone")
    clone.set_remote(published.root.parent / "remote", local=True)
    found = json.loads(Shell(clone.root, capsys)("diff", NAME, "--json").out)
    assert found["rows"]["before"] == 60
    assert clone.git("status", "--porcelain") == "" and not list((clone.root / "data" / NAME).glob("*.parquet"))


def test_a_manifest_of_a_newer_pedigree_is_no_side(published, tmp_path, capsys):
    house = Household(shutil.copytree(published.root, tmp_path / "work"))
    path = house.root / f"data/{NAME}/manifest.json"
    path.unlink()
    path.write_text(json.dumps({"schema_version": 99}))
    said = Shell(house.root, capsys).refuse("diff", NAME, "v1.0.0", "workspace")
    assert "has schema version 99" in said and "a newer Pedigree reads it" in said


def test_before_the_first_version_the_command_says_how_to_make_it(tmp_path, capsys):
    shell = Shell(make_workspace(tmp_path / "work").root, capsys)
    assert "is not a git repository" in shell.refuse("versions")
    assert "is not a git repository" in shell.refuse("diff", "pets")
    Household(shell.root).git("init", "-q")
    said = shell("versions", "pets")
    assert (said.status, said.out) == (0, "no versions yet: 'pedigree run pets' makes the first\n")


@pytest.mark.full
def test_dvc_tells_metrics_and_plots_of_two_versions_apart(published, tmp_path):
    tags = [f"{NAME}@v1.0.0", f"{NAME}@v1.1.0"]
    metrics = json.loads(published.run("dvc", "metrics", "diff", *tags, "--json").stdout)
    assert "usefulness.synthetic.macro_f1" in metrics[f"data/{NAME}/metrics.json"]
    for plot, field in (("labels", "label"), ("lengths", "characters")):
        path = f"data/{NAME}/plots/{plot}.json"
        vega = json.loads(published.run("dvc", "plots", "diff", *tags, "--targets", path, "--show-vega").stdout)
        points = vega["data"]["values"]
        assert {point["rev"] for point in points} == {*tags} and all(field in point for point in points)
    published.run("dvc", "plots", "diff", *tags, "-o", str(tmp_path / "plots"))
    assert (tmp_path / "plots/index.html").is_file()
