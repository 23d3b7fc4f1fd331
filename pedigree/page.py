"""The page: one HTML file that needs nothing else, in which hostile text stays text.

Everything is escaped; characters that are invisible or turn the reading direction are spelled out; a content security
policy allows no network and no script or style but the page's own, by hash.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from vl_convert import javascript_bundle

from pedigree.charts import Spec
from pedigree.companion import ask
from pedigree.comparison import Comparison
from pedigree.reasons import MEANINGS

ASSETS = Path(__file__).parent / "assets"
# Controls but tab and line feed, zero-width and direction marks, line separators, surrogates, noncharacters, tags.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def render_page(content: dict[str, Any], charts: dict[str, Spec]) -> str:
    """Return the report as HTML; ``charts`` maps a place's name in the template to what is drawn there."""
    vega, script, style = ask("pedigree.page:bundle_vega"), _read("report.js"), _read("report.css")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            **content,
            charts=sorted(charts),
            chart_data=embed_json(charts),
            vega=vega,
            script=script,
            style=style,
            policy=_write_policy(style, vega, script),
        )
    )


def render_comparison(comparison: Comparison) -> str:
    """Return two versions told apart as HTML, without any script."""
    style = _read("report.css") + _read("diff.css")
    template = _environment().get_template("diff.html.j2")
    return template.render(diff=comparison, meanings=MEANINGS, style=style, policy=_write_policy(style))


def show(value: Any, most: int = 600) -> str:
    """Return a text with unseen characters spelled out (U+202E as ⟨202E⟩), cut after ``most`` characters."""
    text = str(value)
    rest = f" … ({len(text) - most:,} more characters)" if len(text) > most else ""
    return UNSEEN.sub(lambda match: f"⟨{ord(match[0]):04X}⟩", text[:most]) + rest


def embed_json(value: Any) -> str:
    """Return JSON that is safe inside a script element; texts in it are as ``show`` gives them."""
    plain = json.dumps(_show_all(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def format_number(value: float | int | None, digits: int = 0) -> str:
    """Return a number with thousands apart and ``digits`` after the point, or a dash where it is unknown."""
    return "–" if value is None else f"{value:,.{digits}f}"


def format_percent(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage, or a dash where it is unknown; what is there at all is never 0."""
    least = 10**-digits
    if value is None:
        return "–"
    return f"< {least:g} %" if 0 < value < least / 200 else f"{100 * value:.{digits}f} %"


def format_signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    text = f"{value:+,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text[1:]


def format_figure(value: Any) -> str:
    """Return a gate's figure or limit as briefly as it can be said, or a dash where it can't be."""
    text = f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else show(value)
    return text if value is not None and len(text) <= 16 else "–"


def format_exact(value: float | int | None) -> str:
    """Return a number with up to 6 digits that count, or 'unknown'."""
    return "unknown" if value is None else f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"


def format_delta(value: float | int) -> str:
    """Return a change of such a number with its sign."""
    return f"{'+' if value > 0 else '−'}{format_exact(abs(value))}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "show": show,
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
        return show(value)
    if isinstance(value, dict):
        return {show(key): _show_all(part) for key, part in value.items()}
    return [_show_all(part) for part in value] if isinstance(value, list) else value


@cache
def bundle_vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, from the installed vl-convert."""
    script = javascript_bundle()
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("the Vega bundle cannot stand inside a script element")
    return script


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _write_policy(style: str, *scripts: str) -> str:
    allowed = f"script-src {' '.join(map(_hash, scripts))}; " if scripts else ""
    return f"default-src 'none'; {allowed}style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
