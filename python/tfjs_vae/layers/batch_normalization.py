"""`tf.layers.batchNormalization`, with the statistics of the batch of all processes."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from tfjs_vae.draws import Draws
from tfjs_vae.errors import UnsupportedError
from tfjs_vae.group import Group
from tfjs_vae.layers.layer import Config, Layer, Shape, Weight, empty, one_shape


class BatchNormalization(Layer):
    """`γ·(x − μ) / √(v + ε) + β` along the last axis.

    μ and v are those of the whole batch in training and running averages otherwise. As in tfjs, the running variance
    is the mean square of the batch; `torch.nn.BatchNorm2d` would scale it by n / (n − 1).
    """

    weights: ClassVar[tuple[Weight, ...]] = (
        Weight("gamma", "weight"),
        Weight("beta", "bias"),
        Weight("moving_mean", "running_mean"),
        Weight("moving_variance", "running_variance"),
    )
    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        shape = one_shape(owner, shapes)
        if config.get("axis", -1) not in (-1, len(shape)):
            raise UnsupportedError(f"{owner}: axis must be the last one, got {config['axis']}")
        super().__init__([shape])
        size = shape[-1]
        self.epsilon: float = config.get("epsilon", 1e-3)
        self.momentum: float = config.get("momentum", 0.99)
        self.weight = empty(size) if config.get("scale", True) else None
        self.bias = empty(size) if config.get("center", True) else None
        self.register_buffer("running_mean", torch.zeros(size))
        self.register_buffer("running_variance", torch.ones(size))
        self.group = Group()

    def join(self, group: Group) -> None:
        self.group = group

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        x = inputs[0]
        mean, variance = self._of_batch(x) if self.training else (self.running_mean, self.running_variance)
        scale = torch.rsqrt(variance + self.epsilon)
        if self.weight is not None:
            scale = scale * self.weight
        y = (x - mean) * scale
        return [y if self.bias is None else y + self.bias]

    def _of_batch(self, x: Tensor) -> tuple[Tensor, Tensor]:
        flat = x.reshape(-1, x.shape[-1])
        counted = torch.cat([flat.sum(0), flat.new_full((1,), len(flat))])
        total = self.group.sum(counted)
        count = total[-1].detach()
        mean = total[:-1] / count
        variance = self.group.sum((flat - mean).square().sum(0)) / count
        with torch.no_grad():
            self.running_mean += (1 - self.momentum) * (mean - self.running_mean)
            self.running_variance += (1 - self.momentum) * (variance - self.running_variance)
        return mean, variance
