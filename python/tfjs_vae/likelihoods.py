"""The likelihoods that the library and PyTorch share: what the outputs of a decoder mean."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tfjs_vae.errors import UnsupportedError
from tfjs_vae.family import check_keys, refuse_part
from tfjs_vae.group import Group
from tfjs_vae.layers.layer import Config
from tfjs_vae.tensor_functions import soft_clip

#: The factor by which older steps count less in the running σ².
_DECAY = 0.99
_KINDS = ("bernoulli", "gaussian")


class Bernoulli(nn.Module):
    """Binary elements by their log-odds: `−log p(x) = Σ [max(l, 0) − x·l + log(1 + e^−|l|)]`."""

    #: Raw numbers for each element.
    raw_numbers = 1
    #: The smallest and the largest value that has a density.
    support = (0.0, 1.0)
    group = Group()

    def nll(self, outputs: Sequence[Tensor], x: Tensor) -> Tensor:
        """`−log p(x | z)` of each example, in nats, constants included."""
        nll: Tensor = F.binary_cross_entropy_with_logits(outputs[0], x, reduction="none").flatten(1).sum(1)
        return nll

    def mean(self, outputs: Sequence[Tensor]) -> Tensor:
        """`E[x | z]`."""
        return torch.sigmoid(outputs[0])

    def own(self) -> Iterator[tuple[str, Tensor]]:
        """Its variables by path."""
        return iter(())


class Gaussian(nn.Module):
    """Real elements, `Σ [(x − μ)² / 2σ² + log σ + ½ log 2π]`, with the four ways to σ of `gaussianFamily`.

    - a number: σ itself;
    - `shared`: `σ² = e^logVar + floor²`, one learned number;
    - `perElement`: the same, by the network;
    - `optimal`: σ² is the mean squared error of the batch in training, and a running average otherwise
      (Rybkin et al. 2021, arXiv 2006.13202, equation 6).
    """

    support = (-math.inf, math.inf)
    variance: Tensor
    count: Tensor

    def __init__(self, owner: str, config: Config) -> None:
        super().__init__()
        check_keys(owner, config, ["sigma", "mean", "sigmaFloor", "network"])
        self.sigma: float | str = config["sigma"]
        self.floor: float = config.get("sigmaFloor", 1e-3)
        self.is_sigmoid = config.get("mean", "linear") == "sigmoid"
        is_number = isinstance(self.sigma, int | float) and not isinstance(self.sigma, bool)
        if not is_number and self.sigma not in ("shared", "perElement", "optimal"):
            raise UnsupportedError(f"{owner}: sigma {self.sigma!r} is not known to this release")
        self.raw_numbers = 2 if self.sigma == "perElement" else 1
        self.log_var = nn.Parameter(torch.zeros(())) if self.sigma == "shared" else None
        self.group = Group()
        if self.sigma == "optimal":
            self.register_buffer("variance", torch.ones(()))
            self.register_buffer("count", torch.zeros(()))

    def nll(self, outputs: Sequence[Tensor], x: Tensor) -> Tensor:
        """`−log p(x | z)` of each example, in nats, constants included."""
        mean = self.mean(outputs)
        squared = (x - mean).square()
        if self.sigma == "perElement":
            variance = self._floored(self._parts(outputs)[1])
        elif self.log_var is not None:
            variance = self._floored(self.log_var)
        elif self.sigma == "optimal":
            variance = (self.remember(mean, x) if self.training else self.variance).clamp(min=self.floor**2)
        else:
            variance = mean.new_tensor(float(self.sigma) ** 2)
        each = 0.5 * (squared / variance + torch.log(variance) + math.log(2 * math.pi))
        total: Tensor = each.flatten(1).sum(1)
        return total

    def mean(self, outputs: Sequence[Tensor]) -> Tensor:
        raw: Tensor = self._parts(outputs)[0]
        return torch.sigmoid(raw) if self.is_sigmoid else raw

    @torch.no_grad()
    def remember(self, mean: Tensor, x: Tensor, decay: float = _DECAY) -> Tensor:
        """The mean squared error over the batch of all processes, which the running σ² takes in.

        The running average is `Σ_k d^k n_k e_k / Σ_k d^k n_k` over steps of n examples with the error e.
        """
        event = math.prod(mean.shape[1:])
        squares, examples = self.group.sum(torch.stack([(x - mean).square().sum(), mean.new_tensor(len(mean))]))
        error: Tensor = (squares / (examples * event)).clamp(min=self.floor**2)
        total = self.count * decay + examples
        self.variance += examples / total * (error - self.variance)
        self.count.copy_(total)
        return error

    def own(self) -> Iterator[tuple[str, Tensor]]:
        if self.log_var is not None:
            yield "sigma/logVar", self.log_var
        if self.sigma == "optimal":
            yield "sigma/variance", self.variance
            yield "sigma/count", self.count

    def _parts(self, outputs: Sequence[Tensor]) -> Sequence[Tensor]:
        return outputs[0].chunk(self.raw_numbers, -1) if len(outputs) == 1 else outputs

    def _floored(self, log_var: Tensor) -> Tensor:
        """`e^logVar + floor²`, with the log-variance softly kept within ±20 on the way."""
        return torch.exp(soft_clip(log_var, -20, 20)) + self.floor**2


def make_likelihood(owner: str, kind: str, config: Config) -> Bernoulli | Gaussian:
    """The likelihood of this family."""
    if kind == "bernoulli":
        return Bernoulli()
    if kind == "gaussian":
        return Gaussian(owner, config)
    raise refuse_part(owner, kind, _KINDS)


def likelihood_of(kind: str, config: dict[str, Any], family: tuple[str, Config] | None) -> Bernoulli | Gaussian:
    """The likelihood of a decoder of this kind; `family` is what a `LikelihoodDecoder` holds."""
    owner = "the decoder"
    if kind == "BernoulliDecoder":
        check_keys(owner, config, ["network"])
        return Bernoulli()
    if kind == "GaussianDecoder":
        return Gaussian(owner, config)
    if kind == "LikelihoodDecoder" and family:
        check_keys(owner, config, ["network", "likelihood"])
        return make_likelihood(f"{owner}: likelihood", *family)
    raise refuse_part(owner, kind, ["BernoulliDecoder", "GaussianDecoder", "LikelihoodDecoder"])
