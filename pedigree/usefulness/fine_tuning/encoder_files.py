"""Checks that a folder has the files of an encoder, before minutes are spent on it."""

from pathlib import Path

from pedigree.errors import WorkspaceError

TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
FOLDER = "a folder as transformers saves it, with config.json, tokenizer and model.safetensors"
SAVE_AGAIN = "save or download the model again"
MOST_UNKNOWN = 0.5  # of the tokens of the training texts: with more, the tokenizer does not know their language


def check_encoder_files(folder: Path, name: str) -> None:
    """Raise WorkspaceError if configuration, tokenizer or weights are missing.

    Without its files transformers makes a tokenizer that knows no word, and says nothing.
    """
    missing = [
        what
        for what, there in {
            "config.json": (folder / "config.json").is_file(),
            f"the tokenizer ({', '.join(TOKENIZERS[:2])} or another)": any(
                (folder / file).is_file() for file in TOKENIZERS
            ),
            "weights in safetensors": any(folder.glob("*.safetensors")),
        }.items()
        if not there
    ]
    if missing:
        raise WorkspaceError(f"{name} lacks {' and '.join(missing)}", expected=FOLDER, hint=SAVE_AGAIN)


def check_known_tokens(ids: list[list[int]], unknown: int | None, name: str) -> None:
    """Raise WorkspaceError if most tokens of texts are the unknown one; ``ids`` are those of each text."""
    tokens = [one for text in ids for one in text]
    share = sum(one == unknown for one in tokens) / len(tokens) if tokens and unknown is not None else 0.0
    if share > MOST_UNKNOWN:
        raise WorkspaceError(
            f"{name} knows few words of these texts: {share:.0%} of their tokens are unknown to it",
            expected="an encoder of their language, with its own tokenizer",
            hint="name another encoder, or save its tokenizer beside it",
        )
