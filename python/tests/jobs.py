"""Jobs of several processes on this machine, as torchrun starts them, without torchrun."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def start(arguments: Sequence[str], processes: int) -> list[subprocess.Popen[str]]:
    """One process per rank, joined over 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = []
    for rank in range(processes):
        job = {"RANK": str(rank), "WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        environment = {**os.environ, "PYTHONPATH": _path(), "OMP_NUM_THREADS": "1", **(job if processes > 1 else {})}
        command = [sys.executable, *arguments]
        pipe = subprocess.PIPE
        found.append(subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True))
    return found


def run(arguments: Sequence[str], processes: int = 1, timeout: float = 240) -> tuple[list[int], list[str], list[str]]:
    """Exit codes, outputs and errors of all ranks."""
    started = start(arguments, processes)
    try:
        texts = [process.communicate(timeout=timeout) for process in started]
    finally:
        for process in started:
            process.kill()
    return [process.returncode for process in started], [out for out, _ in texts], [error for _, error in texts]


def succeed(arguments: Sequence[str], processes: int = 1) -> list[str]:
    """The outputs of a job that has to succeed."""
    codes, outputs, errors = run(arguments, processes)
    assert codes == [0] * processes, "\n".join(errors)
    return outputs


def _path() -> str:
    return os.pathsep.join(filter(None, [str(PACKAGE), str(PACKAGE / "tests"), os.environ.get("PYTHONPATH", "")]))
