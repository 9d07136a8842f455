"""The activations of tfjs, by the names that files have."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from tfjs_vae.errors import UnsupportedError

Activation = Callable[[Tensor], Tensor]


def _linear(x: Tensor) -> Tensor:
    return x


ACTIVATIONS: dict[str, Activation] = {
    "linear": _linear,
    "relu": F.relu,
    "relu6": F.relu6,
    "elu": F.elu,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": lambda x: torch.clamp(0.5 + 0.2 * x, 0, 1),
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
    # PyTorch would return x itself beyond its threshold of 20, where float64 still has digits.
    "softplus": lambda x: F.softplus(x, threshold=40),
    "softsign": F.softsign,
    "tanh": torch.tanh,
    "swish": F.silu,
    "mish": F.mish,
    "gelu": F.gelu,
}


def activation(owner: str, name: str | None) -> Activation:
    """The function of this name; none is the identity."""
    found = ACTIVATIONS.get(name or "linear")
    if found is None:
        known = ", ".join(ACTIVATIONS)
        raise UnsupportedError(f"{owner}: the activation {name!r} has no equal in PyTorch here; take one of {known}")
    return found
