"""What is minimised: the ELBO with β, free bits or a capacity, over the batch of all processes.

`DistributedDataParallel` averages gradients over processes. So each process returns W times its part of the loss, for
W processes, and the whole of what is a function of sums: the average is then the gradient of the loss of the batch.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from tfjs_vae.errors import FileFormatError
from tfjs_vae.group import Group
from tfjs_vae.run_file import Run
from tfjs_vae.vae import Terms


class Loss(NamedTuple):
    """The loss of a step in one process."""

    #: What is differentiated.
    loss: Tensor
    #: The sums over the examples of this process: reconstruction and KL, in nats.
    sums: Tensor


class Objective:
    """`loss = reconstruction + β·KL`, as `elboObjective` has it, with free bits or a capacity where the run has them.

    Kingma & Welling 2014 (arXiv 1312.6114, equation 3); β: Higgins et al. 2017; capacity: Burgess et al. 2018
    (arXiv 1804.03599, equation 8); free bits: Kingma et al. 2016 (arXiv 1606.04934, equation 15).
    """

    def __init__(self, run: Run, group: Group) -> None:
        self.free_bits: dict[str, Any] | None = run.objective.get("freeBits")
        self.capacity: dict[str, Any] | None = run.objective.get("capacity")
        self.name = "capacity.target" if self.capacity else "beta"
        self.weight = run.weight
        self.group = group

    def weight_at(self, step: int) -> float:
        """β, or the target of the capacity, in this step."""
        weight = self.weight(step)
        if weight >= 0:
            return weight
        raise FileFormatError(f"{self.name} must be 0 or more, got {weight} at step {step}")

    def __call__(self, terms: Terms, examples: int, step: int) -> Loss:
        """The loss of a batch that has so many examples in all processes together."""
        share = self.group.size / examples
        reconstruction, kl = terms.nll.sum(), terms.kl.sum()
        loss = share * reconstruction + self._cost(terms.kl, kl, examples, self.weight_at(step))
        return Loss(loss, torch.stack([reconstruction.detach(), kl.detach()]))

    def _cost(self, elements: Tensor, kl: Tensor, examples: int, weight: float) -> Tensor:
        share = self.group.size / examples
        if self.capacity:
            mean = self.group.sum(kl) / examples
            return float(self.capacity.get("gamma", 1000)) * (mean - weight).abs()
        if not self.free_bits:
            return weight * share * kl
        nats, per = float(self.free_bits["nats"]), self.free_bits.get("per", "dimension")
        if per == "element":
            return weight * share * elements.clamp(min=nats).sum()
        # These look at the mean of the whole batch.
        sums = kl if per == "total" else elements.sum(0)
        return weight * (self.group.sum(sums) / examples).clamp(min=nats).sum()
