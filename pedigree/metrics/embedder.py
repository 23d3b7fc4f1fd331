"""An embedder: texts go in, unit vectors come out, whoever computes them."""

from collections.abc import Callable, Sequence

import numpy as np

from pedigree.errors import ProviderError

MAX_CHARS = 8000  # of a text; what follows is not read, and a model may read less


class Embedder:
    """Vectors of texts by one model; a text is asked for once.

    ``name`` is as recipes write it; ``sha256`` that of a local model's files, and ``library`` what reads them with its
    version: both None where somebody else serves it. ``encode`` gets different texts, none of them blank, sorted, and
    returns a line of numbers for each.
    """

    def __init__(
        self,
        name: str,
        encode: Callable[[list[str]], np.ndarray],
        sha256: str | None = None,
        library: str | None = None,
    ):
        self.name, self.sha256, self.library = name, sha256, library
        self._encode = encode
        self._known: dict[str, np.ndarray] = {}

    @property
    def dimensions(self) -> int | None:
        """Return the length of a vector; None before the first."""
        return next((len(vector) for vector in self._known.values()), None)

    @property
    def cut(self) -> int:
        """Return how many of the texts so far were longer than what is read of them."""
        return sum(len(text) == MAX_CHARS for text in self._known)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return a vector of length 1 a text (float64, texts x dimensions); of a blank text, or one that says nothing to the model, zeros.

        Which other texts are there, and in which order, makes no difference. Raises ProviderError where what the model
        gives are no vectors of one length.
        """
        read = [text[:MAX_CHARS] if text.strip() else "" for text in texts]
        if new := sorted({*read} - {*self._known, ""}):
            self._known |= dict(zip(new, self._check(new), strict=True))
        nothing = np.zeros(self.dimensions or 1, dtype=np.float32)
        vectors = np.array([self._known.get(text, nothing) for text in read], dtype=np.float64)
        return _scale(vectors.reshape(len(read), -1 if read else len(nothing)))

    def _check(self, texts: list[str]) -> np.ndarray:
        vectors = np.asarray(self._encode(texts), dtype=np.float32)
        expected = (len(texts), self.dimensions or (vectors.shape[-1] if vectors.ndim == 2 else 1))
        if vectors.shape != expected or not expected[1]:
            raise self._complain(f"vectors of the shape {vectors.shape} for {expected[0]:,} texts", f"{expected}")
        if not np.isfinite(vectors).all():
            raise self._complain("vectors that hold what is no number", "finite numbers")
        return vectors

    def _complain(self, found: str, expected: str) -> ProviderError:
        return ProviderError(f"{self.name} gave {found}", expected=expected, hint="choose another embedder")


def _scale(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
