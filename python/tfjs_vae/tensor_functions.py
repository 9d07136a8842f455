"""Functions that must hold in float32 where the plain formula does not."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def soft_clip(x: Tensor, low: float, high: float) -> Tensor:
    """The identity inside `[low, high]`, a logarithm outside: the slope there is `1 / (1 + overflow)`."""
    return x.clamp(low, high) + torch.log1p(F.relu(x - high)) - torch.log1p(F.relu(low - x))


class _Expm1MinusX(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        near = x.clamp(-0.5, 0.5)
        series = torch.ones_like(x)
        for n in (8, 7, 6, 5, 4, 3) if x.dtype != torch.float64 else range(20, 2, -1):
            series = 1 + series * (near / n)
        return torch.where(x.abs() < 0.5, series * near.square() / 2, torch.exp(x) - 1 - x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradients[0] * torch.expm1(x)


def expm1_minus_x(x: Tensor) -> Tensor:
    """`eˣ − 1 − x`, also near 0, where the plain formula cancels. The gradient is `eˣ − 1`."""
    y: Tensor = _Expm1MinusX.apply(x)  # type: ignore[no-untyped-call]
    return y


def standard_kl(mean: Tensor, log_var: Tensor) -> Tensor:
    """`KL(N(μ, e^lv) ‖ N(0, 1)) = ½ (μ² + e^lv − 1 − lv)` of each element, in nats.

    Kingma & Welling 2014 (arXiv 1312.6114, appendix B).
    """
    return 0.5 * (mean.square() + expm1_minus_x(log_var))
