"""What a layer is: a module with the weights that the file names, and tensors in the order of tfjs.

Every tensor between layers is `[batch, height, width, channels]`, as in tfjs. Convolutions look at it through a
permuted view, which PyTorch calls channels-last: nothing is copied, and flattening and concatenation need no thought.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from tfjs_vae.draws import Draws
from tfjs_vae.errors import UnsupportedError
from tfjs_vae.group import Group

#: A shape without the batch axis.
Shape = tuple[int, ...]
Config = dict[str, Any]


class Weight(NamedTuple):
    """A weight of the file, and how it lies in the module."""

    name: str
    attribute: str
    #: The axes of the file in the order of the module; none where they are the same.
    axes: tuple[int, ...] | None = None


class Layer(nn.Module):
    """A layer of tfjs. `output_shapes` are known once it is built."""

    weights: ClassVar[tuple[Weight, ...]] = ()

    def __init__(self, output_shapes: Sequence[Shape]) -> None:
        super().__init__()
        self.output_shapes = tuple(output_shapes)

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        """The outputs for the inputs of one call."""
        raise NotImplementedError

    def present(self) -> list[Weight]:
        """The weights that it has: a layer may have no bias."""
        return [weight for weight in self.weights if getattr(self, weight.attribute, None) is not None]

    def join(self, group: Group) -> None:
        """Tells it which processes a batch is spread over; most layers need not know."""


class Plain(Layer):
    """A layer without weights that is a function of one tensor."""

    def __init__(self, function: Any, output_shape: Shape) -> None:
        super().__init__([output_shape])
        self.function = function

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        return [self.function(inputs[0])]


def one_shape(owner: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of the only input."""
    if len(shapes) == 1:
        return shapes[0]
    raise UnsupportedError(f"{owner}: expected one input, got {len(shapes)}")


def empty(*shape: int) -> nn.Parameter:
    """A parameter whose values come from the file."""
    return nn.Parameter(torch.zeros(shape))


def check_options(owner: str, config: Config, wanted: Config) -> None:
    """Refuses options that change what a layer computes and that are not done here."""
    for key, value in wanted.items():
        given = config.get(key, value)
        if given is not None and given != value:
            raise UnsupportedError(f"{owner}: {key} must be {value!r}, got {given!r}; train this model with VaeTrainer")
