"""The steps of the benchmark in PyTorch on one thread. Reads `mlp BATCHES EPOCHS` or `conv …` a line, answers
with seconds."""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
torch.manual_seed(1)
BATCH = 128


class Vae(nn.Module):
    def __init__(self, encoder, features, latent, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mean, self.log_var = nn.Linear(features, latent), nn.Linear(features, latent)

    def loss(self, x):
        hidden = self.encoder(x)
        mean, log_var = self.mean(hidden), self.log_var(hidden)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        nll = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum()
        return (nll + kl) / BATCH


def mlp():
    encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
    return Vae(encoder, 400, 20, decoder), (BATCH, 784)


def conv():
    down = dict(kernel_size=3, stride=2, padding=1)
    up = dict(down, output_padding=1)
    encoder = nn.Sequential(nn.Conv2d(1, 32, **down), nn.ReLU(), nn.Conv2d(32, 64, **down), nn.ReLU(), nn.Flatten())
    decoder = nn.Sequential(
        nn.Linear(16, 7 * 7 * 64), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 64, **up), nn.ReLU(), nn.ConvTranspose2d(64, 32, **up), nn.ReLU(),
        nn.Conv2d(32, 1, 3, padding=1),
    )
    return Vae(encoder, 7 * 7 * 64, 16, decoder), (BATCH, 1, 28, 28)


models = {}
for line in sys.stdin:
    name, batches, epochs = line.split()
    key = (name, batches)
    if key not in models:
        model, shape = {"mlp": mlp, "conv": conv}[name]()
        data = [torch.rand(shape) for _ in range(int(batches))]
        models[key] = (model, data, torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7))
    model, data, optimizer = models[key]
    start = time.perf_counter()
    for _ in range(int(epochs)):
        for x in data:
            optimizer.zero_grad()
            model.loss(x).backward()
            optimizer.step()
    print(time.perf_counter() - start, flush=True)
