"""`tf.layers.dense`."""

from collections.abc import Sequence
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from tfjs_vae.activations import activation
from tfjs_vae.draws import Draws
from tfjs_vae.layers.layer import Config, Layer, Shape, Weight, empty, one_shape


class Dense(Layer):
    """`activation(x·W + b)` along the last axis."""

    weights: ClassVar[tuple[Weight, ...]] = (Weight("kernel", "weight", (1, 0)), Weight("bias", "bias"))

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        shape = one_shape(owner, shapes)
        units = config["units"]
        super().__init__([(*shape[:-1], units)])
        self.activation = activation(owner, config.get("activation"))
        self.weight = empty(units, shape[-1])
        self.bias = empty(units) if config.get("use_bias", True) else None

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        return [self.activation(F.linear(inputs[0], self.weight, self.bias))]
