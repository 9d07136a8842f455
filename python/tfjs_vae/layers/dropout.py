"""`tf.layers.dropout`, and `Dropout` of the library."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tfjs_vae.draws import Draws
from tfjs_vae.errors import UnsupportedError
from tfjs_vae.layers.layer import Config, Layer, Shape, one_shape


class Dropout(Layer):
    """`x·m / (1 − rate)`, m ~ Bernoulli(1 − rate) in training, and x otherwise."""

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        super().__init__([one_shape(owner, shapes)])
        self.rate: float = config["rate"]
        if not 0 <= self.rate < 1:
            raise UnsupportedError(f"{owner}: rate must be in [0, 1), got {self.rate}")
        given: list[int | None] | None = config.get("noise_shape")
        if given is not None and len(given) != len(self.output_shapes[0]) + 1:
            raise UnsupportedError(
                f"{owner}: noiseShape must have an axis for the batch and each axis of x, got {given}"
            )
        self.noise_shape = given

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        x = inputs[0]
        if not self.training or self.rate == 0:
            return [x]
        given = self.noise_shape or [None] * x.dim()
        shape = [size if wanted is None else wanted for wanted, size in zip(given, x.shape, strict=True)]
        kept = draws.uniform(shape, x, shared=given[0] == 1) >= self.rate
        return [x * (kept.to(x.dtype) * torch.tensor(1 / (1 - self.rate), dtype=x.dtype, device=x.device))]
