"""The configuration of a Keras model as a graph of layers, read as data: no class of the file is looked up or run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.keras_layers import KINDS

Config = dict[str, Any]
_TENSOR = "__keras_tensor__"


class Ref(NamedTuple):
    """An output of a layer."""

    layer: str
    tensor: int


@dataclass(frozen=True)
class KerasLayer:
    """A layer as the file lists it.

    `is_own` tells whether it is one of Keras' own layers; others are known by their name alone. `arguments` are what it
    is called with, the tensors as `Ref`. `path` leads to it through the models that it lies in.
    """

    name: str
    kind: str
    config: Config
    is_own: bool
    arguments: tuple[Any, ...] = ()
    inner: "KerasGraph | None" = None
    path: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[Ref, ...]:
        """The tensors that it is called with."""
        return tuple(argument for argument in self.arguments if isinstance(argument, Ref))


@dataclass(frozen=True)
class KerasGraph:
    """A functional or sequential model: its layers in the order of the file."""

    name: str
    is_sequential: bool
    layers: dict[str, KerasLayer] = field(default_factory=dict)
    inputs: tuple[Ref, ...] = ()
    outputs: tuple[Ref, ...] = ()


def is_model(entry: Any) -> bool:
    """Whether this describes a functional or sequential model, with its layers."""
    if not isinstance(entry, dict) or entry.get("class_name") not in ("Functional", "Model", "Sequential"):
        return False
    config = entry.get("config")
    return isinstance(config, list) or (isinstance(config, dict) and isinstance(config.get("layers"), list))


def parse_graph(entry: Config, owner: str, path: tuple[str, ...] = ()) -> KerasGraph:
    """The graph of a model, in the forms that Keras 2 and Keras 3 write.

    Raises `FileFormatError` when it does not describe a model, and `UnsupportedError` when a layer is used twice.
    """
    try:
        if entry["class_name"] == "Sequential":
            return _sequential(entry["config"], owner, path)
        return _functional(entry["config"], owner, path)
    except (KeyError, TypeError, IndexError, AttributeError) as cause:
        raise FileFormatError(f"{owner}: its configuration is not one that Keras writes: {cause!r}") from cause


def _functional(config: Config, owner: str, path: tuple[str, ...]) -> KerasGraph:
    layers: dict[str, KerasLayer] = {}
    for entry in config["layers"]:
        name = str(entry["name"])
        calls = entry["inbound_nodes"]
        if len(calls) > 1:
            raise UnsupportedError(f"{owner}: the layer {name} is used {len(calls)} times; give each use its own layer")
        arguments = tuple(_arguments(calls[0])) if calls else ()
        layers[name] = _layer(entry, name, arguments, owner, path)
    ends = (tuple(_refs(config[key])) for key in ("input_layers", "output_layers"))
    return KerasGraph(str(config["name"]), False, layers, *ends)


def _sequential(config: Any, owner: str, path: tuple[str, ...]) -> KerasGraph:
    listed = config["layers"] if isinstance(config, dict) else config
    name = str(config.get("name", "sequential")) if isinstance(config, dict) else "sequential"
    layers: dict[str, KerasLayer] = {}
    first = listed[0]
    if first["class_name"] != "InputLayer":
        shape = first["config"].get("batch_input_shape") or config.get("build_input_shape")
        if shape is None:
            raise FileFormatError(f"{owner}: the model {name} has no input shape; build it before it is saved")
        layers["the input"] = KerasLayer("the input", "InputLayer", {"batch_shape": shape}, True)
    for i, entry in enumerate(listed):
        own = str(entry["config"].get("name", f"{entry['class_name'].lower()}_{i}"))
        before = (Ref(next(reversed(layers)), 0),) if layers else ()
        layers[own] = _layer(entry, own, before, owner, path)
    return KerasGraph(name, True, layers, (Ref(next(iter(layers)), 0),), (Ref(next(reversed(layers)), 0),))


def _layer(entry: Config, name: str, arguments: tuple[Any, ...], owner: str, path: tuple[str, ...]) -> KerasLayer:
    kind = str(entry["class_name"])
    inner = parse_graph(entry, owner, (*path, name)) if is_model(entry) else None
    # Early files of Keras 2 name no module; what a user has registered has none, or one of the user's own.
    is_own = entry["module"] == "keras.layers" if "module" in entry else kind in KINDS or kind == "InputLayer"
    config = entry["config"] if isinstance(entry["config"], dict) else {}
    return KerasLayer(name, kind, config, is_own, arguments, inner, (*path, name))


def _arguments(call: Any) -> Iterator[Any]:
    """What a layer is called with: `{args, kwargs}` of Keras 3, or the `[layer, node, tensor, …]` of Keras 2."""
    if isinstance(call, dict) and "args" in call:
        yield from _flat(call["args"])
        yield from _flat(call.get("kwargs", {}))
        return
    yield from _refs(call)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and value.get("class_name") == _TENSOR:
        layer, _, tensor = value["config"]["keras_history"][:3]
        yield Ref(str(layer), int(tensor))
    elif isinstance(value, dict):
        for member in value.values():
            yield from _flat(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _flat(member)
    elif value is not None:
        yield value


def _refs(value: Any) -> Iterator[Ref]:
    """References in any nesting: `[layer, node, tensor]`, lists and dictionaries of them."""
    if isinstance(value, dict):
        for member in value.values():
            yield from _refs(member)
    elif len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
        yield Ref(value[0], int(value[2]))
    else:
        for member in value:
            yield from _refs(member)
