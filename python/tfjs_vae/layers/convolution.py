"""`tf.layers.conv2d` and `tf.layers.conv2dTranspose`.

Traps: `same` pads unevenly where stride or kernel are even; a transposed convolution is cropped to its size, or grown
where the stride is longer than the kernel; a transposed kernel lies as `[height, width, out, in]`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor

from tfjs_vae.activations import activation
from tfjs_vae.draws import Draws
from tfjs_vae.errors import UnsupportedError
from tfjs_vae.layers.layer import Config, Layer, Shape, Weight, check_options, empty, one_shape

Pair = tuple[int, int]


class Conv2D(Layer):
    """`activation(x ∗ W + b)`, padding `same` or `valid`, any stride or dilation."""

    weights: ClassVar[tuple[Weight, ...]] = (Weight("kernel", "weight", (3, 2, 0, 1)), Weight("bias", "bias"))

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        height, width, channels = _image(owner, config, shapes)
        kernel, self.stride, self.dilation = _pairs(config)
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, self.dilation, strict=True))
        sides = [_padding(config, n, k, s) for n, k, s in zip((height, width), reach, self.stride, strict=True)]
        (self.top, bottom), (self.left, right) = sides
        self.is_even = self.top == bottom and self.left == right
        self.sides = (self.left, right, self.top, bottom)
        size = [
            (n + sum(side) - k) // s + 1
            for n, k, s, side in zip((height, width), reach, self.stride, sides, strict=True)
        ]
        if min(size) < 1:
            raise UnsupportedError(f"{owner}: a kernel of {kernel} does not fit an image of {height} × {width}")
        super().__init__([(size[0], size[1], config["filters"])])
        self.activation = activation(owner, config.get("activation"))
        self.weight = empty(config["filters"], channels, *kernel)
        self.bias = empty(config["filters"]) if config.get("use_bias", True) else None

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        x = inputs[0].permute(0, 3, 1, 2)
        padding: Pair = (self.top, self.left)
        if not self.is_even:
            x, padding = F.pad(x, self.sides), (0, 0)
        y = F.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation)
        return [self.activation(y.permute(0, 2, 3, 1))]


class Conv2DTranspose(Layer):
    """The gradient of a convolution as a layer.

    Of n rows, `same` makes `n·stride`, and `valid` `n·stride + max(kernel − stride, 0)`.
    """

    weights: ClassVar[tuple[Weight, ...]] = (Weight("kernel", "weight", (3, 2, 0, 1)), Weight("bias", "bias"))

    def __init__(self, owner: str, config: Config, shapes: Sequence[Shape]) -> None:
        height, width, channels = _image(owner, config, shapes)
        kernel, self.stride, dilation = _pairs(config)
        check_options(owner, {"dilation_rate": list(dilation)}, {"dilation_rate": [1, 1]})
        size, first, grow = [], [], []
        for n, k, s in zip((height, width), kernel, self.stride, strict=True):
            surplus = max(k - s, 0)
            is_same = config.get("padding", "valid") == "same"
            size.append(n * s + (0 if is_same else surplus))
            first.append(surplus // 2 if is_same else 0)
            grow.append(max(first[-1] + size[-1] - ((n - 1) * s + k), 0))
        super().__init__([(size[0], size[1], config["filters"])])
        self.rows = slice(first[0], first[0] + size[0])
        self.columns = slice(first[1], first[1] + size[1])
        self.grow: tuple[int, ...] | None = (0, grow[1], 0, grow[0]) if any(grow) else None
        self.activation = activation(owner, config.get("activation"))
        self.weight = empty(channels, config["filters"], *kernel)
        self.bias = empty(config["filters"]) if config.get("use_bias", True) else None

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        y = F.conv_transpose2d(inputs[0].permute(0, 3, 1, 2), self.weight, None, self.stride)
        if self.grow:
            y = F.pad(y, self.grow)
        y = y[:, :, self.rows, self.columns].permute(0, 2, 3, 1)
        # The bias comes last, since what was grown has it too.
        return [self.activation(y if self.bias is None else y + self.bias)]


def _image(owner: str, config: Config, shapes: Sequence[Shape]) -> tuple[int, int, int]:
    shape = one_shape(owner, shapes)
    check_options(owner, config, {"data_format": "channels_last"})
    if config.get("padding", "valid") not in ("same", "valid"):
        raise UnsupportedError(f"{owner}: padding must be 'same' or 'valid', got {config['padding']!r}")
    if len(shape) != 3:
        raise UnsupportedError(f"{owner}: expected [height, width, channels], got {list(shape)}")
    return shape[0], shape[1], shape[2]


def _pairs(config: Config) -> tuple[Pair, Pair, Pair]:
    kernel, stride, dilation = (_pair(config.get(key, 1)) for key in ("kernel_size", "strides", "dilation_rate"))
    return kernel, stride, dilation


def _pair(value: Any) -> Pair:
    values = [1] if value is None else value if isinstance(value, list | tuple) else [value]
    return (values[0], values[-1])


def _padding(config: Config, size: int, reach: int, stride: int) -> Pair:
    """The zeros before and after an axis: with `same`, the odd one comes after it."""
    if config.get("padding", "valid") == "valid":
        return (0, 0)
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return (total // 2, total - total // 2)
