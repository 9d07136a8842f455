"""A model file of tfjs-vae → ONNX: the encoder and the decoder, by PyTorch's own exporter."""

import inspect
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.onnx.errors import OnnxExporterError

from tfjs_vae.errors import UnsupportedError
from tfjs_vae.vae import Vae, load
from tfjs_vae.write_aside import write_aside

#: The version of the operators. That of torch 1.13, which every runtime of these years reads.
_OPSET = 17
#: More than one, so that the exporter does not take the batch for a constant.
_TRACED = 2


class _Encoder(nn.Module):
    """x, and a condition where there is one → mean and logVar."""

    def __init__(self, vae: Vae) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, x: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """`[batch, latentDim]` each."""
        return self.vae.encode(x, condition)


class _Decoder(nn.Module):
    """z, and a condition where there is one → the mean of `p(x | z)`."""

    def __init__(self, vae: Vae) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        """`[batch, …event]`."""
        mean: Tensor = self.vae.decoder.likelihood.mean(self.vae.decode(z, condition))
        return mean


def write_onnx(source: str, encoder: str, decoder: str) -> None:
    """Writes the encoder (`x` → `mean`, `logVar`) and the decoder (`z` → `decoded`, the mean of `p(x | z)`).

    In evaluation mode, with a batch of any size. Images are `[batch, height, width, channels]`, as in tfjs; a
    conditional model has a second input, `condition`. σ of a Gaussian likelihood is not part of the decoder.
    """
    if os.path.realpath(encoder) == os.path.realpath(decoder):
        raise UnsupportedError(f"the encoder and the decoder must be two files, got {encoder} twice")
    vae, _ = load(source)
    vae.eval()
    exports = [
        (_Encoder(vae), encoder, ("x", vae.encoder.network.input_shapes), ("mean", "logVar")),
        (_Decoder(vae), decoder, ("z", vae.decoder.network.input_shapes), ("decoded",)),
    ]
    # Both are made before any is written.
    files = [
        (target, _exported(module, (first, "condition")[: len(shapes)], shapes, outputs))
        for module, target, (first, shapes), outputs in exports
    ]
    for target, content in files:
        write_aside(target, content)


def _exported(
    module: nn.Module, names: Sequence[str], shapes: Sequence[Sequence[int]], outputs: Sequence[str]
) -> bytes:
    inputs = tuple(torch.zeros(_TRACED, *shape) for shape in shapes)
    options: dict[str, Any] = {}
    # The exporter that is the default since torch 2.9 needs packages beyond torch; this one has been there since 1.0.
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, "network.onnx")
        try:
            torch.onnx.export(
                module.eval(),
                inputs,
                str(path),
                input_names=list(names),
                output_names=list(outputs),
                dynamic_axes={name: {0: "batch"} for name in [*names, *outputs]},
                opset_version=_OPSET,
                **options,
            )
        except OnnxExporterError as cause:
            raise UnsupportedError(f"PyTorch cannot write ONNX: {cause} It needs onnx: pip install onnx") from cause
        return path.read_bytes()
