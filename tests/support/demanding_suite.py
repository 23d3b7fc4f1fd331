"""A suite whose class floor is above the recipe's: no check before a run can foresee that its gate fails."""

from pathlib import Path


def demand_rows(root: Path, rows: int, name: str = "text-classification") -> Path:
    """Let the suite demand that many rows of each label, whatever the recipe says, and return its path."""
    text = (root / "expectations/text-classification.json").read_text(encoding="utf-8")
    parameter = '{"$PARAMETER": "class_floor"}'
    assert text.count(parameter) == 1
    path = root / f"expectations/{name}.json"
    path.write_text(text.replace(parameter, str(rows)), encoding="utf-8")
    return path
