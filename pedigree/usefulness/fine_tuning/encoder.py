"""Fine-tunes a pretrained encoder: the only module that imports torch and transformers.

Nothing is downloaded. Weights are read from safetensors, never from pickles, and no code of a model is run.
"""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from pedigree.errors import WorkspaceError
from pedigree.metrics.local_embedder import find_model_folder, hash_model_files
from pedigree.recipe.embedder_name import EmbedderName
from pedigree.usefulness.fine_tuning.encoder_files import (
    FOLDER,
    SAVE_AGAIN,
    check_encoder_files,
    check_known_tokens,
)
from pedigree.workspace import Workspace

INSTALL = "pip install 'transformers>=4.50' 'torch>=2.6'"
LOOKED_AT = 200  # training texts, whose unknown tokens are counted
TOLD_EVERY = 15  # seconds between two log lines of a training

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class TrainingSettings:
    """How an encoder is trained: AdamW, a linear warm-up and then a linear decay to 0, all weights of the model.

    ``epochs`` over the rows, but at least ``least_steps`` and at most ``most_steps`` of ``batch`` rows: with few rows,
    three epochs are too few steps (Mosbach et al. 2021, arXiv 2006.04884). A text is cut at ``max_tokens``.
    """

    learning_rate: float = 5e-5
    epochs: int = 3
    batch: int = 16
    least_steps: int = 200
    most_steps: int = 4_000
    warm_up: float = 0.1
    weight_decay: float = 0.01
    max_tokens: int = 256

    def count_steps(self, rows: int) -> int:
        """Return the number of steps that so many rows are trained for."""
        return min(max(-(-rows * self.epochs // self.batch), self.least_steps), self.most_steps)


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder on this machine. ``sha256`` covers its files, ``libraries`` the versions that train it."""

    name: str
    folder: Path
    sha256: str
    libraries: tuple[str, ...]
    settings: TrainingSettings = TrainingSettings()

    @property
    def identity(self) -> dict[str, Any]:
        """Return what decides the result of a training, besides rows and seed."""
        return {"sha256": self.sha256, "libraries": list(self.libraries), **asdict(self.settings)}

    def fit(
        self,
        texts: Sequence[str],
        label_ids: np.ndarray,
        weights: np.ndarray,
        query: Sequence[str],
        seed: int,
    ) -> np.ndarray:
        """Train on texts with label ids 0, 1, ... and weights; return probabilities (query texts x labels).

        On one core, so that the result does not depend on their number, and a busy machine does not make it many times
        slower. Raises WorkspaceError if the model can't be read.
        """
        import torch  # ty: ignore[import-not-found]  # an optional library

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        try:
            tokenizer, model = self._load(int(label_ids.max()) + 1)
            some = tokenizer(list(texts[:LOOKED_AT]), add_special_tokens=False)["input_ids"] if len(texts) else []
            check_known_tokens(some, tokenizer.unk_token_id, self.name)
            _train(model, tokenizer, self.settings, texts, label_ids, weights, seed)
            return _predict(model, tokenizer, self.settings, query)
        finally:
            torch.set_num_threads(threads)

    def _load(self, labels: int) -> tuple[Any, Any]:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from transformers import (  # ty: ignore[import-not-found]  # an optional library
            AutoModelForSequenceClassification,
            AutoTokenizer,
        )
        from transformers.utils import logging as their_logging  # ty: ignore[import-not-found]

        their_logging.set_verbosity_error()
        their_logging.disable_progress_bar()
        known = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.folder, **known)
            model = AutoModelForSequenceClassification.from_pretrained(
                self.folder, num_labels=labels, use_safetensors=True, **known
            )
        except Exception as error:  # the library raises many kinds for a file that is missing, truncated or invalid
            message = (str(error).replace(str(self.folder), self.name).splitlines() or [""])[0][:300]
            raise WorkspaceError(
                f"{self.name} can't be read as an encoder: {type(error).__name__}: {message}",
                expected=FOLDER,
                hint=SAVE_AGAIN,
            ) from error
        return tokenizer, model


def open_encoder(workspace: Workspace, name: EmbedderName) -> Encoder:
    """Return an encoder that is a folder of the workspace, or in the cache of the Hugging Face hub.

    Raises WorkspaceError if it is in neither, lacks files, or a library is not installed.
    """
    if workspace.resolve_inside(name.model).is_file():
        raise WorkspaceError(f"{name.model} is a file", expected=FOLDER, hint="name the folder that it is in")
    for library in ("torch", "transformers"):
        if find_spec(library) is None:
            raise WorkspaceError(f"{name.model} can't be fine-tuned: {library} is not installed", hint=INSTALL)
    folder = find_model_folder(workspace, name)
    check_encoder_files(folder, name.model)
    libraries = tuple(f"{library} {version(library)}" for library in ("torch", "transformers"))
    return Encoder(name.model, folder, hash_model_files(folder), libraries)


def _train(
    model: Any,
    tokenizer: Any,
    settings: TrainingSettings,
    texts: Sequence[str],
    label_ids: np.ndarray,
    weights: np.ndarray,
    seed: int,
) -> None:
    import torch  # ty: ignore[import-not-found]
    from transformers import get_linear_schedule_with_warmup  # ty: ignore[import-not-found]

    steps = settings.count_steps(len(texts))
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = get_linear_schedule_with_warmup(optimizer, int(steps * settings.warm_up), steps)
    chance, order = np.random.default_rng(seed), np.array([], dtype=int)
    started = told = time.monotonic()
    model.train()
    for step in range(steps):
        while len(order) < settings.batch:
            order = np.concatenate([order, chance.permutation(len(texts))])
        rows, order = order[: settings.batch], order[settings.batch :]
        logits = model(**_encode(tokenizer, settings, [texts[row] for row in rows])).logits
        losses = torch.nn.functional.cross_entropy(logits, torch.tensor(label_ids[rows]), reduction="none")
        loss = (losses * torch.tensor(weights[rows], dtype=losses.dtype)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            left = (told - started) / (step + 1) * (steps - step - 1)
            log.info(
                "fine-tuning on %s rows: step %s of %s, about %.0f s left", f"{len(texts):,}", step + 1, steps, left
            )


def _predict(model: Any, tokenizer: Any, settings: TrainingSettings, query: Sequence[str]) -> np.ndarray:
    import torch  # ty: ignore[import-not-found]

    model.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(query), 64):
            logits = model(**_encode(tokenizer, settings, query[start : start + 64])).logits
            parts.append(torch.softmax(logits.double(), dim=1).numpy())
    return np.concatenate(parts)


def _encode(tokenizer: Any, settings: TrainingSettings, texts: Sequence[str]) -> Any:
    return tokenizer(list(texts), truncation=True, max_length=settings.max_tokens, padding=True, return_tensors="pt")
