"""Layers by themselves, and what is refused before data are read."""

from typing import Any

import numpy as np
import pytest
import torch

from tfjs_vae.draws import SeededDraws, TorchDraws, seeded_order
from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.layers.convolution import Conv2D
from tfjs_vae.network import Network
from tfjs_vae.tensor_functions import expm1_minus_x, soft_clip
from tfjs_vae.vae import Vae


def dense(units: int, name: str, **more: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"units": units, "name": name, **more}}


def sequential(*layers: dict[str, Any], size: int = 4) -> dict[str, Any]:
    first = {**layers[0], "config": {**layers[0]["config"], "batch_input_shape": [None, size]}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first, *layers[1:]]}}


def model(**changes: Any) -> dict[str, Any]:
    encoder = {"network": {"$network": sequential(dense(5, "a"))}, "latentDim": 2, "logVarRange": [-10, 10]}
    decoder = {"network": {"$network": sequential(dense(4, "b"), size=2)}}
    parts = {
        "encoder": {"$part": "GaussianEncoder", "config": encoder},
        "decoder": {"$part": "BernoulliDecoder", "config": decoder},
    }
    return {**parts, **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prior": {"$part": "VampPrior", "config": {}}}, "the prior 'VampPrior' has no equal"),
        ({"encoder": {"$part": "FlowEncoder", "config": {}}}, "the encoder: 'FlowEncoder' has no equal"),
        ({"decoder": {"$part": "PoissonDecoder", "config": {}}}, "the decoder: 'PoissonDecoder' has no equal"),
        ({"flow": {}}, "the model: 'flow' is not known to this release"),
    ],
)
def test_unknown_parts_are_refused_by_name(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        Vae(model(**changes))
    assert Vae(model()).latent_dim == 2


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"class_name": "GRU", "config": {"name": "g"}}, "layer 'g': the layer GRU has no equal"),
        ({"class_name": "TfjsVaeReparamSampler", "config": {"name": "g"}}, "the layer ReparamSampler has no equal"),
        (dense(2, "g", activation="arcsine"), "the activation 'arcsine' has no equal"),
        ({"class_name": "BatchNormalization", "config": {"name": "g", "axis": 0}}, "axis must be the last one, got 0"),
        ({"class_name": "Conv2D", "config": {"name": "g", "filters": 1, "kernel_size": [1]}}, r"got \[5\]"),
        (
            {"class_name": "Reshape", "config": {"name": "g", "target_shape": [3, -1]}},
            "5 numbers cannot have the shape",
        ),
        ({"class_name": "Dropout", "config": {"name": "g", "rate": 1}}, r"rate must be in \[0, 1\), got 1"),
    ],
)
def test_unknown_layers_are_refused_by_name(layer: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        Network("the encoder", sequential(dense(5, "a"), layer))


@pytest.mark.parametrize(
    "topology", [None, {}, {"class_name": "Dense", "config": {}}, {"class_name": "Model", "config": 3}]
)
def test_what_is_not_a_network_is_refused(topology: Any) -> None:
    with pytest.raises(FileFormatError):
        Network("the encoder", topology)


def test_open_sizes_and_cycles_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="every size must be known"):
        Network("the encoder", sequential(dense(2, "a"), size=None))  # type: ignore[arg-type]
    layers = [
        {
            "name": "x",
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 2], "name": "x"},
            "inbound_nodes": [],
        },
        {**dense(2, "a"), "name": "a", "inbound_nodes": [[["a", 0, 0, {}]]]},
    ]
    config = {"layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}
    with pytest.raises(FileFormatError, match="the layer a waits for"):
        Network("the encoder", {"class_name": "Model", "config": config})


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_dilated_convolution_is_the_sum_that_it_stands_for(padding: str) -> None:
    config = {"filters": 2, "kernel_size": [3, 2], "strides": [2, 1], "dilation_rate": [2, 3], "padding": padding}
    layer = Conv2D("c", config, [(9, 8, 3)])
    torch.manual_seed(0)
    x = torch.randn(2, 9, 8, 3, dtype=torch.float64)
    layer.double()
    torch.nn.init.normal_(layer.weight)
    found = layer([x], TorchDraws())[0]
    assert tuple(found.shape[1:]) == layer.output_shapes[0]
    sizes = found.shape[1:3]
    before = [
        max((n - 1) * s + (k - 1) * d + 1 - m, 0) // 2 if padding == "same" else 0
        for n, s, k, d, m in zip(sizes, (2, 1), (3, 2), (2, 3), (9, 8), strict=True)
    ]
    expected = torch.zeros_like(found)
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            for a in range(3):
                for b in range(2):
                    row, column = 2 * i + 2 * a - before[0], j + 3 * b - before[1]
                    if 0 <= row < 9 and 0 <= column < 8:
                        expected[:, i, j] += x[:, row, column] @ layer.weight[:, :, a, b].T
    torch.testing.assert_close(found, expected)


def test_the_curvature_of_the_kl_holds_in_float32() -> None:
    x = torch.tensor([-30.0, -1.0, -0.5, -1e-3, -1e-6, 0.0, 1e-6, 1e-3, 0.49999, 0.5, 3.0], requires_grad=True)
    y = expm1_minus_x(x)
    y.sum().backward()
    wide = x.detach().double()
    exact = torch.expm1(wide) - wide
    small = wide.abs() < 1e-2
    exact[small] = (wide**2 / 2 + wide**3 / 6 + wide**4 / 24)[small]
    torch.testing.assert_close(y.double(), exact, rtol=1e-6, atol=0)
    torch.testing.assert_close(x.grad.double(), torch.expm1(wide), rtol=3e-7, atol=0)  # type: ignore[union-attr]


def test_the_soft_clip_is_the_identity_within() -> None:
    x = torch.tensor([-14.0, -10.0, 0.5, 10.0, 12.0], requires_grad=True)
    y = soft_clip(x, -10, 10)
    y.sum().backward()
    logs = np.log([5.0, 3.0])
    torch.testing.assert_close(y.detach(), torch.tensor([-10 - logs[0], -10, 0.5, 10, 10 + logs[1]]).float())
    torch.testing.assert_close(x.grad, torch.tensor([0.2, 1, 1, 1, 1 / 3]))


def test_a_share_draws_what_the_whole_batch_draws_for_it() -> None:
    like = torch.zeros(())
    whole = SeededDraws(7, np.arange(11)).fork("step 3")
    rows = [np.arange(0, 4), np.arange(4, 9), np.arange(9, 11), np.arange(0)]
    parts = [SeededDraws(7, places).fork("step 3") for places in rows]
    for draw in ("uniform", "normal", "uniform"):
        together = getattr(whole, draw)((11, 3, 5), like)
        apart = [getattr(part, draw)((len(places), 3, 5), like) for part, places in zip(parts, rows, strict=True)]
        assert torch.equal(together, torch.cat(apart))
    assert not torch.equal(whole.uniform((11, 2), like), SeededDraws(8, np.arange(11)).uniform((11, 2), like))
    mask = parts[1].uniform((1, 6), like, shared=True)
    assert mask.shape == (1, 6)


def test_noise_has_the_moments_that_it_should() -> None:
    draws = SeededDraws(1, np.arange(4000))
    z = draws.normal((4000, 25), torch.zeros((), dtype=torch.float64)).numpy()
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / z.size)
    assert abs(np.corrcoef(z[:-1].ravel(), z[1:].ravel())[0, 1]) < 5 / np.sqrt(z.size)
    u = draws.uniform((4000, 25), torch.zeros(())).numpy()
    assert u.min() >= 0
    assert u.max() < 1
    assert abs(u.mean() - 0.5) < 5 / np.sqrt(12 * u.size)


def test_every_epoch_has_its_order() -> None:
    first, second = seeded_order(3, 0, 1000), seeded_order(3, 1, 1000)
    assert sorted(first) == list(range(1000))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, seeded_order(3, 0, 1000))
