"""The names of baselines, for which datasets they are, and how they are read from a command."""

from importlib.util import find_spec

from pedigree.errors import CommandError

COPULA, SMOTE, EDA, TEMPLATE = "copula", "smote", "eda", "template"
TITLES = {
    COPULA: "Gaussian copula of people's rows, one for each label",
    SMOTE: "SMOTE of people's rows",
    EDA: "people's rows with words swapped and deleted",
    TEMPLATE: "the offline template model, asked the same prompts",
}
FOR_TABLES, FOR_TEXTS = (COPULA, SMOTE), (EDA, TEMPLATE)
ALL = "all"
PIP = "pip install 'imbalanced-learn>=0.14,<0.15'"


def parse_baselines(text: str) -> list[str]:
    """Return the names in a list with commas, each once; ``all`` stays for ``fit_baselines``.

    Raises CommandError for a name that is none, before anything is measured.
    """
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if text and not names:
        raise CommandError(f"--baselines {text!r} names none", expected=f"{ALL}, or some of {', '.join(TITLES)}")
    for name in names:
        if name not in (*TITLES, ALL):
            raise CommandError(f"--baselines {name!r} is none", expected=f"{ALL}, or some of {', '.join(TITLES)}")
    return names


def fit_baselines(names: list[str], *, tabular: bool) -> list[str]:
    """Return the baselines to try on a dataset; ``all`` are those for tables, or those for texts.

    Raises CommandError for one that does not fit, or for SMOTE without its library.
    """
    fitting = FOR_TABLES if tabular else FOR_TEXTS
    chosen = list(fitting) if ALL in names else names
    for name in chosen:
        if name not in fitting:
            kind = "a table: no field is a text" if tabular else "no table: it has texts"
            raise CommandError(f"--baselines {name}: the dataset is {kind}", expected=f"{', '.join(fitting)}, or {ALL}")
    if SMOTE in chosen and find_spec("imblearn") is None:
        hint = f"{PIP}, into the .venv; or --baselines {COPULA}"
        raise CommandError("--baselines smote needs imbalanced-learn, which is not installed", hint=hint)
    return chosen
