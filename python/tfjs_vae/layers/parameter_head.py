"""`GaussianHead` and `ParameterHead` of the library: from features to the raw parameters of a posterior."""

import math
import re
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from tfjs_vae.draws import Draws
from tfjs_vae.layers.layer import Config, Layer, Shape, Weight, empty, one_shape
from tfjs_vae.tensor_functions import soft_clip

#: Where the log-variance is left as it is; outside, it grows like a logarithm. `False` leaves it unbounded.
Range = tuple[float, float] | None


class ParameterHead(Layer):
    """`h·W + b` for each parameter; the weights are called `meanKernel`, `meanBias`, … after it."""

    def __init__(self, sizes: dict[str, int], shapes: Sequence[Shape], log_var_range: Range = None) -> None:
        features = math.prod(one_shape("ParameterHead", shapes))
        super().__init__([(size,) for size in sizes.values()])
        self.names = list(sizes)
        self.log_var_range = log_var_range
        for name, size in sizes.items():
            self.register_parameter(f"{name}_kernel", empty(size, features))
            self.register_parameter(f"{name}_bias", empty(size))

    def present(self) -> list[Weight]:
        return [
            weight
            for name in self.names
            for weight in (Weight(f"{name}Kernel", f"{name}_kernel", (1, 0)), Weight(f"{name}Bias", f"{name}_bias"))
        ]

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        h = inputs[0].flatten(1)
        outputs = [F.linear(h, getattr(self, f"{name}_kernel"), getattr(self, f"{name}_bias")) for name in self.names]
        if self.log_var_range:
            outputs[1] = soft_clip(outputs[1], *self.log_var_range)
        return outputs


def gaussian_head(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`GaussianHead` as a layer of a network."""
    sizes = {"mean": config["units"], "logVar": config["units"]}
    return ParameterHead(sizes, shapes, as_range(config.get("log_var_range", [-10, 10])))


def parameter_head(owner: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """`ParameterHead` as a layer of a network."""
    return ParameterHead({_camel(name): size for name, size in config["sizes"].items()}, shapes)


def _camel(name: str) -> str:
    """tfjs writes the keys of a topology in snake case, also where they are names."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def as_range(value: Sequence[float] | bool) -> Range:
    """A range of a file: two numbers, or `False`."""
    return None if isinstance(value, bool) else (value[0], value[1])
