"""The topology of a network as tfjs writes it, as calls of layers in an order in which they can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tfjs_vae.errors import FileFormatError, UnsupportedError

if TYPE_CHECKING:
    # The types alone: the converter of Keras models reads topologies without PyTorch.
    from tfjs_vae.layers.layer import Config, Shape

MODELS = ("Functional", "Model", "Sequential")


class Ref(NamedTuple):
    """An output: of which layer, of which of its calls, and which tensor."""

    layer: str
    node: int
    tensor: int


class Call(NamedTuple):
    """One application of a layer."""

    layer: str
    node: int
    inputs: tuple[Ref, ...]


class Listed(NamedTuple):
    """A layer as the file lists it; for a network within, `config` is its topology."""

    kind: str
    config: Config


class Topology(NamedTuple):
    """A network: its layers in the order of the file, and their calls in an order that works."""

    layers: dict[str, Listed]
    calls: list[Call]
    input_shapes: dict[str, Shape]
    inputs: list[Ref]
    outputs: list[Ref]


def parse_topology(owner: str, topology: Any) -> Topology:
    """The network that a topology describes.

    Raises `FileFormatError` where it does not describe one, and `UnsupportedError` where a size is left open.
    """
    try:
        kind, config = topology["class_name"], topology["config"]
        if kind == "Sequential":
            return _sequential(owner, config["layers"] if isinstance(config, dict) else config)
        if kind in MODELS:
            return _functional(owner, config)
    except (KeyError, TypeError, IndexError, AttributeError) as cause:
        raise FileFormatError(f"{owner}: its topology is not one that tfjs writes: {cause!r}") from cause
    raise FileFormatError(f"{owner}: a network must be a model of layers, got {str(kind)[:60]!r}")


def _sequential(owner: str, listed: list[Any]) -> Topology:
    layers: dict[str, Listed] = {}
    calls: list[Call] = []
    shape: Shape | None = None
    at = Ref("the input", 0, 0)
    for i, layer in enumerate(listed):
        kind, config = layer["class_name"], layer["config"]
        if i == 0:
            shape = _first_shape(owner, layer)
        if kind == "InputLayer":
            continue
        name = f"{i}" if not isinstance(config, dict) else str(config.get("name", i))
        if name in layers:
            raise FileFormatError(f"{owner}: two layers are called {name}")
        node = 1 if kind in MODELS else 0
        layers[name] = Listed(kind, layer if kind in MODELS else config)
        calls.append(Call(name, node, (at,)))
        at = Ref(name, node, 0)
    if shape is None or not calls:
        raise FileFormatError(f"{owner}: a sequential network must have layers")
    return Topology(layers, calls, {"the input": shape}, [Ref("the input", 0, 0)], [at])


def _first_shape(owner: str, layer: Any) -> Shape:
    """The input shape of a sequential network: of its first layer, or of the network that comes first in it."""
    if layer["class_name"] in MODELS:
        inner = parse_topology(owner, layer)
        return inner.input_shapes[inner.inputs[0].layer]
    return _known(owner, layer["config"]["batch_input_shape"])


def _functional(owner: str, config: Config) -> Topology:
    layers: dict[str, Listed] = {}
    input_shapes: dict[str, Shape] = {}
    made: dict[str, int] = {}
    waiting: list[tuple[str, tuple[Ref, ...]]] = []
    for layer in config["layers"]:
        name, kind = layer["name"], layer["class_name"]
        if name in made:
            raise FileFormatError(f"{owner}: two layers are called {name}")
        if kind == "InputLayer":
            input_shapes[name] = _known(owner, layer["config"]["batch_input_shape"])
            made[name] = 1
            continue
        # A network has a first node of its own, from when it was made.
        made[name] = 1 if kind in MODELS else 0
        inner = {"class_name": kind, "config": layer["config"]}
        layers[name] = Listed(kind, inner if kind in MODELS else layer["config"])
        waiting += [(name, tuple(_ref(owner, ref) for ref in node)) for node in layer["inbound_nodes"]]
    calls: list[Call] = []
    while waiting:
        blocked: list[tuple[str, tuple[Ref, ...]]] = []
        for name, refs in waiting:
            # The calls of one layer keep their order, since they are known by their number.
            is_blocked = any(other == name for other, _ in blocked)
            if is_blocked or any(made.get(ref.layer, 0) <= ref.node for ref in refs):
                blocked.append((name, refs))
                continue
            calls.append(Call(name, made[name], refs))
            made[name] += 1
        if len(blocked) == len(waiting):
            raise FileFormatError(f"{owner}: the layer {blocked[0][0]} waits for a layer that is not there")
        waiting = blocked
    inputs, outputs = ([_ref(owner, ref) for ref in config[key]] for key in ("input_layers", "output_layers"))
    if any(ref.layer not in input_shapes for ref in inputs):
        raise FileFormatError(f"{owner}: an input of the network is not an input layer")
    return Topology(layers, calls, input_shapes, inputs, outputs)


def _ref(owner: str, ref: Any) -> Ref:
    if len(ref) > 3 and ref[3]:
        raise UnsupportedError(f"{owner}: the layer {ref[0]} is called with {ref[3]}; call it without options")
    return Ref(str(ref[0]), int(ref[1]), int(ref[2]))


def _known(owner: str, batch_shape: list[Any]) -> Shape:
    shape = tuple(batch_shape[1:])
    if any(not isinstance(size, int) for size in shape):
        raise UnsupportedError(f"{owner}: every size must be known, got {list(shape)}; give its inputs fixed shapes")
    return shape
