"""A network of tf.layers as a PyTorch module."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor, nn

from tfjs_vae.draws import Draws
from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.group import Group
from tfjs_vae.layers import Layer, make_layer
from tfjs_vae.layers.layer import Shape, Weight
from tfjs_vae.topology import MODELS, Ref, Topology, parse_topology

#: A weight of a network: its path, the module that has it, and how it lies there.
Placed = tuple[str, Layer, Weight]


class Network(nn.Module):
    """A sequential or functional network; layers and networks within it may be shared.

    Tensors have the shapes of tfjs, `[batch, height, width, channels]` for images.

    - `owner` begins the errors, such as `the encoder`.
    - `topology` is what a file has under `$network`.
    """

    def __init__(self, owner: str, topology: Any) -> None:
        super().__init__()
        self.topology: Topology = parse_topology(owner, topology)
        #: In the order of the file, by which weights are known.
        self.layers = nn.ModuleList()
        self.output_shapes: tuple[Shape, ...] = ()
        self._places: dict[str, int] = {}
        shapes: dict[Ref, Shape] = {Ref(name, 0, 0): shape for name, shape in self.topology.input_shapes.items()}
        built: dict[str, Network | Layer] = {}
        for name, node, inputs in self.topology.calls:
            given = [_found(owner, shapes, ref) for ref in inputs]
            if name not in built:
                built[name] = self._build(f"{owner}: layer '{name}'", name, given)
            outputs = built[name].output_shapes
            self._check_call(f"{owner}: layer '{name}'", name, built[name], given)
            shapes.update({Ref(name, node, i): shape for i, shape in enumerate(outputs)})
        for name in self.topology.layers:
            if name in built:
                self._places[name] = len(self.layers)
                self.layers.append(built[name])
        self.input_shapes = [self.topology.input_shapes[ref.layer] for ref in self.topology.inputs]
        self.output_shapes = tuple(_found(owner, shapes, ref) for ref in self.topology.outputs)

    def forward(self, inputs: Sequence[Tensor], draws: Draws) -> Sequence[Tensor]:
        """The outputs for the inputs."""
        if len(inputs) != len(self.input_shapes):
            raise ValueError(f"the network takes {len(self.input_shapes)} inputs, got {len(inputs)}")
        values = dict(zip(self.topology.inputs, inputs, strict=True))
        for name, node, refs in self.topology.calls:
            outputs = self.layers[self._places[name]]([values[ref] for ref in refs], draws)
            values.update({Ref(name, node, i): output for i, output in enumerate(outputs)})
        return [values[ref] for ref in self.topology.outputs]

    def placed(self) -> Iterator[Placed]:
        """Its weights by path: `0/kernel` is the kernel of the first layer that has weights."""
        place = 0
        for layer in self.layers:
            inner = list(layer.placed()) if isinstance(layer, Network) else own_weights(layer)
            yield from ((f"{place}/{path}", owner, weight) for path, owner, weight in inner)
            place += 1 if inner else 0

    def join(self, group: Group) -> None:
        """Tells its layers which processes a batch is spread over."""
        for layer in self.layers:
            assert isinstance(layer, Network | Layer)
            layer.join(group)

    def _build(self, owner: str, name: str, shapes: Sequence[Shape]) -> "Network | Layer":
        kind, config = self.topology.layers[name]
        try:
            if kind in MODELS:
                return Network(owner, config)
            return make_layer(owner, kind, config, shapes)
        except (KeyError, TypeError, IndexError) as cause:
            raise FileFormatError(f"{owner}: the options of {kind} are not what tfjs writes: {cause!r}") from cause

    def _check_call(self, owner: str, name: str, layer: "Network | Layer", shapes: list[Shape]) -> None:
        """A shared layer has to get the shapes that it was built for."""
        if isinstance(layer, Network):
            expected = layer.input_shapes
        else:
            first: list[Shape] | None = getattr(layer, "taken_shapes", None)
            if first is None:
                layer.taken_shapes = shapes  # type: ignore[assignment]
                return
            expected = first
        if list(expected) != list(shapes):
            raise UnsupportedError(f"{owner} takes {list(map(list, expected))}, got {list(map(list, shapes))}")


def own_weights(layer: Any) -> list[Placed]:
    """The weights of one layer."""
    return [(weight.name, layer, weight) for weight in layer.present()]


def _found(owner: str, shapes: dict[Ref, Shape], ref: Ref) -> Shape:
    if ref in shapes:
        return shapes[ref]
    raise FileFormatError(f"{owner}: the layer {ref.layer} has no output {ref.tensor} of its call {ref.node}")
