"""What strategy table, predicted labels and their judge need of a recipe; each lack is an error with its remedy."""

import pytest

from pedigree.errors import RecipeError
from tests.support.workspaces import make_job

FIELDS = {"width": {"type": "number"}, "count": {"type": "integer"}}
SEEDS = [{"width": n / 4, "count": n, "label": ("cat", "dog")[n % 2]} for n in range(8)]
TABLE = {"strategy": "table", "shots": 3, "model": "offline/template"}
JUDGE = {"name": "second", "question": "predict", "shots": 4, "model": "offline/template"}
TEXTS = {"text": {}}


def load(root, generator=None, judges=(), **changes):
    given = {"fields": FIELDS, "seeds": SEEDS, **changes}
    return make_job(root, generators=[{**TABLE, **(generator or {})}], judges=list(judges), **given)


def test_what_goes_together_loads(tmp_path):
    generator = load(tmp_path, {"label": "predicted"}, [{**JUDGE, "on_disagreement": "relabel"}]).recipe.generators[0]
    assert (generator.row_form, generator.template_path) == ("sentences", "prompts/table.j2")


@pytest.mark.parametrize(
    ("generator", "judges", "changes", "says"),
    [
        ({"shots": 0}, [], {}, "strategy table needs shots"),
        ({"strategy": "few-shot", "form": "csv"}, [], {}, "the key form goes with strategy table, not with few-shot"),
        ({}, [], {"fields": TEXTS, "seeds": ()}, "shows shots, but the recipe has no seeds"),
        ({}, [], {"fields": TEXTS, "seeds": [{"text": "a b c", "label": "cat"}]}, "but text is a text"),
        ({}, [], {"private": True}, "the recipe is private, and generator 'table' shows 3 seed rows"),
        ({"label": "predicted"}, [], {}, "are predicted, and no judge predicts them"),
        ({"label": "predicted"}, [{**JUDGE, "on": 0.5}], {}, "are predicted, and no judge predicts them"),
        ({"label": "predicted"}, [{**JUDGE, "on_disagreement": "keep"}], {}, "are predicted, and no judge"),
        ({}, [{**JUDGE, "question": "relabel"}], {}, "the key shots goes with question predict, not with relabel"),
        ({"form": "xml"}, [], {}, "generators.0.form"),
    ],
)
def test_what_does_not_is_told(tmp_path, generator, judges, changes, says):
    with pytest.raises(RecipeError, match=says):
        load(tmp_path, generator, judges, **changes)
