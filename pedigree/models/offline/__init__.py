"""The offline model: plausible rows for any recipe, without a network, a key or a download."""

from pedigree.models.offline.model import OfflineAnswer, answer, estimate_tokens, make_answer

__all__ = ["OfflineAnswer", "answer", "estimate_tokens", "make_answer"]
