"""Layers that move numbers: flatten, reshape, concatenate, add."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from tfjs_vae.draws import Draws
from tfjs_vae.errors import UnsupportedError
from tfjs_vae.layers.layer import Config, Layer, Plain, Shape, check_options, one_shape


def flatten(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.flatten`: all numbers of an example, channels last."""
    check_options(owner, config, {"data_format": "channels_last"})
    size = math.prod(one_shape(owner, shapes))
    return Plain(lambda x: x.reshape(x.shape[0], size), (size,))


def reshape(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.reshape`; one axis may be −1, or null as tfjs writes it."""
    size = math.prod(one_shape(owner, shapes))
    wanted = [-1 if n is None or n < 0 else int(n) for n in config["target_shape"]]
    known = math.prod(n for n in wanted if n >= 0)
    if wanted.count(-1) == 1 and known > 0 and size % known == 0:
        wanted[wanted.index(-1)] = size // known
    if math.prod(wanted) != size or min(wanted, default=0) < 0:
        raise UnsupportedError(f"{owner}: {size} numbers cannot have the shape {config['target_shape']}")
    return Plain(lambda x: x.reshape(x.shape[0], *wanted), tuple(wanted))


class Concatenate(Layer):
    """`tf.layers.concatenate` along any axis but that of the batch."""

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        rank = len(shapes[0]) + 1
        axis = config.get("axis", -1)
        axis = axis + rank if axis < 0 else axis
        outer = {(*shape[: axis - 1], *shape[axis:]) for shape in shapes}
        if not 1 <= axis < rank or len(outer) != 1 or any(len(shape) + 1 != rank for shape in shapes):
            raise UnsupportedError(f"{owner}: {list(map(list, shapes))} cannot be joined along the axis {axis}")
        joined = list(shapes[0])
        joined[axis - 1] = sum(shape[axis - 1] for shape in shapes)
        super().__init__([tuple(joined)])
        self.axis = axis

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        return [torch.cat(list(inputs), self.axis)]


class Add(Layer):
    """`tf.layers.add` of tensors of one shape."""

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        if len(set(shapes)) != 1 or len(shapes) < 2:
            raise UnsupportedError(f"{owner}: expected two or more inputs of one shape, got {list(map(list, shapes))}")
        super().__init__([shapes[0]])

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return [total]
