"""Keras models that are built layer by layer from a graph, to take the weights of a file: the only use of Keras."""

import importlib
import os
from importlib.util import find_spec
from typing import Any

import numpy as np

from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.keras_graph import KerasGraph, KerasLayer
from tfjs_vae.keras_layers import KINDS, keras_options
from tfjs_vae.safetensors import Array

#: A Keras layer or model; Keras has no types of its own.
Built = Any


def import_keras() -> Any:
    """Keras 3, over the backend that is installed."""
    if find_spec("keras") is None:
        raise UnsupportedError("converting Keras models needs Keras 3: pip install keras")
    backend = "tensorflow" if find_spec("tensorflow") else "torch"
    os.environ.setdefault("KERAS_BACKEND", backend)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = importlib.import_module("keras")
    if int(keras.__version__.split(".")[0]) < 3:
        raise UnsupportedError(
            f"converting Keras models needs Keras 3, got {keras.__version__}: pip install 'keras>=3'"
        )
    return keras


def build_model(graph: KerasGraph, owner: str, layers: dict[tuple[str, ...], Built]) -> Built:
    """The model, with fresh weights, and its layers by path in `layers`.

    A layer that is not among those that can be converted, or that would run code of the file, is replaced by one that
    gives its first input back: it may stand where nothing is converted, behind z_mean and z_log_var.
    """
    keras = import_keras()
    made: dict[tuple[str, int], Built] = {}
    chain = []
    for layer in _in_order(graph, owner):
        if layer.kind == "InputLayer":
            tensor = keras.Input(batch_shape=_batch_shape(layer, owner), name=layer.name.replace(" ", "_"))
            made[layer.name, 0] = tensor
            chain.append(tensor)
            continue
        built = build_layer(keras, layer, owner, layers)
        chain.append(built)
        sources = [made[ref.layer, ref.tensor] for ref in layer.inputs]
        outputs = built(sources[0] if len(sources) == 1 else sources)
        for i, output in enumerate(outputs if isinstance(outputs, list | tuple) else [outputs]):
            made[layer.name, i] = output
        # A stand-in has one output, and what it stands for may have more.
        if layer.inner is None:
            made.update({(layer.name, i): made[layer.name, 0] for i in range(1, 8)})
    if graph.is_sequential:
        return keras.Sequential(chain, name=graph.name)
    inputs, outputs = ([made[ref.layer, ref.tensor] for ref in refs] for refs in (graph.inputs, graph.outputs))
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name=graph.name)


def build_layer(keras: Any, layer: KerasLayer, owner: str, layers: dict[tuple[str, ...], Built]) -> Built:
    """A layer of Keras with the options of the file, or a model within."""
    if layer.inner is not None:
        return build_model(layer.inner, owner, layers)
    if layer.is_own and layer.kind in KINDS:
        built = getattr(keras.layers, layer.kind)(
            **keras_options(layer.kind, layer.config, f"{owner}: the layer {layer.name}"), name=layer.name
        )
        layers[layer.path] = built
        return built
    return _stand_in(keras, layer.kind.rsplit(">", 1)[-1])()


def load_weights(model: Built, path: str) -> None:
    """Takes the weights of a `.keras` or `.h5` file, which has the same layers.

    Raises `FileFormatError` when Keras cannot find them.
    """
    # What the file has no values for would keep its random start and go unnoticed: `weights_of` refuses NaN.
    for variable in model.weights:
        variable.assign(np.full(variable.shape, np.nan, np.float32))
    try:
        model.load_weights(path)
    except (ValueError, KeyError, OSError, TypeError) as cause:
        raise FileFormatError(f"{path}: Keras cannot read its weights: {str(cause)[:300]}") from cause


def weights_of(layer: Built) -> dict[str, Array]:
    """The weights of a layer as arrays by their names, `kernel`, `bias`, `gamma`, …."""
    weights = {str(variable.name): np.asarray(variable.numpy(), np.float32) for variable in layer.weights}
    for name, values in weights.items():
        if np.isnan(values).any():
            raise FileFormatError(f"the file has no values for {name} of the layer {layer.name}, or they are NaN")
    return weights


def _stand_in(keras: Any, kind: str) -> Built:
    """A class of that name, by which Keras finds the weights of other layers in a file."""

    def call(self: Any, inputs: Any) -> Any:
        return inputs[0] if isinstance(inputs, list | tuple) else inputs

    def compute_output_shape(self: Any, shape: Any) -> Any:
        return shape[0] if shape and isinstance(shape[0], list | tuple) else shape

    return type(kind, (keras.layers.Layer,), {"call": call, "compute_output_shape": compute_output_shape})


def _batch_shape(layer: KerasLayer, owner: str) -> tuple[int | None, ...]:
    shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
    if not shape or any(not isinstance(size, int) for size in shape[1:]):
        raise UnsupportedError(f"{owner}: every size of {layer.name} but the batch must be known, got {shape}")
    return (None, *shape[1:])


def _in_order(graph: KerasGraph, owner: str) -> list[KerasLayer]:
    waiting = list(graph.layers.values())
    done: dict[str, KerasLayer] = {}
    while waiting:
        ready = [layer for layer in waiting if all(ref.layer in done for ref in layer.inputs)]
        if not ready:
            raise FileFormatError(f"{owner}: the layer {waiting[0].name} waits for a layer that is not there")
        done.update({layer.name: layer for layer in ready})
        waiting = [layer for layer in waiting if layer.name not in done]
    return list(done.values())
