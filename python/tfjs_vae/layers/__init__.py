"""The layers that PyTorch knows, by the class names of files."""

from collections.abc import Callable, Sequence

from tfjs_vae.errors import UnsupportedError
from tfjs_vae.layers.activation_layers import activation_layer, elu, leaky_relu, relu, softmax
from tfjs_vae.layers.batch_normalization import BatchNormalization
from tfjs_vae.layers.convolution import Conv2D, Conv2DTranspose
from tfjs_vae.layers.dense import Dense
from tfjs_vae.layers.dropout import Dropout
from tfjs_vae.layers.layer import Config, Layer, Shape
from tfjs_vae.layers.parameter_head import gaussian_head, parameter_head
from tfjs_vae.layers.shapes import Add, Concatenate, flatten, reshape

__all__ = ["LAYERS", "Config", "Layer", "Shape", "make_layer"]

MakeLayer = Callable[[str, Config, Sequence[Shape]], Layer]

LAYERS: dict[str, MakeLayer] = {
    "Activation": activation_layer,
    "Add": Add,
    "BatchNormalization": BatchNormalization,
    "Concatenate": Concatenate,
    "Conv2D": Conv2D,
    "Conv2DTranspose": Conv2DTranspose,
    "Dense": Dense,
    "Dropout": Dropout,
    "ELU": elu,
    "Flatten": flatten,
    "LeakyReLU": leaky_relu,
    "ReLU": relu,
    "Reshape": reshape,
    "Softmax": softmax,
    "TfjsVaeDropout": Dropout,
    "TfjsVaeGaussianHead": gaussian_head,
    "TfjsVaeParameterHead": parameter_head,
}


def make_layer(owner: str, kind: str, config: Config, shapes: Sequence[Shape]) -> Layer:
    """The layer of this class for inputs of these shapes; it is not trained where `trainable` is false."""
    make = LAYERS.get(kind)
    if make is None:
        raise UnsupportedError(
            f"{owner}: the layer {kind.removeprefix('TfjsVae')} has no equal in PyTorch here; train this model with "
            f"VaeTrainer, in several processes with torchGroup(). Known are {', '.join(LAYERS)}"
        )
    layer = make(owner, config, shapes)
    if not config.get("trainable", True):
        layer.requires_grad_(False)
    return layer
