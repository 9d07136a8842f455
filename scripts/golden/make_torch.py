#!/usr/bin/env python3
"""Writes test/golden/torch/*.safetensors: state_dicts of two VAEs in torch, and what the models make of their inputs.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 safetensors==0.8.0 numpy
    venv/bin/python scripts/golden/make_torch.py

`example` has the layers of PyTorch's own example (github.com/pytorch/examples, vae/main.py), narrower. `conv` has what
is easily lost on the way: padding 1 at stride 2, both kinds of batch normalisation, flattened images with several
channels, sides that differ. `NAME-expected` holds, for the weights in float32 and as each narrower type rounds them,
x, mean, logVar and decoded, with images as [batch, height, width, channels].
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

OUT = Path(__file__).resolve().parents[2] / "test" / "golden" / "torch"
NARROW = {"f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64}


class Example(nn.Module):
    """The example's layers, 30-16-3-16-30 in place of 784-400-20-400-784."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(30, 16)
        self.fc21 = nn.Linear(16, 3)
        self.fc22 = nn.Linear(16, 3)
        self.fc3 = nn.Linear(3, 16)
        self.fc4 = nn.Linear(16, 30)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))


class Conv(nn.Module):
    """[2, 8, 12] to three dimensions and back."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 5, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.BatchNorm1d(30),
            nn.Linear(30, 7),
            nn.Tanh(),
        )
        self.mean = nn.Linear(7, 3)
        self.log_var = nn.Linear(7, 3)
        self.decoder = nn.Sequential(
            nn.Linear(3, 30),
            nn.BatchNorm1d(30),
            nn.ReLU(),
            nn.Unflatten(1, (5, 2, 3)),
            nn.ConvTranspose2d(5, 4, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mean(h), self.log_var(h)

    def decode(self, z):
        return torch.sigmoid(self.decoder(z))


def shake(model):
    """Values that no initialiser makes, for the running numbers too."""
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            noise = 0.2 * torch.randn_like(value)
            value.add_(noise.abs() if name.endswith("running_var") else noise)


def channels_last(t):
    return t.permute(0, 2, 3, 1).contiguous() if t.dim() == 4 else t.contiguous()


def expected(model, x):
    with torch.no_grad():
        mean, log_var = model.encode(x)
        return {"mean": mean, "logVar": log_var, "decoded": channels_last(model.decode(mean))}


def main():
    torch.manual_seed(1)
    for name, model, shape in [("example", Example(), (30,)), ("conv", Conv(), (2, 8, 12))]:
        model.eval()
        shake(model)
        x = torch.rand(4, *shape)
        weights = {key: value.clone() for key, value in model.state_dict().items()}
        results = {"x": channels_last(x)}
        results.update({f"f32/{key}": value for key, value in expected(model, x).items()})
        save_file(weights, OUT / f"{name}-f32.safetensors", {"format": "pt"})
        for kind, dtype in NARROW.items():
            narrow = {key: v.to(dtype) if v.is_floating_point() else v for key, v in weights.items()}
            save_file(narrow, OUT / f"{name}-{kind}.safetensors", {"format": "pt"})
            model.load_state_dict({key: v.float() if v.is_floating_point() else v for key, v in narrow.items()})
            results.update({f"{kind}/{key}": value for key, value in expected(model, x).items()})
        save_file(results, OUT / f"{name}-expected.safetensors")


if __name__ == "__main__":
    main()
