"""Parses names of models that read texts: of embedders, LIBRARY/MODEL, and of encoders to fine-tune."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

LOCAL = ("model2vec", "sentence-transformers")
PAID = "litellm"
ENCODER = "transformers"  # a pretrained model that is fine-tuned
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_FOLDER_OR_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]*")
_MAX_CHARS = 300


@dataclass(frozen=True)
class EmbedderName:
    """A name in its two parts; ``kind`` is model2vec, sentence-transformers or litellm; transformers of an encoder."""

    kind: str
    model: str

    @property
    def is_paid(self) -> bool:
        """Return whether a remote service runs the model: texts leave this machine, and calls may cost money."""
        return self.kind == PAID

    def __str__(self) -> str:
        return f"{self.kind}/{self.model}"


def parse_name(text: str) -> EmbedderName:
    """Parse an embedder's name; raise ValueError if it is invalid.

    A local model is a folder below the workspace or a name of the Hugging Face hub, never an absolute path and without
    ``..``.
    """
    kind, _, model = text.partition("/")
    if kind not in (*LOCAL, PAID):
        raise ValueError(
            f"{text!r} names no embedder: write model2vec/NAME-or-folder, "
            "sentence-transformers/NAME-or-folder or litellm/MODEL"
        )
    pattern = _MODEL if kind == PAID else _FOLDER_OR_NAME
    if len(text) > _MAX_CHARS or not pattern.fullmatch(model):
        what = "a model as LiteLLM writes it" if kind == PAID else "a name of the hub, or a folder below the workspace"
        raise ValueError(f"{text!r} names no model of {kind}: after the slash stands {what}")
    return EmbedderName(kind, model)


def parse_encoder(text: str) -> EmbedderName:
    """Parse the name of an encoder to fine-tune; raise ValueError if it is invalid.

    It is a folder below the workspace or a name of the Hugging Face hub, never an absolute path and without ``..``.
    """
    if len(text) > _MAX_CHARS or not _FOLDER_OR_NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} names no encoder: write a name of the hub, or a folder below the workspace, such as models/NAME "
            "(copy a folder that is elsewhere there)"
        )
    return EmbedderName(ENCODER, text)


EmbedderText = Annotated[str, AfterValidator(lambda text: str(parse_name(text)))]
