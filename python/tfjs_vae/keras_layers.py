"""The layers that Keras and tfjs both have, with the options that mean the same in both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfjs_vae.errors import UnsupportedError

Config = dict[str, Any]

#: Activations of tfjs by their names in Keras. `hard_sigmoid` is another function in Keras 3 than in tfjs and Keras 2.
ACTIVATIONS = {
    "linear": "linear",
    "relu": "relu",
    "relu6": "relu6",
    "elu": "elu",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "softplus": "softplus",
    "softsign": "softsign",
    "tanh": "tanh",
    "swish": "swish",
    "silu": "swish",
    "mish": "mish",
    "gelu": "gelu",
}
#: Options that count in training alone, and whose loss is told.
FORGOTTEN = ("regularizer", "constraint")


@dataclass(frozen=True)
class Kind:
    """A layer: the options that both have, what the others must be, and names that differ."""

    options: tuple[str, ...] = ()
    fixed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    #: Name in tfjs by name in Keras 3.
    renamed: Mapping[str, str] = field(default_factory=dict)
    #: The name in tfjs, where it is another.
    tfjs: str = ""


_LAST = {"data_format": (None, "channels_last")}
_POOLING = Kind(("pool_size", "strides", "padding"), _LAST)
KINDS: dict[str, Kind] = {
    "Dense": Kind(("units", "activation", "use_bias"), {"quantization_config": (None,), "lora_rank": (None,)}),
    "Conv2D": Kind(
        ("filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias"),
        {**_LAST, "groups": (None, 1)},
    ),
    "Conv2DTranspose": Kind(
        ("filters", "kernel_size", "strides", "padding", "activation", "use_bias"),
        {**_LAST, "output_padding": (None,), "dilation_rate": (None, [1, 1]), "groups": (None, 1)},
    ),
    "BatchNormalization": Kind(
        ("axis", "momentum", "epsilon", "center", "scale"),
        {"synchronized": (None, False), "renorm": (None, False)},
    ),
    "Dropout": Kind(("rate",), {"noise_shape": (None,)}),
    "Flatten": Kind((), _LAST),
    "Reshape": Kind(("target_shape",)),
    "Activation": Kind(("activation",)),
    "ReLU": Kind(("max_value",), {"negative_slope": (None, 0), "threshold": (None, 0)}),
    "LeakyReLU": Kind(("negative_slope",), renamed={"negative_slope": "alpha"}),
    "ELU": Kind(("alpha",), {"alpha": (None, 1)}),
    "Softmax": Kind(("axis",)),
    "Concatenate": Kind(("axis",)),
    "Add": Kind(),
    "Multiply": Kind(),
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalAveragePooling2D": Kind((), {**_LAST, "keepdims": (None, False)}),
    "UpSampling2D": Kind(("size",), {**_LAST, "interpolation": (None, "nearest")}),
    "ZeroPadding2D": Kind(("padding",), _LAST),
    "Cropping2D": Kind(("cropping",), _LAST),
}


def keras_options(kind: str, config: Config, owner: str) -> Config:
    """What the class of Keras 3 is to be called with, from a configuration of Keras 2 or 3.

    Raises `UnsupportedError` when the layer, or an option of it, has no equal in tfjs.
    """
    known = _known(kind, owner)
    for name, allowed in known.fixed.items():
        value = _plain(config.get(name))
        if value not in allowed:
            wanted = " or ".join(str(one) for one in allowed if one is not None) or "left out"
            raise UnsupportedError(f"{owner} ({kind}): {name} must be {wanted} for tfjs, got {value}")
    options: Config = {}
    for name in known.options:
        # Keras 2 had other names: alpha of LeakyReLU.
        value = config[name] if name in config else config.get(known.renamed.get(name, name))
        found = _checked(name, _plain(value), owner)
        if found is not None:
            options[name] = found
    return options


def to_tfjs(kind: str, options: Config) -> Config:
    """The configuration of the tfjs layer that does the same."""
    known = KINDS[kind]
    config = {known.renamed.get(name, name): value for name, value in options.items()}
    if "activation" in config:
        config["activation"] = ACTIVATIONS[config["activation"]]
    if _LAST.items() <= known.fixed.items() and kind != "Flatten":
        config["data_format"] = "channels_last"
    return config


def from_tfjs(kind: str, config: Config, owner: str) -> tuple[str, Config]:
    """The name of the Keras layer and what it is called with, from a configuration of tfjs."""
    if kind == "TfjsVaeDropout":
        kind = "Dropout"
    known = _known(kind, owner)
    options = {name: config.get(known.renamed.get(name, name)) for name in known.options}
    return kind, keras_options(kind, {**config, **options}, owner)


def forgotten(config: Config) -> list[str]:
    """The options of training that tfjs is not told."""
    return [name for name, value in config.items() if value is not None and name.endswith(FORGOTTEN)]


def _known(kind: str, owner: str) -> Kind:
    if kind in KINDS:
        return KINDS[kind]
    raise UnsupportedError(f"{owner}: the layer {kind} cannot be converted; these can: {', '.join(KINDS)}")


def _checked(name: str, value: Any, owner: str) -> Any:
    if name == "activation":
        value = "linear" if value is None else value
        if value not in ACTIVATIONS:
            raise UnsupportedError(
                f"{owner}: the activation {value!r} cannot be converted; these can: {', '.join(ACTIVATIONS)}"
            )
    if name == "axis" and isinstance(value, list):
        if len(value) != 1:
            raise UnsupportedError(f"{owner}: axis must be one axis, got {value}")
        return value[0]
    return value


def _plain(value: Any) -> Any:
    """Tuples as lists, and an activation by its name where Keras wrote it as an object."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict) and value.get("class_name") == "function" and isinstance(value.get("config"), str):
        return value["config"]
    return value
