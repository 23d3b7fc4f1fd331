"""Renders HTML pages that need no other file and in which untrusted text stays text.

All text is escaped; invisible characters and marks of direction are spelled out. A content security policy forbids the
network and allows only the page's own scripts and styles, by hash.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from vl_convert import javascript_bundle

from pedigree.dataset.rejects import MEANINGS
from pedigree.report.charts import Spec
from pedigree.report.figure_names import name_figure
from pedigree.report.theme import COLORS, make_chart_config, write_css_variables
from pedigree.system.helper_process import call_in_helper
from pedigree.text_format import (
    format_delta,
    format_exact,
    format_figure,
    format_number,
    format_percent,
    format_signed,
    format_text,
)
from pedigree.versions.diff.model import Comparison

ASSETS = Path(__file__).parent / "assets"


def render_page(content: dict[str, Any], charts: dict[str, Spec]) -> str:
    """Return the report as HTML; ``charts`` maps the name of a place in the template to its chart."""
    return render_with_charts("report.html.j2", content, charts)


def render_with_charts(template: str, content: dict[str, Any], charts: dict[str, Spec]) -> str:
    """Return a page of assets/ with charts as HTML, with the scripts that draw them."""
    vega, script = call_in_helper("pedigree.report.html:bundle_vega"), _read("report.js")
    style = read_style("report.css")
    return (
        make_environment()
        .get_template(template)
        .render(
            **content,
            charts=sorted(charts),
            chart_data=embed_json(charts),
            chart_configs=embed_json({mode: make_chart_config(mode) for mode in COLORS}),
            vega=vega,
            script=script,
            style=style,
            policy=_write_policy(style, vega, script),
        )
    )


def render_comparison(comparison: Comparison) -> str:
    """Return the differences of two versions as HTML without scripts."""
    style = read_style("report.css", "diff.css")
    template = make_environment().get_template("diff.html.j2")
    values = {"diff": comparison, "meanings": MEANINGS, "name_figure": name_figure}
    return template.render(**values, style=style, policy=_write_policy(style))


def render_review_page(language: str, dataset: str) -> tuple[str, str]:
    """Return the review page and its content security policy; the page fetches its rows itself."""
    style, script = read_style("review.css"), _read("review.js")
    policy = f"{_write_policy(style, script)}; connect-src 'self'; frame-ancestors 'none'"
    template = make_environment().get_template("review.html.j2")
    return template.render(language=language, dataset=dataset, style=style, script=script), policy


def embed_json(value: Any) -> str:
    """Return JSON that is safe inside a script element, its texts as ``show`` returns them."""
    plain = json.dumps(_show_all(value), ensure_ascii=False, allow_nan=False, default=str, separators=(",", ":"))
    return plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def make_environment() -> Environment:
    """Return the templates of assets/, with escaping on and the filters that words for people need."""
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "show": format_text,
        "number": format_number,
        "percent": format_percent,
        "signed": format_signed,
        "figure": format_figure,
        "exact": format_exact,
        "delta": format_delta,
    }
    return environment


def _show_all(value: Any) -> Any:
    if isinstance(value, str):
        return format_text(value)
    if isinstance(value, dict):
        return {format_text(key): _show_all(part) for key, part in value.items()}
    return [_show_all(part) for part in value] if isinstance(value, list) else value


@cache
def bundle_vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, from the installed vl-convert."""
    script = javascript_bundle()  # ty: ignore[missing-argument]: the stub lacks the default of ``snippet``
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("the Vega bundle contains a mark that would end its script element")
    return script


def read_style(*names: str) -> str:
    """Return style sheets of assets/ as one, with the variables that hold their colours."""
    return "".join([write_css_variables(), *map(_read, names)])


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _write_policy(style: str, *scripts: str) -> str:
    allowed = f"script-src {' '.join(map(_hash, scripts))}; " if scripts else ""
    return f"default-src 'none'; {allowed}style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
