"""The median time of a step in milliseconds: python steps.py model data batch steps. Rank 0 prints it."""

import os
import statistics
import sys
import time

import numpy as np
import torch
import torch.distributed as dist

from tfjs_vae.data import open_data
from tfjs_vae.group import Group
from tfjs_vae.rows import RowOptions
from tfjs_vae.run_file import Run
from tfjs_vae.stepper import Stepper
from tfjs_vae.vae import load

model, rows, batch, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(1)
if os.environ.get("WORLD_SIZE"):
    dist.init_process_group("gloo")
group = Group.joined()
vae, _ = load(model)
data = open_data(vae, rows, None, RowOptions())
stepper = Stepper(vae, Run(batch_size=batch), group)
order = np.random.default_rng(0).permutation(data.count)
times = []
for step in range(steps + 3):
    start = time.perf_counter()
    stepper.step(data, np.roll(order, step * batch)[:batch], step)
    times.append(time.perf_counter() - start)
if group.rank == 0:
    print(1e3 * statistics.median(times[3:]))
if group.size > 1:
    dist.barrier()
