"""Joining the job that RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT name."""

from __future__ import annotations

import os
from datetime import timedelta

import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous


def join_job(backend: str, timeout: timedelta) -> None:
    """Joins the job, and waits until all of its processes have.

    A job that torchrun restarts keeps its store (seen with torch 2.13, one machine): the addresses of the processes
    that have died are still in it, and gloo waits for them for ever. So every attempt has names of its own.
    """
    store, rank, size = next(rendezvous("env://", timeout=timeout))
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    dist.init_process_group(
        backend,
        store=dist.PrefixStore(f"tfjs_vae/attempt-{attempt}", store),  # type: ignore[attr-defined]
        rank=rank,
        world_size=size,
        timeout=timeout,
    )
