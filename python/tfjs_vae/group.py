"""The processes that train together, and sums over them through which gradients flow."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


class Group:
    """The processes of a job. `Group()` is one process by itself, which needs no `torch.distributed`."""

    def __init__(self, rank: int = 0, size: int = 1, channel: Any = None) -> None:
        self.rank = rank
        self.size = size
        #: A group of `torch.distributed` of its own: the sums of a forward pass never mix with those of gradients.
        self.channel = channel

    @staticmethod
    def joined() -> "Group":
        """The default group of `torch.distributed`, which has been initialised; one process where it has not."""
        if not dist.is_initialized():
            return Group()
        return Group(dist.get_rank(), dist.get_world_size(), dist.new_group())

    def share(self, count: int) -> slice:
        """The places of this process among `count` examples; shares differ by one at most, and may be empty."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes. Gradients flow back into the part of each process."""
        if self.size == 1:
            return values
        summed: Tensor = _Sum.apply(values, self.channel)  # type: ignore[no-untyped-call]
        return summed

    def broadcast_bytes(self, content: bytes | None) -> bytes | None:
        """What rank 0 gives, in all processes; `None` where it gives nothing."""
        if self.size == 1:
            return content
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        length = torch.tensor([-1 if content is None else len(content)], dtype=torch.int64, device=device)
        dist.broadcast(length, 0)
        if length.item() < 0:
            return None
        body = torch.zeros(int(length.item()), dtype=torch.uint8, device=device)
        if content is not None and self.rank == 0:
            body.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        dist.broadcast(body, 0)
        return body.cpu().numpy().tobytes()


class _Sum(torch.autograd.Function):
    """`y = Σ_r x_r`. Its gradient is the sum of the gradients of all processes."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, channel: Any) -> Tensor:
        ctx.channel = channel
        summed = values.detach().clone(memory_format=torch.contiguous_format)
        dist.all_reduce(summed, group=channel)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        summed = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(summed, group=ctx.channel)
        return summed, None
