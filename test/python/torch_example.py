"""PyTorch's own example VAE, and one with convolutions and batch normalisation, there and back.

python torch_example.py make FOLDER: writes NAME.safetensors, a state_dict, and NAME-expected.safetensors with x, mean,
logVar and decoded. python torch_example.py check FOLDER: loads NAME-back.safetensors with strict=True into fresh
models, and prints how far their results are from those.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from tfjs_vae.safetensors import read_bytes, to_bytes


class Example(nn.Module):
    """github.com/pytorch/examples, vae/main.py."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 20)
        self.fc22 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(20, 400)
        self.fc4 = nn.Linear(400, 784)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))


class Conv(nn.Module):
    """The layers of `conv` in scripts/golden/make_torch.py."""

    def __init__(self):
        super().__init__()
        convolutions = [nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.Conv2d(4, 5, 3, stride=2, padding=1)]
        flat = [nn.Flatten(), nn.BatchNorm1d(30), nn.Linear(30, 7), nn.Tanh()]
        self.encoder = nn.Sequential(convolutions[0], nn.BatchNorm2d(4), nn.ReLU(), convolutions[1], nn.ReLU(), *flat)
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


MODELS = {"example": (Example, (784,)), "conv": (Conv, (2, 8, 12))}


def channels_last(t):
    return t.permute(0, 2, 3, 1) if t.dim() == 4 else t


def results(model, x):
    with torch.no_grad():
        mean, log_var = model.eval().encode(x)
        return {"mean": mean, "logVar": log_var, "decoded": channels_last(model.decode(mean))}


def arrays(tensors):
    return {name: tensor.float().contiguous().numpy() for name, tensor in tensors.items()}


def make(folder, name, build, shape):
    model = build()
    # Some steps, so that running numbers are those of data.
    for _ in range(3):
        model.train().encode(torch.randn(8, *shape))
        if name == "conv":
            model.decode(torch.randn(8, 3))
    x = torch.rand(4, *shape)
    (folder / f"{name}.safetensors").write_bytes(to_bytes(arrays(model.state_dict()), {"format": "pt"}))
    expected = {"x": channels_last(x), **results(model, x)}
    (folder / f"{name}-expected.safetensors").write_bytes(to_bytes(arrays(expected), {}))


def check(folder, name, build, shape):
    read = [
        {key: torch.from_numpy(value.copy()) for key, value in read_bytes(path.read_bytes(), path.name)[0].items()}
        for path in (folder / f"{name}-back.safetensors", folder / f"{name}-expected.safetensors")
    ]
    model = build()
    model.load_state_dict(read[0], strict=True)
    x = read[1]["x"]
    found = results(model, x.permute(0, 3, 1, 2) if x.dim() == 4 else x)
    return {key: float((found[key] - read[1][key]).abs().max()) for key in found}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    mode, folder = sys.argv[1], Path(sys.argv[2])
    if mode == "make":
        for name, (build, shape) in MODELS.items():
            make(folder, name, build, shape)
    else:
        print(json.dumps({name: check(folder, name, *rest) for name, rest in MODELS.items()}))


if __name__ == "__main__":
    main()
