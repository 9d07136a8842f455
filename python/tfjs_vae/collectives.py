"""Arrays of a program, summed by ``torch.distributed``."""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections.abc import Callable
from datetime import timedelta

import torch
import torch.distributed as dist

from .job import join_job
from .program import Program

SUM, BROADCAST = 0, 1

#: A call and its answer: the operation, and how many values lie in the shared memory.
HEAD = struct.Struct("=II")

#: Sums a tensor over all processes, or gives all the one of process 0, in place.
Collective = Callable[[int, torch.Tensor], None]


def join(backend: str, timeout: float) -> Collective:
    """Joins the job and gives what sums in it."""
    # More threads than one would take the cores from the programs.
    torch.set_num_threads(1)
    join_job(backend, timedelta(seconds=timeout))
    # NCCL sums on the GPUs alone.
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if backend == "nccl" else None

    def run(operation: int, values: torch.Tensor) -> None:
        held = values if device is None else values.to(device)
        if operation == SUM:
            dist.all_reduce(held)
        elif operation == BROADCAST:
            dist.broadcast(held, 0)
        else:
            raise RuntimeError(f"the program asked for operation {operation}, which is not known here")
        if held is not values:
            values.copy_(held)

    return run


def serve(program: Program, collective: Collective) -> int:
    """Answers the program until it ends, and gives its exit code."""
    shared: mmap.mmap | None = None
    head = bytearray(HEAD.size)
    asked = False
    while read_into(program.source, memoryview(head)):
        asked = True
        operation, count = HEAD.unpack(head)
        if count > 0:
            if shared is None or len(shared) < 4 * count:
                shared = mmap.mmap(program.memory, 4 * count)
            collective(operation, torch.frombuffer(shared, dtype=torch.float32, count=count))
        try:
            write_all(program.sink, memoryview(head))
        except BrokenPipeError:
            break
    code = program.wait()
    if code == 0 and not asked and dist.get_world_size() > 1:
        print(
            "tfjs_vae.run: the program has not used the group, so each process did all of its work by itself; give "
            "torchGroup() of tfjs-vae/node to the trainer: new VaeTrainer({ model, group: torchGroup() })",
            file=sys.stderr,
            flush=True,
        )
    return code


def read_into(pipe: int, body: memoryview) -> bool:
    """Fills ``body``; False where the pipe ends before."""
    at = 0
    while at < len(body):
        count = os.readv(pipe, [body[at:]])
        if count == 0:
            return False
        at += count
    return True


def write_all(pipe: int, body: memoryview) -> None:
    at = 0
    while at < len(body):
        at += os.write(pipe, body[at:])
