"""The results of a study are no dataset whose rows could be traced."""

import pytest

from pedigree.errors import CommandError
from pedigree.provenance.integrity import _summarize


def test_results_of_a_study_are_told_from_a_broken_manifest():
    with pytest.raises(CommandError, match="these are the results of the study demo"):
        _summarize(b'{"study": "demo", "tasks": []}')
