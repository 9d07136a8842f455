"""What becomes of a batch before the model sees it, by the formulas of the library."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tfjs_vae.draws import Draws


class Batch(NamedTuple):
    """What the encoder sees, and what the decoder has to explain."""

    x: Tensor
    target: Tensor


def transform(x: Tensor, transforms: Sequence[dict[str, Any]], draws: Draws) -> Batch:
    """The batch after all transforms, each applied to the result of the one before."""
    batch = Batch(x, x)
    for i, options in enumerate(transforms):
        batch = _KINDS[options["kind"]](batch, options, draws.fork(f"{options['kind']} {i}"))
    return batch


def _binarise(batch: Batch, options: dict[str, Any], draws: Draws) -> Batch:
    """`x ~ Bernoulli(x)`, anew in every step. Salakhutdinov & Murray 2008, section 5."""
    u = draws.uniform(batch.x.shape, batch.x)

    def drawn(p: Tensor) -> Tensor:
        # What is outside of [0, 1] stays outside, so that it is seen when the batch is checked.
        return (u < p).to(p.dtype) + (p - p.clamp(0, 1))

    return _both(batch, drawn)


def _dequantise(batch: Batch, options: dict[str, Any], draws: Draws) -> Batch:
    """`x ← (k + u) / levels`, so that level k fills its interval. Theis et al. 2016 (arXiv 1511.01844, section 3.1)."""
    levels = options.get("levels", 256)
    # The finest grain of u for which k + u is not rounded up to the next level in float32.
    grain = 2.0 ** max(22 - math.ceil(math.log2(levels)), 0)
    u = torch.floor(draws.uniform(batch.x.shape, batch.x) * grain) / grain
    return _both(batch, lambda x: (torch.round(x * (levels - 1)) + u) / levels)


def _add_noise(batch: Batch, options: dict[str, Any], draws: Draws) -> Batch:
    """Gaussian noise on what the encoder sees. Im et al. 2017 (arXiv 1511.06406)."""
    noisy = batch.x + options["stddev"] * draws.normal(batch.x.shape, batch.x)
    return Batch(noisy.clamp(0, 1) if options.get("clip", False) else noisy, batch.target)


def _both(batch: Batch, change: Any) -> Batch:
    x = change(batch.x)
    return Batch(x, x if batch.target is batch.x else change(batch.target))


_KINDS = {"dynamicBinarisation": _binarise, "dequantisation": _dequantise, "addNoise": _add_noise}
