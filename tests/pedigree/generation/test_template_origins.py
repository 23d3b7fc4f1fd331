"""Each line that a template says is traced to the file and line that says it."""

import pytest

from pedigree.generation.templates import LIMITS, Template, find_template
from tests.support.workspaces import make_workspace

BASE = """{% block user -%}
Task: {{ task }}

{% for row in rows -%}
Row {{ row }}
{% endfor -%}
{% block method %}{% endblock %}
two
lines
{%- endblock %}
"""
OWN = """{% extends "base.j2" %}
{% block method -%}
Own words for {{ task }}
{% endblock %}
"""


@pytest.fixture
def template(tmp_path):
    workspace = make_workspace(tmp_path / "work")
    for name, text in (("base", BASE), ("own", OWN)):
        (workspace.root / f"prompts/{name}.j2").write_text(text)
    return Template(workspace, "prompts/own.j2")


def test_lines_lead_to_the_template_and_line_that_says_them(template):
    lines = template.trace_lines("user", {"task": "sort", "rows": [1, 2]})
    assert [(line, f"{file.removeprefix('prompts/')}:{number}") for line, file, number in lines if line] == [
        ("Task: sort", "base.j2:2"),
        ("Row 1", "base.j2:5"),
        ("Row 2", "base.j2:5"),
        ("Own words for sort", "own.j2:3"),
        ("two", "base.j2:8"),
        ("lines", "base.j2:9"),
    ]


def test_the_lines_are_those_of_the_rendered_text(template):
    variables = {"task": "sort\nand count", "rows": []}
    lines = template.trace_lines("user", variables)
    assert "\n".join(line for line, _, _ in lines) == template.render("user", variables)


def test_a_text_of_another_folder_and_an_edited_one_count_though_a_name_was_compiled_before(template, tmp_path):
    assert "Own words for sort" in (template.render("user", {"task": "sort", "rows": []}) or "")
    other = make_workspace(tmp_path / "other")
    (other.root / "prompts/base.j2").write_text(BASE.replace("Task", "Job"))
    (other.root / "prompts/own.j2").write_text(OWN)
    said = Template(other, "prompts/own.j2").render("user", {"task": "sort", "rows": []}) or ""
    assert "Job: sort" in said and "Own words" in said
    (other.root / "prompts/own.j2").write_text('{% extends "_chat.j2" %}\n')
    assert Template(other, "prompts/own.j2").files.keys() == {"prompts/own.j2", "prompts/_chat.j2"}


def test_what_a_generator_limits_ends_the_message_of_any_template(tmp_path):
    workspace = make_workspace(tmp_path / "work")
    (workspace.root / "prompts/own.j2").write_text("{% block user %}Rows: {{ rows }}{% endblock %}\n")
    variables = {"rows": 3, "avoid": ["I was so"], "often": ["cat", "dog"]}
    template = find_template(workspace, "prompts/own.j2", variables)
    said = 'Rows: 3\nOften in real texts of this label: cat, dog\nBegin no row with: "I was so"'
    assert template.render("user", variables) == said
    assert [(line, path) for line, path, _ in template.trace_lines("user", variables)] == [
        (line, LIMITS if place else "prompts/own.j2") for place, line in enumerate(said.split("\n"))
    ]
    assert template.files.keys() == {"prompts/own.j2", LIMITS}
    plain = find_template(workspace, "prompts/own.j2", {"rows": 3})
    assert plain.render("user", {"rows": 3}) == "Rows: 3" and plain.files.keys() == {"prompts/own.j2"}
