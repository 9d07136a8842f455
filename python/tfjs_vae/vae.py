"""A VAE of a model file as a PyTorch module, and back."""

import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from tfjs_vae.decoder import Decoder
from tfjs_vae.draws import Draws, TorchDraws
from tfjs_vae.encoder import Encoder
from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.family import check_keys
from tfjs_vae.group import Group
from tfjs_vae.layers.layer import Config, Layer
from tfjs_vae.likelihoods import Gaussian
from tfjs_vae.model_file import ModelFile, read_model, write_model
from tfjs_vae.network import Network
from tfjs_vae.safetensors import Array
from tfjs_vae.tensor_functions import standard_kl


class Terms(NamedTuple):
    """What a pass gives, in nats."""

    #: `−log p(x | z)`, `[batch]`.
    nll: Tensor
    #: `KL(q(z | x) ‖ N(0, I))` of each latent dimension, `[batch, latentDim]`.
    kl: Tensor


class Vae(nn.Module):
    """A variational autoencoder with the prior N(0, I), possibly conditional.

    Tensors have the shapes of tfjs: images are `[batch, height, width, channels]`. Raises `UnsupportedError` for what
    PyTorch has no equal for here; the message names it.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        check_keys("the model", config, ["encoder", "decoder", "prior"])
        if config.get("prior") is not None:
            kind = config["prior"].get("$part", "of its own") if isinstance(config["prior"], dict) else "of its own"
            raise UnsupportedError(
                f"the prior '{kind}' has no equal in PyTorch here, only N(0, I) has; train this model with VaeTrainer, "
                "in several processes with torchGroup()"
            )
        self.encoder = Encoder(config["encoder"])
        self.decoder = Decoder(config["decoder"])
        self.latent_dim = self.encoder.latent_dim
        self.input_shape = self.encoder.network.input_shapes[0]
        conditions = {shape for part in self._networks() for shape in part.input_shapes[1:]}
        if len(conditions) > 1 or any(len(part.input_shapes) > 2 for part in self._networks()):
            raise FileFormatError(f"encoder and decoder take other conditions: {sorted(map(list, conditions))}")
        self.condition_shape = next(iter(conditions), None)
        if self.decoder.network.input_shapes[0] != (self.latent_dim,):
            raise FileFormatError(
                f"the encoder gives z [{self.latent_dim}], but the decoder takes "
                f"{list(self.decoder.network.input_shapes[0])}"
            )

    def encode(self, x: Tensor, condition: Tensor | None = None, draws: Draws | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of `q(z | x)`, `[batch, latentDim]` each."""
        mean, log_var = self.encoder(self._inputs(self.encoder.network, x, condition), draws or TorchDraws())
        return mean, log_var

    def decode(self, z: Tensor, condition: Tensor | None = None, draws: Draws | None = None) -> list[Tensor]:
        """The raw parameters of `p(x | z)`; `decoder.likelihood.mean` makes pixels of them."""
        outputs = self.decoder(self._inputs(self.decoder.network, z, condition), draws or TorchDraws())
        return list(outputs)

    def terms(
        self, x: Tensor, draws: Draws | None = None, condition: Tensor | None = None, target: Tensor | None = None
    ) -> Terms:
        """One pass. `target` is what is explained where that is not x, as with noise on x."""
        outputs, kl = self._run(x, draws or TorchDraws(), condition)
        return Terms(self.decoder.likelihood.nll(outputs, x if target is None else target), kl)

    def forward(self, x: Tensor, noise: Tensor | None = None, condition: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """`−log p(x | z)` and `KL(q(z | x) ‖ N(0, I))` of each example, in nats.

        `noise` is what z is made of, `z = mean + e^(logVar / 2)·noise`; drawn where absent.
        """
        draws: Draws = TorchDraws() if noise is None else _GivenNoise(noise)
        nll, kl = self.terms(x, draws, condition)
        return nll, kl.sum(-1)

    @torch.no_grad()
    def calibrate(self, x: Tensor, draws: Draws, condition: Tensor | None, target: Tensor, *, is_first: bool) -> None:
        """Measures σ² of `optimal` anew, all batches alike; the first one forgets what was."""
        outputs, _ = self._run(x, draws, condition)
        likelihood = self.decoder.likelihood
        if isinstance(likelihood, Gaussian) and likelihood.sigma == "optimal":
            likelihood.remember(likelihood.mean(outputs), target, 0.0 if is_first else 1.0)

    def join(self, group: Group) -> None:
        """Tells what couples a batch which processes it is spread over."""
        for network in self._networks():
            network.join(group)
        self.decoder.likelihood.group = group

    def placed(self) -> Iterator[tuple[str, Tensor, tuple[int, ...] | None]]:
        """Each variable by its path in the file, and its axes there in the order of the module."""
        for part in ("encoder", "decoder"):
            for path, layer, weight in getattr(self, part).placed():
                yield f"{part}/{path}", _tensor(layer, weight.attribute), weight.axes
        for path, tensor in self.decoder.likelihood.own():
            yield f"decoder/{path}", tensor, None

    def _run(self, x: Tensor, draws: Draws, condition: Tensor | None) -> tuple[list[Tensor], Tensor]:
        mean, log_var = self.encode(x, condition, draws.fork("encoder"))
        noise = draws.fork("posterior").normal(mean.shape, mean)
        z = mean + torch.exp(0.5 * log_var) * noise
        return self.decode(z, condition, draws.fork("decoder")), standard_kl(mean, log_var)

    def _networks(self) -> list[Network]:
        return [self.encoder.network, self.decoder.network]

    def _inputs(self, network: Network, x: Tensor, condition: Tensor | None) -> list[Tensor]:
        if condition is None and self.condition_shape is not None:
            raise ValueError(f"the model needs a condition [batch, {str(list(self.condition_shape))[1:-1]}]")
        if condition is not None and self.condition_shape is None:
            raise ValueError("the model takes no condition, but one was given; leave it out")
        return [x] if condition is None or len(network.input_shapes) == 1 else [x, condition]


def load(path: str | os.PathLike[str]) -> tuple[Vae, ModelFile]:
    """The model of a file that `saveVae` wrote, and the file, which `save` wants back.

    Raises `FileFormatError` for a damaged file, and `UnsupportedError` for a model that PyTorch does not know.
    """
    file = read_model(path)
    try:
        vae = Vae(file.config)
    except (KeyError, TypeError) as cause:
        raise FileFormatError(f"{file.name}: its configuration does not make a model: {cause!r}") from cause
    except (FileFormatError, UnsupportedError) as cause:
        raise type(cause)(f"{file.name}: {cause}") from cause
    put_weights(vae, file.tensors, file.name)
    return vae, file


def save(path: str | os.PathLike[str], vae: Vae, file: ModelFile) -> None:
    """Writes the model as `saveVae` would: an untrained one to the bytes that it was loaded from."""
    write_model(path, take_weights(vae), file.notes)


def put_weights(vae: Vae, tensors: dict[str, Array], name: str) -> None:
    """Gives the model the weights of a file; all are looked at before any is changed."""
    places = {path: (tensor, axes) for path, tensor, axes in vae.placed()}
    lacks, extra = sorted(places.keys() - tensors.keys()), sorted(tensors.keys() - places.keys())
    if lacks or extra:
        raise FileFormatError(
            f"{name}: its weights are not those of its networks: it lacks {lacks[:3]} and has {extra[:3]} too many"
        )
    values = {}
    for path, (tensor, axes) in places.items():
        given = tensors[path].transpose(axes) if axes else tensors[path]
        if given.shape != tuple(tensor.shape) or given.dtype != np.float32:
            raise FileFormatError(
                f"{name}: {path} must be float32 {list(_file_shape(tensor, axes))}, got {tensors[path].dtype} "
                f"{list(tensors[path].shape)}"
            )
        values[path] = np.array(given, order="C")
    with torch.no_grad():
        for path, (tensor, _) in places.items():
            tensor.copy_(torch.from_numpy(values[path]))


def take_weights(vae: Vae) -> dict[str, Array]:
    """The weights by path, as files have them: float32, whatever the model computes with."""
    found = {}
    for path, tensor, axes in vae.placed():
        values = tensor.detach().cpu().float().numpy()
        found[path] = np.array(values.transpose(np.argsort(axes)) if axes else values, order="C")
    return found


class _GivenNoise(TorchDraws):
    """z from given noise; dropout draws from PyTorch's generator."""

    def __init__(self, noise: Tensor) -> None:
        self.noise = noise

    def fork(self, name: str) -> "_GivenNoise":
        return self

    def normal(self, shape: object, like: Tensor) -> Tensor:
        return self.noise


def _file_shape(tensor: Tensor, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    shape = tuple(tensor.shape)
    return tuple(shape[i] for i in np.argsort(axes)) if axes else shape


def _tensor(layer: Layer, attribute: str) -> Tensor:
    tensor: Tensor = getattr(layer, attribute)
    return tensor
