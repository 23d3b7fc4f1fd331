"""The name of an embedder, as recipes and commands write it: the library that serves it, a slash, and the model."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

LOCAL = ("model2vec", "sentence-transformers")
PAID = "litellm"
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_FOLDER_OR_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]*")
_LONGEST = 300


@dataclass(frozen=True)
class EmbedderName:
    """An embedder's name in its two parts; ``kind`` is model2vec, sentence-transformers or litellm."""

    kind: str
    model: str

    @property
    def is_paid(self) -> bool:
        """Return whether somebody else serves the model, so that texts leave this machine and may cost."""
        return self.kind == PAID

    def __str__(self) -> str:
        return f"{self.kind}/{self.model}"


def parse_name(text: str) -> EmbedderName:
    """Return an embedder's name; raise ValueError for what is none.

    A local model is a folder below the workspace or a name of the Hugging Face hub, so neither an absolute path nor
    ``..`` is one.
    """
    kind, _, model = text.partition("/")
    if kind not in (*LOCAL, PAID):
        raise ValueError(
            f"{text!r} names no embedder: write model2vec/NAME-or-folder, sentence-transformers/NAME-or-folder or litellm/MODEL"
        )
    pattern = _MODEL if kind == PAID else _FOLDER_OR_NAME
    if len(text) > _LONGEST or not pattern.fullmatch(model):
        what = "a model as LiteLLM writes it" if kind == PAID else "a name of the hub, or a folder below the workspace"
        raise ValueError(f"{text!r} names no model of {kind}: after the slash stands {what}")
    return EmbedderName(kind, model)


EmbedderText = Annotated[str, AfterValidator(lambda text: str(parse_name(text)))]
