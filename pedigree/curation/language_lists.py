"""The phrases of each language that the screens search for, read from the files of languages/ (its README says how).

A phrase is a pattern of Rust's regular expressions, in which case does not count.
"""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

ENGLISH = "en"
FOLDER = Path(__file__).with_name("languages")
# Searched in every text: a model may answer in another language than the recipe's. The others only in their language.
IN_ANY = {"refusal": "refusal_in_any", "meta_text": "meta_text_in_any"}
KINDS = {"refusal", "refusing_answer", "meta_text", "gap", "placeholder", "heading", *IN_ANY.values()}
WORD = r"[\w\p{M}'’.-]+"
GAP = rf"(?i)[\[<{{＜｛［〔](?:{WORD}[ _]){{0,3}}(?:WORDS)(?:[ _]{WORD}){{0,2}}[\]>}}＞｝］〕]"


@cache
def load_lists() -> dict[str, dict[str, list[str]]]:
    """Return the phrases by language and kind, English first."""
    files = sorted(FOLDER.glob("*.yaml"), key=lambda file: (file.stem != ENGLISH, file.stem))
    return {file.stem: _read(file) for file in files}


def list_covered() -> list[str]:
    """Return the languages that have a file."""
    return [*load_lists()]


@cache
def find_patterns(kind: str, languages: tuple[str, ...]) -> list[str]:
    """Return the patterns of a kind for texts of these languages, one a list; those of English always count."""
    lists, own = load_lists(), (ENGLISH, *languages)
    phrases = [_join(lists[ENGLISH].get(kind, []))]
    if kind in IN_ANY:
        phrases += [_join(of.get(IN_ANY[kind], [])) for of in lists.values()]
    phrases += [_join(of.get(kind, [])) for name, of in lists.items() if name in own and name != ENGLISH]
    return [phrase for phrase in phrases if phrase]


@cache
def find_gap_patterns(languages: tuple[str, ...]) -> list[str]:
    """Return the patterns of gaps to fill in for texts of these languages besides English."""
    lists, own = load_lists(), set(languages) - {ENGLISH}
    gaps = [GAP.replace("WORDS", "|".join(of["gap"])) for name, of in lists.items() if name in own and "gap" in of]
    return gaps + [_join(of["placeholder"]) for name, of in lists.items() if name in own and "placeholder" in of]


@cache
def join_words(kind: str, languages: tuple[str, ...] = ()) -> str:
    """Return the words of a kind of these languages, or of all, as the alternatives of a pattern."""
    lists = [of for name, of in load_lists().items() if not languages or name in languages]
    return "|".join(word for of in lists for word in of[kind])


def _join(phrases: list[str]) -> str:
    return f"(?i)(?:{'|'.join(phrases)})" if phrases else ""


def _read(file: Path) -> dict[str, list[str]]:
    read = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    if unknown := read.keys() - KINDS:
        raise ValueError(f"{file}: unknown list {min(unknown)!r}, expected one of {', '.join(sorted(KINDS))}")
    return {kind: phrases.splitlines() for kind, phrases in read.items()}
