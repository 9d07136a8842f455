"""Noise: what a forward pass draws for its samples and its dropout."""

import hashlib
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Draws(Protocol):
    """Where a pass draws from. Each call gives fresh numbers, of the type and on the device of `like`."""

    def fork(self, name: str) -> "Draws":
        """The stream with this name: draws from one never shift those from another."""

    def normal(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Standard normal numbers."""

    def uniform(self, shape: Sequence[int], like: Tensor, *, shared: bool = False) -> Tensor:
        """Numbers in [0, 1). With `shared`, the first axis does not belong to examples."""


class TorchDraws:
    """PyTorch's own generator: for a loop of your own in one process."""

    def fork(self, name: str) -> "TorchDraws":
        return self

    def normal(self, shape: Sequence[int], like: Tensor) -> Tensor:
        return torch.randn(tuple(shape), dtype=like.dtype, device=like.device)

    def uniform(self, shape: Sequence[int], like: Tensor, *, shared: bool = False) -> Tensor:
        return torch.rand(tuple(shape), dtype=like.dtype, device=like.device)


class SeededDraws:
    """Noise that is a function of the seed, the names of the streams, and the place of an example.

    Philox4x64 (Salmon et al. 2011) counts, so that a process draws the rows of its share and no others, and gets what
    one process by itself would get for them.

    - `seed`: any whole number, or the key of a stream.
    - `places`: the place of each example that this process has, in the whole batch or in the data.
    """

    def __init__(self, seed: int | bytes, places: NDArray[np.int64]) -> None:
        self._key = seed if isinstance(seed, bytes) else str(seed).encode()
        self._places = places
        self._count = 0

    def fork(self, name: str) -> "SeededDraws":
        return SeededDraws(self._digest(f"fork {name}"), self._places)

    def at(self, places: NDArray[np.int64]) -> "SeededDraws":
        """The same stream for other examples."""
        return SeededDraws(self._key, places)

    def normal(self, shape: Sequence[int], like: Tensor) -> Tensor:
        words = self._words(shape, 2 * math.prod(shape[1:]), shared=False)
        # u is in (0, 1], so that its logarithm is finite.
        u, v = (words[:, 0::2] + 1.0) * 2.0**-32, words[:, 1::2] * 2.0**-32
        values = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
        return torch.from_numpy(values.reshape(tuple(shape))).to(device=like.device, dtype=like.dtype)

    def uniform(self, shape: Sequence[int], like: Tensor, *, shared: bool = False) -> Tensor:
        words = self._words(shape, math.prod(shape[1:]), shared=shared)
        values = (words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
        return torch.from_numpy(values.reshape(tuple(shape))).to(device=like.device, dtype=like.dtype)

    def _words(self, shape: Sequence[int], width: int, *, shared: bool) -> NDArray[np.uint32]:
        """`width` words for each row. Each row has blocks of its own, counted from its place."""
        self._count += 1
        key = int.from_bytes(self._digest(f"draw {self._count}")[:16], "little")
        places = np.arange(shape[0], dtype=np.int64) if shared else self._places
        if len(places) != shape[0]:
            raise ValueError(f"SeededDraws: {shape[0]} rows are drawn for a share of {len(places)} examples")
        blocks = max(1, -(-width // 8))
        found = np.empty((len(places), blocks * 8), np.uint32)
        for first, last in _runs(places):
            source = np.random.Philox(key=key, counter=int(places[first]) * blocks)
            raw = source.random_raw((last - first) * blocks * 4)
            found[first:last] = raw.astype("<u8", copy=False).view("<u4").reshape(last - first, -1)
        return found[:, :width]

    def _digest(self, what: str) -> bytes:
        return hashlib.blake2b(what.encode(), key=hashlib.blake2b(self._key, digest_size=32).digest()).digest()


def _runs(places: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where places follow one another, they are drawn at once."""
    if len(places) == 0:
        return []
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    edges = [0, *breaks.tolist(), len(places)]
    return list(pairwise(edges))


def seeded_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """The order of all rows in an epoch, the same in every process."""
    digest = hashlib.blake2b(f"order {seed} {epoch}".encode()).digest()
    keys = np.random.Philox(key=int.from_bytes(digest[:16], "little")).random_raw(count)
    return np.argsort(keys, kind="stable").astype(np.int64)
