"""A Keras graph without models within it, and what is cut out of it: an encoder, a decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tfjs_vae.errors import FileFormatError
from tfjs_vae.keras_graph import KerasGraph, KerasLayer, Ref


@dataclass(frozen=True)
class Flat:
    """Layers in an order in which they can be run, and where the graph begins and ends."""

    name: str
    layers: Mapping[str, KerasLayer]
    inputs: tuple[str, ...]
    outputs: tuple[Ref, ...]


def flattened(graph: KerasGraph, owner: str) -> Flat:
    """The graph with the layers of its inner models in their place, under names of their own."""
    layers: dict[str, KerasLayer] = {}
    outputs = _inline(graph, {}, layers, owner)
    found = Flat(graph.name, layers, tuple(layer for layer, _ in graph.inputs), tuple(outputs))
    return Flat(graph.name, {name: layers[name] for name in _in_order(found, owner)}, found.inputs, found.outputs)


def cut(flat: Flat, outputs: tuple[Ref, ...], owner: str, start: Ref | None = None, start_size: int = 0) -> Flat:
    """What leads to these outputs; where `start` is given, from there, as from an input z of that size."""
    layers = dict(flat.layers)
    inputs = flat.inputs
    if start is not None:
        z = _free("z", layers)
        layers = {name: _redirected(layer, {start: Ref(z, 0)}) for name, layer in layers.items()}
        layers[z] = KerasLayer(z, "InputLayer", {"batch_shape": [None, start_size]}, True)
        outputs = tuple(Ref(z, 0) if ref == start else ref for ref in outputs)
        inputs = (z, *inputs)
    found = Flat(flat.name, layers, inputs, outputs)
    reached = set(_in_order(found, owner))
    kept = tuple(name for name in inputs if name in reached)
    return Flat(flat.name, {name: layers[name] for name in _sorted(found, owner)}, kept, outputs)


def without(flat: Flat, name: str) -> Flat:
    """The graph as if a layer of one input gave that input back."""
    around = flat.layers[name].inputs[0]
    layers = {k: _redirected(v, {Ref(name, 0): around}) for k, v in flat.layers.items() if k != name}
    outputs = tuple(around if ref == Ref(name, 0) else ref for ref in flat.outputs)
    return Flat(flat.name, layers, flat.inputs, outputs)


def _inline(graph: KerasGraph, given: Mapping[Ref, Ref], layers: dict[str, KerasLayer], owner: str) -> list[Ref]:
    """Adds the layers of a graph, whose inputs are `given` from outside, and tells where its outputs are."""
    found = dict(given)

    def resolved(ref: Ref) -> Ref:
        if ref not in found:
            raise FileFormatError(f"{owner}: it refers to an output of {ref.layer}, which is not there")
        return found[ref]

    waiting = list(graph.layers.values())
    while waiting:
        ready = [layer for layer in waiting if all(ref in found for ref in layer.inputs)]
        if not ready:
            raise FileFormatError(f"{owner}: the layer {waiting[0].name} waits for a layer that is not there")
        for layer in ready:
            if Ref(layer.name, 0) in given:
                continue
            sources = {ref: resolved(ref) for ref in layer.inputs}
            if layer.inner is not None:
                inside = dict(zip(layer.inner.inputs, sources.values(), strict=True))
                for i, ref in enumerate(_inline(layer.inner, inside, layers, owner)):
                    found[Ref(layer.name, i)] = ref
                continue
            name = _free("_".join(layer.path[-2:]) if layer.name in layers else layer.name, layers)
            layers[name] = replace(_redirected(layer, sources), name=name)
            # How many outputs a layer has is not written: a layer of ours has one, another may have a few.
            for i in range(8):
                found[Ref(layer.name, i)] = Ref(name, i)
        placed = {layer.name for layer in ready}
        waiting = [layer for layer in waiting if layer.name not in placed]
    return [resolved(ref) for ref in graph.outputs]


def _redirected(layer: KerasLayer, sources: Mapping[Ref, Ref]) -> KerasLayer:
    arguments = tuple(sources.get(one, one) if isinstance(one, Ref) else one for one in layer.arguments)
    return replace(layer, arguments=arguments)


def _free(name: str, taken: Mapping[str, object]) -> str:
    if name not in taken:
        return name
    return next(f"{name}_{i}" for i in range(1, len(taken) + 2) if f"{name}_{i}" not in taken)


def _in_order(flat: Flat, owner: str) -> list[str]:
    """The layers that lead to the outputs, each after those that it needs."""
    done: dict[str, None] = {}
    for ref in flat.outputs:
        stack = [ref.layer]
        open_: set[str] = set()
        while stack:
            name = stack[-1]
            if name not in flat.layers:
                raise FileFormatError(f"{owner}: it refers to a layer {name}, which is not there")
            pending = [source.layer for source in flat.layers[name].inputs if source.layer not in done]
            if name in done or not pending:
                done[stack.pop()] = None
            elif name in open_:
                raise FileFormatError(f"{owner}: the layer {name} waits for itself")
            else:
                open_.add(name)
                stack += reversed(pending)
    return list(done)


def _sorted(flat: Flat, owner: str) -> list[str]:
    """The order in which tfjs lists layers, and numbers their weights: by depth, then as they are met from the end."""
    met: dict[str, int] = {}

    def meet(name: str) -> None:
        stack = [name]
        while stack:
            top = stack.pop()
            if top not in met:
                met[top] = len(met)
                stack += [ref.layer for ref in reversed(flat.layers[top].inputs)]

    for ref in flat.outputs:
        meet(ref.layer)
    order = _in_order(flat, owner)
    depths = dict.fromkeys(order, 0)
    for name in reversed(order):
        for source in flat.layers[name].inputs:
            depths[source.layer] = max(depths[source.layer], depths[name] + 1)
    return sorted(order, key=lambda name: (-depths[name], met[name]))
