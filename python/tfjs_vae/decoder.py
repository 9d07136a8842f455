"""The decoder, `p(x | z)`: a network, and the likelihood that its outputs are the parameters of."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from tfjs_vae.draws import Draws
from tfjs_vae.family import event_of, network_of, part_of
from tfjs_vae.likelihoods import likelihood_of
from tfjs_vae.network import Network, Placed


class Decoder(nn.Module):
    """`BernoulliDecoder`, `GaussianDecoder`, or `LikelihoodDecoder` of one of their families."""

    def __init__(self, part: Any) -> None:
        super().__init__()
        kind, config = part_of("the decoder", part)
        family = part_of("the decoder: likelihood", config["likelihood"]) if "likelihood" in config else None
        self.likelihood = likelihood_of(kind, config, family)
        self.network = Network("the decoder", network_of("the decoder", config))
        self.output_shape = event_of("the decoder", self.network.output_shapes, self.likelihood.raw_numbers)

    def forward(self, inputs: list[Tensor], draws: Draws) -> list[Tensor]:
        """The raw parameters of the likelihood for z and, where there is one, the condition."""
        return list(self.network(inputs, draws))

    def placed(self) -> Iterator[Placed]:
        """The weights of its network by path."""
        return self.network.placed()
