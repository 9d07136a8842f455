"""One pass of a model in PyTorch on given data and noise: losses, gradients and running statistics, by path.

Where a run is given, its objective is what is differentiated; else the mean of reconstruction and KL.

Each line of the input is a JSON list: the paths of a model, of what is given and of what is found, and for training a
number of steps of Adam on the same batch and where the trained model goes. Each is answered by a line.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

import tfjs_vae
from answer_lines import answer_lines
from tfjs_vae.group import Group
from tfjs_vae.losses import Objective
from tfjs_vae.run_file import parse_run
from tfjs_vae.safetensors import read_bytes, to_bytes
from tfjs_vae.vae import take_weights


class Recorded:
    """Noise from a file: `encoder0`, `encoder1`, … are what the encoder draws."""

    def __init__(self, given: dict[str, np.ndarray], prefix: str = "") -> None:
        self.given, self.prefix = given, prefix
        self.names: Iterator[str] = (f"{prefix}{i}" for i in range(100))

    def fork(self, name: str) -> "Recorded":
        return Recorded(self.given, name)

    def normal(self, shape: Sequence[int], like: Tensor) -> Tensor:
        return self._next(shape)

    def uniform(self, shape: Sequence[int], like: Tensor, *, shared: bool = False) -> Tensor:
        return self._next(shape)

    def _next(self, shape: Sequence[int]) -> Tensor:
        values = torch.from_numpy(self.given[next(self.names)].copy())
        assert tuple(values.shape) == tuple(shape), (values.shape, shape)
        return values


def answer(model: str, source: str, out: str, *training: str) -> None:
    vae, file = tfjs_vae.load(model)
    with open(source, "rb") as opened:
        given, header = read_bytes(opened.read(), source)
    x = torch.from_numpy(given["x"].copy())
    condition = torch.from_numpy(given["condition"].copy()) if "condition" in given else None
    is_training = header.metadata["training"] == "true"

    losses: list[float] = []

    def step() -> tfjs_vae.vae.Terms:
        vae.zero_grad()
        vae.train(is_training)
        terms = vae.terms(x, Recorded(given), condition)
        loss = (terms.nll + terms.kl.sum(-1)).mean()
        if "run" in header.metadata:
            run = parse_run(header.metadata["run"], "the run")
            loss = Objective(run, Group())(terms, len(x), int(header.metadata["step"])).loss
        loss.backward()
        losses.append(loss.item())
        return terms

    if training:
        optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3, eps=1e-7)
        for _ in range(int(training[0])):
            step()
            optimizer.step()
        tfjs_vae.save(training[1], vae, file)
    terms = step()
    found = {"nll": terms.nll.detach().numpy(), "kl": terms.kl.detach().sum(-1).numpy()}
    if "run" in header.metadata:
        found["loss"] = np.array([losses[-1]], "<f4")
    for path, tensor, axes in vae.placed():
        if tensor.grad is not None:
            values = tensor.grad.numpy()
            found[f"gradient:{path}"] = values.transpose(np.argsort(axes)) if axes else values
    # What the pass has written, such as running means.
    found |= {f"after:{path}": values for path, values in take_weights(vae).items()}
    with open(out, "wb") as written:
        written.write(to_bytes(found, {}))


answer_lines(answer)
