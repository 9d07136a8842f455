"""A model file of tfjs-vae → Keras: one file that holds a model of x, made of the models `encoder` and `decoder`."""

import math
import tempfile
from pathlib import Path
from typing import Any

from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.keras_models import Built, import_keras
from tfjs_vae.keras_network import build_network, put_layer
from tfjs_vae.model_file import ModelFile, read_model
from tfjs_vae.write_aside import write_aside


def write_keras(source: str, target: str) -> list[str]:
    """Writes the model of a file as `.keras`, aside and then renamed, and tells what it could not say there."""
    if not target.endswith(".keras"):
        raise UnsupportedError(f"{target}: Keras 3 keeps whole models in .keras files; give it a name that ends so")
    file = read_model(source)
    model, remarks = to_keras(file)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vae.keras")
        model.save(path)
        write_aside(target, path.read_bytes())
    return remarks


def to_keras(file: ModelFile) -> tuple[Built, list[str]]:
    """The model of x, and of a condition where there is one: `[z_mean, z_log_var, decoded]`, where z is z_mean.

    `get_layer("encoder")` gives `[z_mean, z_log_var]` and `get_layer("decoder")` the mean of `p(x | z)`. Raises
    `UnsupportedError` for what Keras has no layer for, by name.
    """
    keras = import_keras()
    config = file.config
    if config.get("prior") is not None:
        raise UnsupportedError(f"{file.name}: a prior other than N(0, I) has no place in a Keras model")
    used: set[str] = set()
    encoder = _encoder(keras, _part(file, "encoder", ("GaussianEncoder",)), file, used)
    decoder, remarks = _decoder(keras, config["decoder"], file, used)
    extra = sorted(file.tensors.keys() - used)
    if extra:
        raise FileFormatError(f"{file.name}: its networks have no weights called {', '.join(extra[:3])}")
    inputs = [keras.Input(batch_shape=tensor.shape, name=f"{name}_in") for name, tensor in _named_inputs(encoder)]
    mean, log_var = encoder(inputs if len(inputs) > 1 else inputs[0])
    told = [keras.Input(batch_shape=tensor.shape) for tensor in decoder.inputs[1:]] if len(inputs) == 1 else inputs[1:]
    told = told if len(decoder.inputs) > 1 else []
    decoded = decoder([mean, *told] if told else mean)
    every = list({id(tensor): tensor for tensor in [*inputs, *told]}.values())
    return keras.Model(every if len(every) > 1 else every[0], [mean, log_var, decoded], name="vae"), remarks


def _named_inputs(model: Built) -> list[tuple[str, Any]]:
    return list(zip(("x", "condition"), model.inputs, strict=False))


def _part(file: ModelFile, name: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    part = file.config[name]
    kind = part.get("$part")
    if kind in kinds:
        found: dict[str, Any] = part["config"]
        return found
    raise UnsupportedError(f"{file.name}: the {name} {kind!r} cannot be converted; {', '.join(kinds)} can")


def _encoder(keras: Any, config: dict[str, Any], file: ModelFile, used: set[str]) -> Built:
    body = build_network(config, "encoder", file, used)
    if len(body.outputs) == 2:
        return body
    features = body.outputs[0]
    if len(features.shape) > 2:
        features = keras.layers.Flatten(name="features")(features)
    units = config["latentDim"]
    bounds = config.get("logVarRange", [-10, 10])
    heads = [keras.layers.Dense(units, name=name) for name in ("z_mean", "z_log_var_raw" if bounds else "z_log_var")]
    mean, log_var = (head(features) for head in heads)
    for head, name in zip(heads, ("mean", "logVar"), strict=True):
        paths = {"kernel": f"encoder/head/0/{name}Kernel", "bias": f"encoder/head/0/{name}Bias"}
        used |= put_layer(head, paths, file)
    if bounds:
        log_var = _soft_clip(keras.ops, log_var, float(bounds[0]), float(bounds[1]))
    return keras.Model(body.inputs, [mean, log_var], name="encoder")


def _soft_clip(ops: Any, x: Any, low: float, high: float) -> Any:
    """`x` within [low, high], and beyond it as a logarithm; `soft_clipped` knows it again."""
    above = ops.log1p(ops.relu(ops.subtract(x, high)))
    below = ops.log1p(ops.relu(ops.subtract(low, x)))
    return ops.add(ops.clip(x, low, high), ops.subtract(above, below))


def _decoder(keras: Any, part: dict[str, Any], file: ModelFile, used: set[str]) -> tuple[Built, list[str]]:
    config = _part(file, "decoder", ("BernoulliDecoder", "GaussianDecoder"))
    body = build_network(config, "decoder", file, used)
    remarks: list[str] = []
    is_gaussian = part["$part"] == "GaussianDecoder"
    if is_gaussian:
        remarks.append(f"σ = {_sigma(config, file, used):.6g} has no place in a Keras model; keep it beside the file")
    if is_gaussian and config.get("mean", "linear") != "sigmoid":
        return body, remarks
    pixels = keras.layers.Activation("sigmoid", name="pixels")(body.outputs[0])
    return keras.Model(body.inputs, pixels, name="decoder"), remarks


def _sigma(config: dict[str, Any], file: ModelFile, used: set[str]) -> float:
    sigma, floor = config["sigma"], float(config.get("sigmaFloor", 1e-3))
    if isinstance(sigma, int | float):
        return float(sigma)
    path = {"shared": "decoder/sigma/logVar", "optimal": "decoder/sigma/variance"}.get(sigma)
    if path is None:
        raise UnsupportedError(f"{file.name}: sigma '{sigma}' makes two numbers of each pixel, and a Keras decoder one")
    used.update({path, "decoder/sigma/count"} & file.tensors.keys())
    value = float(file.tensors[path])
    if sigma == "optimal":
        return max(math.sqrt(max(value, 0.0)), floor)
    soft = min(max(value, -20.0), 20.0) + math.log1p(max(value - 20, 0)) - math.log1p(max(-20 - value, 0))
    return math.sqrt(math.exp(soft) + floor**2)
