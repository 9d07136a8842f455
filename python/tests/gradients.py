"""What each rank has after one backward pass of each case: python gradients.py FOLDER.

The folder holds `data.idx`, and `model-i.safetensors` and `run-i.json` of each case.
"""

import os
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from tfjs_vae.data import open_data
from tfjs_vae.group import Group
from tfjs_vae.rows import RowOptions
from tfjs_vae.run_file import read_run
from tfjs_vae.stepper import Stepper
from tfjs_vae.vae import load


def gradients(folder: Path, case: int, dtype: torch.dtype, size: int, group: Group) -> dict[str, np.ndarray]:
    vae, _ = load(folder / f"model-{case}.safetensors")
    vae.to(dtype)
    data = open_data(vae, str(folder / "data.idx"), None, RowOptions())
    stepper = Stepper(vae, read_run(folder / f"run-{case}.json"), group)
    rows = np.arange(data.count)[:size]
    stepper.warm_up(data, rows)
    stepper._differentiate(data, rows, 5)
    found = {f"gradient {path}": value.grad.numpy() for path, value, _ in vae.placed() if value.grad is not None}
    found |= {f"after {path}": value.numpy() for path, value, _ in vae.placed() if not value.requires_grad}
    assert stepper._measured.reported.grad is not None
    return {**found, "sums": (stepper._measured.reported.grad * group.size).numpy()}


torch.set_num_threads(1)
if os.environ.get("WORLD_SIZE"):
    dist.init_process_group("gloo")
joined = Group.joined()
place = Path(sys.argv[1])
for i in range(len(list(place.glob("model-*.safetensors")))):
    # 7 examples are shared unevenly; of 2, one of three processes has none.
    for kind, count in (("float32", 7), ("float64", 7), ("float64", 2)):
        values = gradients(place, i, getattr(torch, kind), count, joined)
        np.savez(place / f"{joined.size}-{joined.rank}-{i}-{kind}-{count}.npz", **values)
if joined.size > 1:
    dist.barrier()
