"""Where the encoder and the decoder of a VAE are, in one Keras file or in two."""

import re
from typing import Any, NamedTuple

from tfjs_vae.errors import UnsupportedError
from tfjs_vae.keras_flat import Flat, cut, flattened
from tfjs_vae.keras_graph import KerasGraph, KerasLayer, Ref, is_model, parse_graph

_MEAN = {"zmean", "mean", "mu", "zmu"}
_LOG_VAR = {"zlogvar", "logvar", "zlogvariance", "logvariance", "zlogsigmasquared"}
#: Parts of a model of a user's own class, as attributes are called.
_PARTS = ("encoder", "decoder")


class Moments(NamedTuple):
    """The outputs of an encoder."""

    mean: Ref
    log_var: Ref


class Split(NamedTuple):
    """An encoder and a decoder, both as they were; the decoder may begin within the graph, at z."""

    encoder: Flat
    moments: Moments
    decoder: Flat
    start: Ref | None


def inner_models(entry: dict[str, Any], owner: str) -> dict[str, KerasGraph]:
    """The encoder and the decoder that a model of a user's own class names in its configuration."""
    config = entry.get("config")
    members = config if isinstance(config, dict) else {}
    found = {name: parse_graph(members[name], owner, (name,)) for name in members if is_model(members[name])}
    if set(_PARTS) <= set(found):
        return {name: found[name] for name in _PARTS}
    raise UnsupportedError(
        f"{owner}: the class {entry.get('class_name')!r} is not one of Keras, and its configuration holds no "
        "functional encoder and decoder; save both, as encoder.save('encoder.keras') and "
        "decoder.save('decoder.keras'), and give --encoder and --decoder"
    )


def split_two(encoder: KerasGraph, decoder: KerasGraph, names: tuple[str | None, str | None], owner: str) -> Split:
    """An encoder and a decoder that are models of their own."""
    flat = flattened(encoder, f"{owner}: the encoder")
    return Split(flat, moments_of(flat, names, owner), flattened(decoder, f"{owner}: the decoder"), None)


def split_one(graph: KerasGraph, names: tuple[str | None, str | None], owner: str) -> Split:
    """One model of x: it holds an encoder and a decoder, or a sampling layer stands between its two halves."""
    inner = {layer.name.lower(): layer.inner for layer in graph.layers.values() if layer.inner is not None}
    if all(part in inner for part in _PARTS):
        return split_two(inner["encoder"], inner["decoder"], names, owner)
    flat = flattened(graph, owner)
    moments = moments_of(flat, names, owner)
    start = Ref(_sampling(flat, owner).name, 0)
    after = _after(flat, start)
    ends = tuple(ref for ref in flat.outputs if ref.layer in after and ref != start)
    if len(ends) != 1:
        raise UnsupportedError(
            f"{owner}: {len(ends)} outputs follow z, and a decoder has one; save encoder and decoder"
        )
    return Split(flat, moments, Flat(flat.name, flat.layers, flat.inputs, ends), start)


def moments_of(flat: Flat, names: tuple[str | None, str | None], owner: str) -> Moments:
    """Mean and log-variance: as they are named, else what is sampled from, else the two outputs of the encoder."""
    if names[0] is not None and names[1] is not None:
        return Moments(*(_named(flat, name, owner) for name in names if name is not None))
    by_name = [_only(flat, wanted) for wanted in (_MEAN, _LOG_VAR)]
    if by_name[0] is not None and by_name[1] is not None:
        return Moments(by_name[0], by_name[1])
    sampling = _samplings(flat)
    if len(sampling) == 1:
        return Moments(*sampling[0].inputs)
    if len(flat.outputs) == 2:
        return Moments(*flat.outputs)
    raise UnsupportedError(
        f"{owner}: which of the layers {', '.join(flat.layers)} give the mean and the log-variance is not clear; name "
        "them with --mean and --log-var"
    )


def encoder_of(split: Split, owner: str) -> Flat:
    """The encoder up to its mean and log-variance."""
    return cut(split.encoder, tuple(split.moments), f"{owner}: the encoder")


def decoder_of(split: Split, latent_dim: int, owner: str) -> Flat:
    """The decoder, from z on."""
    return cut(split.decoder, split.decoder.outputs, f"{owner}: the decoder", split.start, latent_dim)


def _samplings(flat: Flat) -> list[KerasLayer]:
    """Layers of no class of Keras, or of code in the file, that make one tensor of two."""
    return [
        layer
        for layer in flat.layers.values()
        if (not layer.is_own or layer.kind == "Lambda") and len(layer.inputs) == 2 and layer.arguments == layer.inputs
    ]


def _sampling(flat: Flat, owner: str) -> KerasLayer:
    found = _samplings(flat)
    if len(found) == 1:
        return found[0]
    raise UnsupportedError(
        f"{owner}: a model in one file must hold models called encoder and decoder, or one layer that samples z of two "
        f"inputs, got {len(found)} of those; save both parts, and give --encoder and --decoder"
    )


def _after(flat: Flat, start: Ref) -> set[str]:
    """The layers that z leads to."""
    found = {start.layer}
    for name, layer in flat.layers.items():
        if any(ref.layer in found for ref in layer.inputs):
            found.add(name)
    return found


def _named(flat: Flat, name: str, owner: str) -> Ref:
    if name in flat.layers:
        return Ref(name, 0)
    raise UnsupportedError(f"{owner}: there is no layer {name}; the layers are {', '.join(flat.layers)}")


def _only(flat: Flat, wanted: set[str]) -> Ref | None:
    """The one layer that is called so."""
    found = [name for name in flat.layers if re.sub(r"[^a-z]", "", name.lower()) in wanted]
    return Ref(found[0], 0) if len(found) == 1 else None
