"""Small model files, as saveVae writes them, with random weights."""

from pathlib import Path
from typing import Any

import numpy as np

from tfjs_vae.model_file import write_model
from tfjs_vae.plain_json import to_json
from tfjs_vae.vae import Vae


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, "trainable": True, **config}}


def sequential(shape: list[int], *layers: dict[str, Any]) -> dict[str, Any]:
    first = {**layers[0], "config": {**layers[0]["config"], "batch_input_shape": [None, *shape]}}
    return {"$network": {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers[1:]]}}}


def dense(units: int, name: str, activation: str = "linear") -> dict[str, Any]:
    return layer("Dense", name, units=units, activation=activation, use_bias=True)


def mlp(sigma: Any = None) -> dict[str, Any]:
    """6 × 5 pictures in 3 dimensions."""
    encoder = sequential([6, 5, 1], layer("Flatten", "f"), dense(8, "a", "tanh"))
    decoder = sequential([3], dense(8, "b", "tanh"), dense(30, "c"), layer("Reshape", "r", target_shape=[6, 5, 1]))
    return config_of(encoder, decoder, sigma)


def conv(sigma: Any = None) -> dict[str, Any]:
    """With everything that couples a batch or draws noise: batch statistics and dropout."""
    kernel = {"kernel_size": [3, 3], "strides": [2, 2], "padding": "same", "use_bias": True}
    encoder = sequential(
        [6, 5, 1],
        layer("Conv2D", "a", filters=4, activation="elu", **kernel),
        layer("BatchNormalization", "n", axis=-1, momentum=0.9, epsilon=1e-3, center=True, scale=True),
        layer("TfjsVaeDropout", "d", rate=0.3, seed=1, noise_shape=None),
        layer("Flatten", "f"),
    )
    decoder = sequential(
        [3],
        dense(18, "b", "tanh"),
        layer("Reshape", "r", target_shape=[3, 3, 2]),
        layer("Conv2DTranspose", "t", filters=3, activation="elu", **kernel),
        layer("BatchNormalization", "m", axis=-1, momentum=0.9, epsilon=1e-3, center=True, scale=True),
        layer("Conv2D", "o", filters=1, kernel_size=[1, 2], strides=[1, 1], padding="valid", use_bias=True),
    )
    return config_of(encoder, decoder, sigma)


def config_of(encoder: Any, decoder: Any, sigma: Any) -> dict[str, Any]:
    gaussian = {"sigma": sigma, "mean": "sigmoid", "sigmaFloor": 0.001}
    kind = "BernoulliDecoder" if sigma is None else "GaussianDecoder"
    return {
        "encoder": {
            "$part": "GaussianEncoder",
            "config": {"network": encoder, "latentDim": 3, "logVarRange": [-10, 10]},
        },
        "decoder": {"$part": kind, "config": {"network": decoder, **({} if sigma is None else gaussian)}},
    }


def write(path: Path, config: dict[str, Any]) -> Path:
    """A file with random weights."""
    rng = np.random.default_rng(0)
    tensors = {}
    for name, value, axes in Vae(config).placed():
        shape = tuple(value.shape) if axes is None else tuple(value.shape[i] for i in np.argsort(axes))
        tensors[name] = (0.3 * rng.standard_normal(shape)).astype("<f4")
        if name.endswith(("gamma", "moving_variance", "sigma/variance")):
            tensors[name] = np.ones(shape, "<f4")
    write_model(path, tensors, {"config": to_json(config)})
    return path


def write_data(path: Path, count: int = 40) -> Path:
    """Bytes as an idx file."""
    pixels = np.random.default_rng(1).integers(0, 256, (count, 6, 5), dtype=np.uint8)
    head = bytes([0, 0, 8, 3]) + np.array([count, 6, 5], ">u4").tobytes()
    path.write_bytes(head + pixels.tobytes())
    return path
