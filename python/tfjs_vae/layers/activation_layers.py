"""Activations that are layers of their own."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from tfjs_vae.activations import activation
from tfjs_vae.layers.layer import Config, Layer, Plain, Shape, check_options, one_shape


def activation_layer(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.activation`."""
    return Plain(activation(owner, config["activation"]), one_shape(owner, shapes))


def relu(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.reLU`, which may have a largest value."""
    largest: float | None = config.get("max_value")
    shape = one_shape(owner, shapes)
    return Plain(F.relu if largest is None else lambda x: torch.clamp(F.relu(x), 0, largest), shape)


def leaky_relu(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.leakyReLU`."""
    alpha: float = config.get("alpha", 0.3)
    return Plain(lambda x: F.leaky_relu(x, alpha), one_shape(owner, shapes))


def elu(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.elu`."""
    check_options(owner, config, {"alpha": 1})
    return Plain(F.elu, one_shape(owner, shapes))


def softmax(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`tf.layers.softmax` along the last axis."""
    shape = one_shape(owner, shapes)
    check_options(owner, {"axis": -1} if config.get("axis") == len(shape) else config, {"axis": -1})
    return Plain(lambda x: torch.softmax(x, -1), shape)
