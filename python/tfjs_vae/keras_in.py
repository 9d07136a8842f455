"""Keras → a model file of tfjs-vae."""

from dataclasses import dataclass, replace
from typing import Any

from tfjs_vae.errors import UnsupportedError
from tfjs_vae.keras_files import read_config
from tfjs_vae.keras_flat import Flat, cut
from tfjs_vae.keras_graph import KerasGraph, KerasLayer, is_model, parse_graph
from tfjs_vae.keras_layers import forgotten
from tfjs_vae.keras_models import Built, build_model, import_keras, load_weights, weights_of
from tfjs_vae.keras_parts import Split, decoder_of, encoder_of, inner_models, split_one, split_two
from tfjs_vae.keras_topology import options_of, soft_clipped, to_topology, without_sigmoid
from tfjs_vae.safetensors import Array

Layers = dict[tuple[str, ...], Built]


@dataclass(frozen=True)
class Choices:
    """What a Keras file does not say: which layers, and how the outputs of the decoder are meant."""

    mean: str | None = None
    log_var: str | None = None
    likelihood: str | None = None
    sigma: float | None = None

    @property
    def names(self) -> tuple[str | None, str | None]:
        """The layers of the mean and the log-variance, as they were named."""
        return self.mean, self.log_var


@dataclass(frozen=True)
class Converted:
    """A model as a model file holds it, and what the user should know of the way."""

    tensors: dict[str, Array]
    config: dict[str, Any]
    remarks: list[str]


def from_one(path: str, choices: Choices) -> Converted:
    """A VAE in one file: a model of a user's class that names its encoder and decoder, or one functional model."""
    entry = read_config(path)
    if is_model(entry):
        graph = parse_graph(entry, path)
        split = _checked(split_one(graph, choices.names, path), path)
        layers: Layers = {}
        load_weights(build_model(graph, path, layers), path)
        return _converted(split, {"encoder": layers, "decoder": layers}, choices, path)
    graphs = inner_models(entry, path)
    split = _checked(split_two(graphs["encoder"], graphs["decoder"], choices.names, path), path)
    found: dict[str, Layers] = {name: {} for name in graphs}
    load_weights(_holder({name: build_model(graph, path, found[name]) for name, graph in graphs.items()}), path)
    return _converted(split, found, choices, path)


def from_two(encoder: str, decoder: str, choices: Choices) -> Converted:
    """An encoder and a decoder in files of their own."""
    graphs: dict[str, KerasGraph] = {}
    found: dict[str, Layers] = {"encoder": {}, "decoder": {}}
    for name, path in (("encoder", encoder), ("decoder", decoder)):
        entry = read_config(path)
        if not is_model(entry):
            raise UnsupportedError(f"{path}: the class {entry['class_name']!r} is not a functional or sequential model")
        graphs[name] = parse_graph(entry, path)
    split = _checked(split_two(graphs["encoder"], graphs["decoder"], choices.names, encoder), encoder)
    for name, path in (("encoder", encoder), ("decoder", decoder)):
        load_weights(build_model(graphs[name], path, found[name]), path)
    return _converted(split, found, choices, f"{encoder} and {decoder}")


def _checked(split: Split, owner: str) -> Split:
    """Looks at every layer that is to be converted, before Keras builds any."""
    for part, flat in (("encoder", _encoder(split, owner)[0]), ("decoder", decoder_of(split, 1, owner))):
        for layer in flat.layers.values():
            if layer.kind != "InputLayer":
                options_of(layer, f"{owner}: the {part}")
    return split


def _converted(split: Split, layers: dict[str, Layers], choices: Choices, owner: str) -> Converted:
    mean, log_var = split.moments
    remarks = [f"the mean is the layer {mean.layer}, the log-variance {log_var.layer}"]
    encoder, head = _encoder(split, owner)
    latent_dim = _latent_dim(encoder if head is None else head.cut, layers["encoder"], owner)
    decoder, ended = without_sigmoid(decoder_of(split, latent_dim, owner), owner)
    _check_decoder(decoder, latent_dim, owner)
    kind, options = _likelihood(choices, ended, owner)
    if ended:
        remarks.append("the sigmoid at the end of the decoder belongs to the likelihood, and was taken off the network")
    flats = {"encoder": encoder, "decoder": decoder}
    networks = {part: to_topology(_shaped(flat, layers[part]), f"{owner}: the {part}") for part, flat in flats.items()}
    tensors = {**_tensors("encoder", encoder, layers["encoder"]), **_tensors("decoder", decoder, layers["decoder"])}
    encoder_config = {"network": {"$network": networks["encoder"]}, "latentDim": latent_dim}
    if head is not None:
        encoder_config["logVarRange"] = list(head.log_var_range)
        tensors.update(head.tensors(layers["encoder"]))
    config = {
        "encoder": {"$part": "GaussianEncoder", "config": encoder_config},
        "decoder": {"$part": kind, "config": {"network": {"$network": networks["decoder"]}, **options}},
    }
    lost = sorted(
        {name for flat in flats.values() for layer in flat.layers.values() for name in forgotten(layer.config)}
    )
    if lost:
        remarks.append(f"what counts in training alone is left behind: {', '.join(lost)}")
    return Converted(tensors, config, remarks)


@dataclass(frozen=True)
class _Head:
    """Two dense layers on the same features, the second softly clipped: a `GaussianHead`."""

    cut: Flat
    mean: KerasLayer
    log_var: KerasLayer
    log_var_range: tuple[float, float]

    def tensors(self, layers: Layers) -> dict[str, Array]:
        """Their weights as the head has them."""
        named = [("mean", self.mean), ("logVar", self.log_var)]
        found = {name: weights_of(layers[layer.path]) for name, layer in named}
        return {f"encoder/head/0/{n}{w.capitalize()}": found[n][w] for n in found for w in ("kernel", "bias")}


def _encoder(split: Split, owner: str) -> tuple[Flat, _Head | None]:
    """The network of the encoder, and the head behind it where the file has the soft clip of one."""
    clip = soft_clipped(split.encoder, split.moments.log_var)
    if clip is None:
        return encoder_of(split, owner), None
    raw, log_var_range = clip
    mean, log_var = (split.encoder.layers[ref.layer] for ref in (split.moments.mean, raw))
    for layer in (mean, log_var):
        options = options_of(layer, f"{owner}: the encoder")
        if layer.kind != "Dense" or options.get("activation") != "linear" or not options.get("use_bias"):
            raise UnsupportedError(
                f"{owner}: the log-variance is softly clipped, so {layer.name} must be a linear Dense"
            )
    if mean.inputs != log_var.inputs:
        raise UnsupportedError(f"{owner}: {mean.name} and {log_var.name} must be made of the same features")
    both = cut(split.encoder, (split.moments.mean, raw), owner)
    return cut(split.encoder, mean.inputs, f"{owner}: the encoder"), _Head(both, mean, log_var, log_var_range)


def _shaped(flat: Flat, layers: Layers) -> Flat:
    """With the sizes that Keras has found for the −1 of a reshape, which tfjs does not find in time."""
    found = {
        name: replace(layer, config={"target_shape": list(layers[layer.path].output.shape[1:])})
        if layer.kind == "Reshape"
        else layer
        for name, layer in flat.layers.items()
    }
    return replace(flat, layers=found)


def _latent_dim(encoder: Flat, layers: Layers, owner: str) -> int:
    shapes = []
    for ref in encoder.outputs:
        layer = encoder.layers[ref.layer]
        options_of(layer, f"{owner}: the encoder")
        shapes.append(tuple(layers[layer.path].output.shape[1:]))
    if len(shapes[0]) == 1 and shapes[0] == shapes[1]:
        return int(shapes[0][0])
    raise UnsupportedError(
        f"{owner}: mean and log-variance must be vectors of one size, got {shapes[0]} and {shapes[1]}"
    )


def _check_decoder(decoder: Flat, latent_dim: int, owner: str) -> None:
    if len(decoder.outputs) != 1:
        raise UnsupportedError(f"{owner}: the decoder must have one output, got {len(decoder.outputs)}")
    config = decoder.layers[decoder.inputs[0]].config if decoder.inputs else {}
    shape = config.get("batch_shape") or config.get("batch_input_shape") or []
    if list(shape[1:]) != [latent_dim]:
        raise UnsupportedError(
            f"{owner}: the first input of the decoder must be z [{latent_dim}], as the encoder gives it, "
            f"got {shape[1:]}"
        )


def _likelihood(choices: Choices, ended: bool, owner: str) -> tuple[str, dict[str, Any]]:
    """The part that explains x, and its options."""
    if choices.likelihood == "gaussian":
        sigma = 1.0 if choices.sigma is None else choices.sigma
        return "GaussianDecoder", {"sigma": sigma, "mean": "sigmoid" if ended else "linear", "sigmaFloor": 1e-3}
    if choices.likelihood is None and not ended:
        raise UnsupportedError(
            f"{owner}: the decoder does not end in a sigmoid, so its outputs may be logits or means; "
            "say which: --likelihood bernoulli or --likelihood gaussian --sigma 1"
        )
    return "BernoulliDecoder", {}


def _tensors(part: str, flat: Flat, layers: Layers) -> dict[str, Array]:
    """The weights by path: those of tfjs count the layers that have some."""
    weighted = [weights_of(layers[layer.path]) for layer in flat.layers.values() if layer.path in layers]
    weighted = [weights for weights in weighted if weights]
    return {f"{part}/{i}/{name}": value for i, weights in enumerate(weighted) for name, value in weights.items()}


def _holder(models: dict[str, Built]) -> Built:
    """A model that has these as its attributes, as a user's own class had."""

    def init(self: Any) -> None:
        keras.Model.__init__(self)
        for name, model in models.items():
            setattr(self, name, model)
        self.built = True

    keras = import_keras()
    return type("Holder", (keras.Model,), {"__init__": init})()
