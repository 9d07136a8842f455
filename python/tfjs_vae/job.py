"""Joining the job that RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT name."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta

import torch.distributed as dist

from .errors import VaeError


def join_job(backend: str, timeout: timedelta) -> None:
    """Joins the job, and waits until all of its processes have.

    A job that torchrun restarts keeps its store (seen with torch 2.13, one machine): the addresses of the processes
    that have died are still in it, and gloo waits for them for ever. So every attempt has names of its own.
    """
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    store = open_store(rank, size, timeout)
    dist.init_process_group(
        backend,
        store=dist.PrefixStore(f"tfjs_vae/attempt-{attempt}", store),  # type: ignore[attr-defined]
        rank=rank,
        world_size=size,
        timeout=timeout,
    )


def open_store(rank: int, size: int, timeout: timedelta) -> dist.TCPStore:  # type: ignore[name-defined]
    """The store in which processes find each other; process 0 holds it, or torchrun does.

    PyTorch 1.13 waits in it without letting other threads run, such as the one that hears signals. So the waiting is
    done here.
    """
    host, port = address()
    holds = rank == 0 and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    if not holds:
        wait_for_server(host, port, timeout)
    return dist.TCPStore(host, port, size, holds, timeout, wait_for_workers=False)  # type: ignore[attr-defined]


def address() -> tuple[str, int]:
    """Where process 0 can be reached."""
    host, port = os.environ.get("MASTER_ADDR"), os.environ.get("MASTER_PORT")
    if not host or port is None or not (port.isdecimal() and 0 < int(port) < 65536):
        raise VaeError(f"MASTER_ADDR and MASTER_PORT must name process 0, got {host} and {port}; torchrun sets both")
    return host, int(port)


def wait_for_server(host: str, port: int, timeout: timedelta) -> None:
    """Waits until somebody listens there."""
    end = time.monotonic() + timeout.total_seconds()
    while True:
        try:
            socket.create_connection((host, port), timeout=5).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise RuntimeError(f"nobody answers at {host}:{port}, MASTER_ADDR and MASTER_PORT: {error}") from error
            time.sleep(0.05)
