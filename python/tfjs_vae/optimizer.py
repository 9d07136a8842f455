"""Adam and AdamW with the numbers of the library, and clipping by the global norm."""

import re
from typing import Any

import torch
from torch import Tensor

from tfjs_vae.run_file import Run
from tfjs_vae.vae import Vae

_KERNEL = re.compile(r"kernel(_\d+)?$", re.IGNORECASE)


def make_optimizer(vae: Vae, run: Run) -> torch.optim.Optimizer:
    """`θ ← θ − α(m̂ / (√v̂ + ε) + λθ)`: λ is 0 for Adam, and in AdamW that of the kernels alone, as in the library."""
    options: dict[str, Any] = {
        "lr": 0.0,
        "betas": (run.optimizer["beta1"], run.optimizer["beta2"]),
        "eps": run.optimizer["epsilon"],
    }
    if run.optimizer["kind"] == "adam":
        return torch.optim.Adam([value for _, value in trained(vae)], **options)
    kernels = [value for path, value in trained(vae) if _KERNEL.search(path)]
    others = [value for path, value in trained(vae) if not _KERNEL.search(path)]
    groups = [
        {"params": kernels, "weight_decay": run.optimizer["weightDecay"]},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], **options)


def trained(vae: Vae) -> list[tuple[str, Tensor]]:
    """What gradients move, by path in the file."""
    return [(path, value) for path, value, _ in vae.placed() if value.requires_grad]


def global_norm(parameters: list[Tensor]) -> Tensor:
    """`√Σ g²` over all gradients; not finite where one of them is not."""
    squares = [parameter.grad.square().sum() for parameter in parameters if parameter.grad is not None]
    return torch.stack(squares).sum().sqrt()


@torch.no_grad()
def clip(parameters: list[Tensor], norm: Tensor, largest: float) -> None:
    """Scales gradients down to a norm. Pascanu et al. 2013 (arXiv 1211.5063, algorithm 1)."""
    factor = torch.clamp(largest / norm, max=1)
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(factor)
