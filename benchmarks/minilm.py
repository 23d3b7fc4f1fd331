"""Runs a BERT sentence encoder (all-MiniLM-L6-v2) in numpy, so that it can be measured where torch is not installed.

The folder holds ``model.safetensors``, ``tokenizer.json`` and ``config.json`` as sentence-transformers writes them.
"""

import json
from math import sqrt
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

MAX_TOKENS = 256
BATCH = 32


class MiniLm:
    """An encoder: a unit vector of each text, the mean of its tokens' last states."""

    def __init__(self, folder: Path):
        self._weights = load_file(folder / "model.safetensors")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._layers, self._heads = config["num_hidden_layers"], config["num_attention_heads"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def encode(self, texts: list[str]) -> np.ndarray:
        """Return one unit vector per text."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors = np.zeros((len(texts), self._weights["embeddings.LayerNorm.bias"].shape[0]), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            vectors[places] = self._encode_batch([texts[place] for place in places])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _encode_batch(self, texts: list[str]) -> np.ndarray:
        encoded = self._tokenizer.encode_batch(texts)
        ids, mask = (np.array([getattr(one, name) for one in encoded]) for name in ("ids", "attention_mask"))
        part = self._weights
        states = part["embeddings.word_embeddings.weight"][ids] + part["embeddings.token_type_embeddings.weight"][0]
        states = self._norm(states + part["embeddings.position_embeddings.weight"][: ids.shape[1]], "embeddings")
        for layer in range(self._layers):
            states = self._apply_layer(states, mask, f"encoder.layer.{layer}.")
        shown = mask[:, :, None].astype(np.float32)
        return (states * shown).sum(axis=1) / shown.sum(axis=1)

    def _apply_layer(self, states: np.ndarray, mask: np.ndarray, layer: str) -> np.ndarray:
        queries, keys, values = (
            self._split(self._multiply(states, f"{layer}attention.self.{name}")) for name in ("query", "key", "value")
        )
        scores = queries @ keys.transpose(0, 1, 3, 2) / sqrt(queries.shape[-1])
        scores = np.where(mask[:, None, None, :] == 1, scores, -1e9)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (weights / weights.sum(axis=-1, keepdims=True)) @ values
        mixed = mixed.transpose(0, 2, 1, 3).reshape(states.shape)
        states = self._norm(
            states + self._multiply(mixed, f"{layer}attention.output.dense"), f"{layer}attention.output"
        )
        inner = self._multiply(states, f"{layer}intermediate.dense")
        inner = inner * (1 + erf(inner / sqrt(2))) / 2
        return self._norm(states + self._multiply(inner, f"{layer}output.dense"), f"{layer}output")

    def _split(self, states: np.ndarray) -> np.ndarray:
        rows, tokens, width = states.shape
        return states.reshape(rows, tokens, self._heads, width // self._heads).transpose(0, 2, 1, 3)

    def _multiply(self, states: np.ndarray, name: str) -> np.ndarray:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, states: np.ndarray, name: str) -> np.ndarray:
        centred = states - states.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return scaled * self._weights[f"{name}.LayerNorm.weight"] + self._weights[f"{name}.LayerNorm.bias"]
