"""Steps of the optimizer of a run on given gradients, and the values of its schedules.

Each line of the input is a JSON list: the path of a model, of a run, of the gradients `k/path` of each step, and where
the model goes. Each is answered by a line.
"""

import numpy as np
import torch

import tfjs_vae
from answer_lines import answer_lines
from tfjs_vae.optimizer import clip, global_norm, make_optimizer, trained
from tfjs_vae.run_file import read_run
from tfjs_vae.safetensors import read_bytes, to_bytes
from tfjs_vae.vae import take_weights


def answer(model: str, run_path: str, source: str, out: str) -> None:
    vae, _ = tfjs_vae.load(model)
    run = read_run(run_path)
    with open(source, "rb") as opened:
        given, _ = read_bytes(opened.read(), source)
    steps = len({name.split("/")[0] for name in given})
    optimizer = make_optimizer(vae, run)
    axes = {path: places for path, _, places in vae.placed()}
    for step in range(steps):
        parameters = trained(vae)
        for path, parameter in parameters:
            values = given[f"{step}/{path}"]
            parameter.grad = torch.from_numpy(np.array(values.transpose(axes[path]) if axes[path] else values))
        if run.clip_norm is not None:
            values_only = [parameter for _, parameter in parameters]
            clip(values_only, global_norm(values_only), run.clip_norm)
        for group in optimizer.param_groups:
            group["lr"] = run.learning_rate(step)
        optimizer.step()
    at = range(30)
    schedules = {
        "weight": np.array([run.weight(step) for step in at]),
        "rate": np.array([run.learning_rate(step) for step in at]),
    }
    with open(out, "wb") as written:
        written.write(to_bytes({**take_weights(vae), **schedules}, {}))


answer_lines(answer)
