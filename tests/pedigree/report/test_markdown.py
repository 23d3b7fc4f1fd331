"""Markdown: whatever a text says, it stays text."""

import random
import re

import pytest
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from pedigree.report import markdown
from pedigree.report.markdown import Markdown, escape_markdown, fence, format_code, quote_yaml, render_markdown

HOSTILE = [
    "<img src=x onerror=alert(1)>", "</td></table><script>alert(1)</script>", "<!-- gone", "&lt;b&gt;",
    "[click](https://evil.example)", "![pixel](https://evil.example/p.png)", "[a]: https://evil.example", "<https://evil.example>",
    "https://evil.example/?a=b", "www.evil.example", "a | b | c", "`code`", "```", "~~~", "# heading", "x\n# heading",
    "x\n\n- item", "- item", "1. item", "2) item", "+ item", "* item", "x\n===", "x\n---\n", "> quote", "**bold**",
        "_it_", "__b__",
    "~~gone~~", "$x$", "\\", "\\`", "trailing\\", "a  \nb", "&copy;", "@somebody", "[^1]", "[x]", ":---:",
]  # fmt: skip
TELLING = "<>&[]()!|`*_#~$\\-+=.:/@^ \n\t1a"


def render(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


def read_text(html):
    return " ".join(
        re.sub(r"&(lt|gt|amp|quot);", lambda m: {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[m[1]], html).split()
    )


def make_random(count=400):
    chance = random.Random(0)
    return ["".join(chance.choices(TELLING, k=chance.randint(1, 30))) for _ in range(count)]


@pytest.mark.parametrize("text", HOSTILE + make_random())
def test_a_text_stays_text_in_a_line_a_list_a_heading_and_a_cell(text):
    said = escape_markdown(text)
    shown = " ".join(text.split())
    assert read_text(render(f"Says: {said}.")) == " ".join(f"<p>Says: {shown}.</p>".split())
    if shown:
        assert read_text(render(f"- {said}")) == f"<ul> <li>{shown}</li> </ul>"
        assert read_text(render(f"# {said}")) == f"<h1>{shown}</h1>"
        (row,) = re.findall(r"<tbody>(.*)</tbody>", read_text(render(f"| a | b |\n| --- | --- |\n| {said} | end |")))
        assert row.strip() == f"<tr> <td>{shown}</td> <td>end</td> </tr>"


@pytest.mark.parametrize("text", HOSTILE)
def test_code_spans_and_blocks_end_where_they_should(text):
    html = render(f"{format_code(text)} and\n\n{fence(text)}\n\nafter")
    assert html.endswith("</code></pre>\n<p>after</p>\n")
    assert read_text(html).count("<pre>") == 1
    assert not re.search("<(img|script|a|h1|td)[ >]", html)
    assert "\n".join(text.splitlines()) in html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize(
    "text", [*HOSTILE, "yes", "no", "null", "1.0", "---", "a: b", "'", '"', "\u2028", "🧑‍🚀", "{}", "%", "\x85"]
)
def test_a_yaml_string_is_one_line_and_that_string_for_every_yaml(text):
    line = f"key: {quote_yaml(text)}\n"
    assert len(line.splitlines()) == 1
    for version in ((1, 1), (1, 2)):
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version
        (said,) = yaml.load(line).values()
        assert isinstance(said, str)
        assert said == " ".join(text.replace("\u2028", "⟨2028⟩").replace("\x85", "⟨0085⟩").split())


def test_unseen_characters_are_spelled_out_and_long_texts_cut():
    assert escape_markdown("a\u202eb\x00") == "a⟨202E⟩b⟨0000⟩"
    assert escape_markdown("x" * 3000).endswith("x … (1,000 more characters)")
    assert escape_markdown(Markdown("**bold**")) == "**bold**"
    assert escape_markdown("row_id of v1.0.0 costs 0.5: no.") == "row_id of v1.0.0 costs 0.5: no."
    assert escape_markdown("www.1x.example :smile: {a} x=1") == "www\\.1x\\.example \\:smile: \\{a\\} x\\=1"


def test_a_template_escapes_what_it_prints(tmp_path, monkeypatch):
    monkeypatch.setattr("pedigree.report.markdown.ASSETS", tmp_path)
    monkeypatch.setattr("pedigree.report.markdown._environment", markdown._environment.__wrapped__)  # without its cache
    (tmp_path / "x.md.j2").write_text("# {{ title }}\n{{ name | code }} {{ 3 }}\n")
    assert render_markdown("x.md.j2", {"title": "*a*", "name": "b"}) == "# \\*a\\*\n`b` 3\n"
