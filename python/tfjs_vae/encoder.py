"""The encoder, `q(z | x) = N(mean(x), diag(e^logVar(x)))`."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from tfjs_vae.draws import Draws
from tfjs_vae.errors import FileFormatError
from tfjs_vae.family import check_keys, network_of, part_of, refuse_part
from tfjs_vae.layers.parameter_head import ParameterHead, Range, as_range
from tfjs_vae.network import Network, Placed, own_weights
from tfjs_vae.tensor_functions import soft_clip

_KINDS = ("GaussianEncoder", "PosteriorEncoder")


class Encoder(nn.Module):
    """`GaussianEncoder`, or `PosteriorEncoder` of `normalFamily`.

    It is a network of features with a head behind it, or one that gives mean and log-variance itself.

    Kingma & Welling 2014 (arXiv 1312.6114, equation 9).
    """

    def __init__(self, part: Any) -> None:
        super().__init__()
        kind, config = part_of("the encoder", part)
        if kind not in _KINDS:
            raise refuse_part("the encoder", kind, _KINDS)
        self.latent_dim: int = config["latentDim"]
        head_range, self.log_var_range = _ranges(kind, config)
        self.network = Network("the encoder", network_of("the encoder", config))
        outputs = self.network.output_shapes
        self.head: ParameterHead | None = None
        if len(outputs) == 1:
            sizes = {"mean": self.latent_dim, "logVar": self.latent_dim}
            self.head = ParameterHead(sizes, outputs, head_range)
        elif list(outputs) != [(self.latent_dim,)] * 2:
            raise FileFormatError(
                f"the encoder: mean and logVar must be [{self.latent_dim}], got {list(map(list, outputs))}"
            )

    def forward(self, inputs: list[Tensor], draws: Draws) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, `[batch, latentDim]` each."""
        outputs = self.network(inputs, draws)
        mean, log_var = self.head(outputs, draws) if self.head else outputs
        return mean, soft_clip(log_var, *self.log_var_range) if self.log_var_range else log_var

    def placed(self) -> Iterator[Placed]:
        """Its weights by path."""
        yield from self.network.placed()
        if self.head:
            yield from ((f"head/0/{path}", owner, weight) for path, owner, weight in own_weights(self.head))


def _ranges(kind: str, config: dict[str, Any]) -> tuple[Range, Range]:
    """Where the log-variance is bounded: in the head, or behind the network, by the family."""
    if kind == "GaussianEncoder":
        check_keys("the encoder", config, ["network", "latentDim", "logVarRange"])
        return as_range(config.get("logVarRange", [-10, 10])), None
    check_keys("the encoder", config, ["network", "latentDim", "posterior"])
    family, options = part_of("the encoder: posterior", config.get("posterior"))
    if family != "normal":
        raise refuse_part("the encoder: posterior", family, ["normal"])
    check_keys("the encoder: posterior", options, ["logVarRange"])
    return None, as_range(options.get("logVarRange", [-10, 10]))
