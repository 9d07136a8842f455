"""A graph of Keras layers as the topology that tfjs reads, and its ends: the soft clip of a head, a last sigmoid."""

import re
from dataclasses import replace
from typing import Any

from tfjs_vae.keras_flat import Flat, without
from tfjs_vae.keras_graph import KerasLayer, Ref
from tfjs_vae.keras_layers import keras_options, to_tfjs

#: Layers that move elements and do not change them, so that a sigmoid may stand before or behind them.
_MOVING = ("Reshape", "Flatten", "Cropping2D", "Dropout")


def to_topology(flat: Flat, owner: str) -> dict[str, Any]:
    """The topology as tfjs writes it.

    Raises `UnsupportedError` for a layer or an option that tfjs does not have, by name.
    """
    names: dict[str, str] = {}
    for name in flat.layers:
        clean = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        names[name] = clean if clean not in names.values() else f"{clean}_{len(names)}"
    listed: list[dict[str, Any]] = []
    for layer in flat.layers.values():
        config = _input(layer) if layer.kind == "InputLayer" else _config(layer, owner)
        nodes = [[[names[ref.layer], 0, 0, {}] for ref in layer.inputs]] if layer.inputs else []
        name = names[layer.name]
        listed.append(
            {"name": name, "class_name": layer.kind, "config": {**config, "name": name}, "inbound_nodes": nodes}
        )
    return {
        "class_name": "Model",
        "config": {
            "name": flat.name,
            "layers": listed,
            "input_layers": [[names[name], 0, 0] for name in flat.inputs],
            "output_layers": [[names[ref.layer], 0, 0] for ref in flat.outputs],
        },
        "keras_version": "tfjs-layers 4.22.0",
        "backend": "tensor_flow.js",
    }


def options_of(layer: KerasLayer, owner: str) -> dict[str, Any]:
    """What the layer does, with the names of Keras 3."""
    kind = layer.kind if layer.is_own else f"{layer.kind}, which is not one of Keras' own,"
    return keras_options(kind, layer.config, f"{owner}: the layer {layer.name}")


def without_sigmoid(flat: Flat, owner: str) -> tuple[Flat, bool]:
    """The graph up to the logits, where it ends in a sigmoid, and whether it did."""
    name = flat.outputs[0].layer
    while flat.layers[name].is_own and flat.layers[name].kind in _MOVING:
        name = flat.layers[name].inputs[0].layer
    layer = flat.layers[name]
    if layer.kind == "InputLayer" or not layer.is_own:
        return flat, False
    if options_of(layer, owner).get("activation") != "sigmoid":
        return flat, False
    if layer.kind == "Activation":
        return without(flat, name), True
    linear = replace(layer, config={**layer.config, "activation": "linear"})
    return replace(flat, layers={**flat.layers, name: linear}), True


def soft_clipped(flat: Flat, log_var: Ref) -> tuple[Ref, tuple[float, float]] | None:
    """What is bent beyond a range by the soft clip that we write, and that range; none where this is another output.

    `clip(x, low, high) + (log1p(relu(x − high)) − log1p(relu(low − x)))`.
    """
    match _tree(flat, log_var, 5):
        case (
            "Add",
            ("Clip", Ref() as x, {"x_min": low, "x_max": high}),
            (
                "Subtract",
                ("Log1p", ("Relu", ("Subtract", Ref() as above, above_by))),
                ("Log1p", ("Relu", ("Subtract", below_by, Ref() as below))),
            ),
        ) if x == above == below and (low, high) == (below_by, above_by):
            return x, (float(low), float(high))
    return None


def _tree(flat: Flat, ref: Ref, depth: int) -> Any:
    """An operation as its name and its arguments; layers stay references."""
    layer = flat.layers[ref.layer]
    if layer.is_own or layer.kind not in ("Add", "Subtract", "Clip", "Log1p", "Relu") or depth == 0:
        return ref
    arguments = tuple(_tree(flat, one, depth - 1) if isinstance(one, Ref) else one for one in layer.arguments)
    return (layer.kind, *arguments, *([layer.config] if layer.kind == "Clip" else []))


def _config(layer: KerasLayer, owner: str) -> dict[str, Any]:
    return {**to_tfjs(layer.kind, options_of(layer, owner)), "trainable": True}


def _input(layer: KerasLayer) -> dict[str, Any]:
    shape = layer.config.get("batch_shape") or layer.config["batch_input_shape"]
    return {"batch_input_shape": [None, *shape[1:]], "dtype": "float32", "sparse": False}
