"""A topology of tfjs as a Keras model, built layer by layer, since Keras 3 refuses the topologies of tfjs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tfjs_vae.errors import FileFormatError
from tfjs_vae.keras_layers import from_tfjs
from tfjs_vae.keras_models import Built, import_keras
from tfjs_vae.model_file import ModelFile
from tfjs_vae.topology import MODELS, Ref, Topology, parse_topology


class _Network(NamedTuple):
    """A model, and its layers in the order of the topology, by which the weights are numbered."""

    model: Built
    layers: "list[Built | _Network]"


def build_network(config: dict[str, Any], part: str, file: ModelFile, used: set[str]) -> Built:
    """The network of a part as a Keras model of that name, with its weights; their paths are added to `used`."""
    owner = f"{file.name}: the {part}"
    given = config.get("network")
    topology = parse_topology(owner, given["$network"] if isinstance(given, dict) else None)
    network = _build(import_keras(), topology, part, owner)
    used |= _put(network, part, file)
    return network.model


def put_layer(layer: Built, paths: Mapping[str, str], file: ModelFile) -> set[str]:
    """Gives a layer the weights of these paths, and returns the paths.

    Raises `FileFormatError` when one is missing or has another shape.
    """
    for variable in layer.weights:
        path = paths[variable.name]
        values = file.tensors.get(path)
        if values is None or tuple(values.shape) != tuple(variable.shape):
            found = "none" if values is None else str(list(values.shape))
            raise FileFormatError(f"{file.name}: {path} must be {list(variable.shape)}, got {found}")
        variable.assign(values)
    return {paths[variable.name] for variable in layer.weights}


def _build(keras: Any, topology: Topology, name: str, owner: str) -> _Network:
    layers: dict[str, Built | _Network] = {}
    for key, (kind, config) in topology.layers.items():
        if kind in MODELS:
            inner_name = str(config["config"].get("name", key)) if isinstance(config["config"], dict) else key
            layers[key] = _build(keras, parse_topology(owner, config), inner_name, owner)
        else:
            keras_kind, options = from_tfjs(kind, config, f"{owner}: the layer {key}")
            layers[key] = getattr(keras.layers, keras_kind)(**options, name=key)
    made = {
        Ref(key, 0, 0): keras.Input(shape, name=key.replace(" ", "_")) for key, shape in topology.input_shapes.items()
    }
    for call in topology.calls:
        layer = layers[call.layer]
        sources = [made[ref] for ref in call.inputs]
        results = (layer.model if isinstance(layer, _Network) else layer)(sources if len(sources) > 1 else sources[0])
        for i, result in enumerate(results if isinstance(results, list | tuple) else [results]):
            made[Ref(call.layer, call.node, i)] = result
    inputs = [made[ref] for ref in topology.inputs]
    outputs = [made[ref] for ref in topology.outputs]
    model = keras.Model(*(ends if len(ends) > 1 else ends[0] for ends in (inputs, outputs)), name=name)
    return _Network(model, list(layers.values()))


def _put(network: _Network, prefix: str, file: ModelFile) -> set[str]:
    """tfjs counts the layers that have weights, a network within as one."""
    used: set[str] = set()
    count = 0
    for layer in network.layers:
        place = f"{prefix}/{count}"
        if isinstance(layer, _Network):
            put = _put(layer, place, file)
        else:
            put = put_layer(layer, {variable.name: f"{place}/{variable.name}" for variable in layer.weights}, file)
        used |= put
        count += len(put) > 0
    return used
