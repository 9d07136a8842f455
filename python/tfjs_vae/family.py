"""A family in a file, `{ "$part": kind, "config": … }`, and the size of the event that outputs are parameters of."""

from collections.abc import Sequence
from typing import Any

from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.layers.layer import Config, Shape


def part_of(owner: str, value: Any) -> tuple[str, Config]:
    """The kind of a part and its configuration."""
    if isinstance(value, dict) and isinstance(value.get("$part"), str) and isinstance(value.get("config", {}), dict):
        return value["$part"], value.get("config", {})
    raise FileFormatError(f"{owner}: expected a part of a model file, got {str(value)[:60]}")


def network_of(owner: str, config: Config) -> Any:
    """The topology of the network of a part."""
    network = config.get("network")
    if isinstance(network, dict) and "$network" in network:
        return network["$network"]
    raise FileFormatError(f"{owner}: the file has no network for it")


def refuse_part(owner: str, kind: str, known: Sequence[str]) -> UnsupportedError:
    """The error for a part that PyTorch has no equal for here."""
    return UnsupportedError(
        f"{owner}: '{kind}' has no equal in PyTorch here; train this model with VaeTrainer, in several processes with "
        f"torchGroup(). Known are {', '.join(known)}"
    )


def check_keys(owner: str, config: Config, known: Sequence[str]) -> None:
    """Refuses what a newer release may have added: it would change the model."""
    unknown = [key for key in config if key not in known]
    if unknown:
        raise UnsupportedError(f"{owner}: '{unknown[0]}' is not known to this release; known are {', '.join(known)}")


def event_of(owner: str, shapes: Sequence[Shape], parameters: int) -> Shape:
    """The event of a likelihood: one output for each parameter, or one whose last axis holds all of them."""
    first = shapes[0]
    if len(shapes) == parameters and len(set(shapes)) == 1:
        return first
    if len(shapes) == 1 and first and first[-1] % parameters == 0:
        return (*first[:-1], first[-1] // parameters)
    raise FileFormatError(f"{owner}: {parameters} parameters cannot be in outputs of {list(map(list, shapes))}")
