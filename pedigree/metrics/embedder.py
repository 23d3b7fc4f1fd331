"""Turns texts into unit vectors with an embedding model; independent of how the model is run."""

from collections.abc import Callable, Sequence

import numpy as np

from pedigree.errors import ProviderError

MAX_CHARS = 8000  # of a text; the rest is ignored, and a model may read less


class Embedder:
    """Embeds texts with one model and caches the vectors.

    ``name`` is the embedder's name in a recipe. For a local model ``sha256`` is the hash of its files and ``library``
    the library that loads it, with version; for a remote one both are None. ``encode`` receives distinct non-blank
    texts, sorted, and returns one vector per text.
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
        """Return how many of the embedded texts were cut at ``MAX_CHARS``."""
        return sum(len(text) == MAX_CHARS for text in self._known)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return one unit vector per text (float64, texts x dimensions); zeros for a blank text or one without tokens.

        A text's vector does not depend on the other texts or on their order. Raises ProviderError if the model does
        not return finite vectors of one length.
        """
        read = [text[:MAX_CHARS] if text.strip() else "" for text in texts]
        if new := sorted({*read} - {*self._known, ""}):
            self._known |= dict(zip(new, self._encode_checked(new), strict=True))
        zeros = np.zeros(self.dimensions or 1, dtype=np.float32)
        vectors = np.array([self._known.get(text, zeros) for text in read], dtype=np.float64)
        return _normalise(vectors.reshape(len(read), -1 if read else len(zeros)))

    def _encode_checked(self, texts: list[str]) -> np.ndarray:
        vectors = np.asarray(self._encode(texts), dtype=np.float32)
        expected = (len(texts), self.dimensions or (vectors.shape[-1] if vectors.ndim == 2 else 1))
        if vectors.shape != expected or not expected[1]:
            raise self._make_error(f"vectors of shape {vectors.shape} for {expected[0]:,} texts", f"{expected}")
        if not np.isfinite(vectors).all():
            raise self._make_error("vectors with NaN or infinite values", "finite numbers")
        return vectors

    def _make_error(self, found: str, expected: str) -> ProviderError:
        return ProviderError(f"{self.name} returned {found}", expected=expected, hint="choose another embedder")


def _normalise(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
