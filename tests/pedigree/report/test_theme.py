"""Colours of pages: text can be read on each ground that it stands on, in both schemes (WCAG 2.1, 1.4.3: 4.5 to 1)."""

import pytest

from pedigree.report.theme import COLORS

ON_PAPER = ("ink", "soft", "link", "ok", "bad", "warn")
ON_OTHERS = [("ink", f"{name}-wash") for name in ("ok", "bad", "warn")] + [
    ("ink", "wash"),
    ("soft", "wash"),
    ("bad", "wash"),
    ("ok", "ok-wash"),  # lines of a diff
    ("bad", "bad-wash"),
]


def light_of(color):
    """Return the relative luminance of a colour (WCAG 2.1)."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    darker, lighter = sorted(map(light_of, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_of_contrast_is_that_of_its_definition():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", COLORS)
def test_text_can_be_read(mode):
    colors = COLORS[mode]
    pairs = [(name, "paper") for name in ON_PAPER] + ON_OTHERS
    weak = {pair: round(found, 2) for pair in pairs if (found := contrast(colors[pair[0]], colors[pair[1]])) < 4.5}
    assert weak == {}
