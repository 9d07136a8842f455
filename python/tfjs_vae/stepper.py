"""One training step over the processes of a job."""

import inspect
import os
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from tfjs_vae.data import Data, check_support
from tfjs_vae.draws import Draws, SeededDraws
from tfjs_vae.errors import VaeError
from tfjs_vae.group import Group
from tfjs_vae.losses import Objective
from tfjs_vae.optimizer import clip, global_norm, make_optimizer, trained
from tfjs_vae.run_file import Run
from tfjs_vae.transforms import Batch, transform
from tfjs_vae.vae import Vae


class Share(NamedTuple):
    """What one process has of a batch."""

    batch: Batch
    condition: Tensor | None
    draws: Draws


class _Measured(nn.Module):
    """The loss of a share. The sums that are reported travel as gradients, in the one message of a step."""

    def __init__(self, vae: Vae, objective: Objective) -> None:
        super().__init__()
        self.vae = vae
        self.objective = objective
        like = next(vae.parameters())
        self.reported = nn.Parameter(torch.zeros(2, dtype=like.dtype, device=like.device))

    def forward(self, share: Share, examples: int, step: int) -> Tensor:
        terms = self.vae.terms(share.batch.x, share.draws, share.condition, share.batch.target)
        loss, sums = self.objective(terms, examples, step)
        return loss + (self.reported * sums).sum()


class Stepper:
    """Makes steps: every process has its share of each batch, and all make the same update."""

    def __init__(self, vae: Vae, run: Run, group: Group) -> None:
        self.vae = vae
        self.run = run
        self.group = group
        vae.join(group)
        self.parameters = [value for _, value in trained(vae)]
        if not self.parameters:
            raise VaeError("the model has nothing to train: all its layers are frozen")
        self.optimizer = make_optimizer(vae, run)
        self.like = self.parameters[0].detach()
        self._measured = _Measured(vae, Objective(run, group))
        self._module: nn.Module = self._measured
        if group.size > 1:
            self._module = _distributed(self._measured, [self.like.device] if self.like.is_cuda else None)

    def share_of(self, data: Data, rows: NDArray[np.int64], places: NDArray[np.int64], stream: str) -> Share:
        """The share of this process of a batch of these rows, transformed and checked."""
        mine = self.group.share(len(rows))
        example = data.read(rows[mine], self.like)
        draws = SeededDraws(self.run.seed, places[mine]).fork(stream)
        batch = transform(example.x, self.run.transforms, draws.fork("transforms"))
        name = data.rows.name
        check_support(name, batch.target, self.vae.decoder.likelihood.support, rows[mine])
        return Share(batch, example.condition, draws)

    def warm_up(self, data: Data, rows: NDArray[np.int64]) -> None:
        """A pass that changes nothing. It lets PyTorch lay out its messages, whose order decides the last bits."""
        if self.group.size == 1:
            return
        before = [buffer.clone() for buffer in self.vae.buffers()]
        self._differentiate(data, rows, 0)
        for buffer, value in zip(self.vae.buffers(), before, strict=True):
            buffer.copy_(value)

    def step(self, data: Data, rows: NDArray[np.int64], step: int) -> tuple[float, float]:
        """One update. Gives the sums of reconstruction and KL over the batch, in nats."""
        self._differentiate(data, rows, step)
        assert self._measured.reported.grad is not None
        sums = self._measured.reported.grad * self.group.size
        norm = global_norm(self.parameters)
        # All processes have the same numbers, so that all decide the same.
        if not bool(torch.isfinite(torch.cat([sums, norm[None]])).all()):
            raise VaeError(
                f"step {step}: the loss or its gradient is not finite; lower the learning rate, or give clipNorm. "
                "Nothing was changed"
            )
        if self.run.clip_norm is not None:
            clip(self.parameters, norm, self.run.clip_norm)
        rate = self.run.learning_rate(step)
        if not rate >= 0:
            raise VaeError(f"learningRate must be 0 or more, got {rate} at step {step}")
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        return float(sums[0]), float(sums[1])

    def _differentiate(self, data: Data, rows: NDArray[np.int64], step: int) -> None:
        self.vae.train()
        share = self.share_of(data, rows, np.arange(len(rows)), f"step {step}")
        for parameter in self._measured.parameters():
            parameter.grad = None
        self._module(share, len(rows), step).backward()


def _distributed(module: nn.Module, devices: list[torch.device] | None) -> DistributedDataParallel:
    """The module with its gradients averaged over the processes."""
    for parameter in module.parameters():
        # A gradient with an axis of 1 may have other strides than its parameter, of which PyTorch warns.
        if parameter.requires_grad:
            parameter.register_hook(_laid_out)  # type: ignore[no-untyped-call]
    # Running statistics need no broadcast: they come from sums over all processes. PyTorch has renamed the option.
    known = inspect.signature(DistributedDataParallel.__init__).parameters
    option = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    options: dict[str, Any] = {option: False}
    return DistributedDataParallel(module, device_ids=devices, **options)


def _laid_out(gradient: Tensor) -> Tensor:
    return gradient.reshape(-1).view(gradient.shape)


def device_of_process() -> torch.device:
    """The GPU of this process, where there is one, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
