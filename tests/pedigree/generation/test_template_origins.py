"""Each line that a template says is traced to the file and line that says it."""

import pytest

from pedigree.generation.templates import Template
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
