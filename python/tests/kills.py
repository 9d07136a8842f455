"""Kills a rank at random moments, starts the job again, and compares its end with a run that was never killed.

    python python/tests/kills.py [--kills 20] [--processes 2] [--launcher torchrun] [--seed 1]

A long run, and not a part of the tests. Without a launcher that watches them, processes are killed once they have
joined; with torchrun, at any moment.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import jobs
import numpy as np
import small_models

LIMIT = 10.0


def arguments(folder: Path, out: str) -> list[str]:
    given = [str(folder / "model.safetensors"), "--data", str(folder / "data.npy"), "--out", str(folder / out)]
    return ["-m", "tfjs_vae.train", *given, "--epochs", "12", "--batch-size", "31", "--checkpoint-every", "3"]


def workers(pid: int) -> list[int]:
    """The processes that a launcher has started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid and fields[0] != "Z" and b"tfjs_vae" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (OSError, IndexError, ValueError):
            continue
    return sorted(found)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def by_torchrun(command: list[str], processes: int, wait: float, rng: random.Random) -> tuple[float, int] | None:
    """Seconds from the kill to the end, and processes that were left; nothing where the job ended before it."""
    environment = {**os.environ, "PYTHONPATH": jobs._path(), "OMP_NUM_THREADS": "1"}
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]
    quiet = subprocess.DEVNULL
    launcher = subprocess.Popen([*start, *command], env=environment, stdout=quiet, stderr=quiet)
    try:
        launcher.wait(wait)
        return None
    except subprocess.TimeoutExpired:
        pass
    while len(found := workers(launcher.pid)) < processes and launcher.poll() is None:
        time.sleep(0.02)
    if not found:
        return None
    os.kill(rng.choice(found), signal.SIGKILL)
    since = time.monotonic()
    launcher.wait(LIMIT * 6)
    return time.monotonic() - since, sum(map(is_alive, found))


def by_hand(command: list[str], processes: int, wait: float, rng: random.Random) -> tuple[float, int] | None:
    """The same without a launcher, once the processes have joined."""
    started = jobs.start(command, processes)
    assert started[0].stdout is not None
    if processes > 1:
        started[0].stdout.readline()
    time.sleep(wait)
    if any(process.poll() is not None for process in started):
        for process in started:
            process.communicate()
        return None
    rng.choice(started).send_signal(signal.SIGKILL)
    since = time.monotonic()
    for process in started:
        process.communicate(timeout=LIMIT * 6)
    return time.monotonic() - since, sum(is_alive(process.pid) for process in started)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--launcher", choices=["torchrun"])
    parser.add_argument("--seed", type=int, default=1)
    o = parser.parse_args()
    rng = random.Random(o.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small_models.write(folder / "model.safetensors", small_models.conv("optimal"))
        np.save(folder / "data.npy", np.random.default_rng(0).integers(0, 256, (600, 6, 5), dtype=np.uint8))
        begin = time.monotonic()
        jobs.succeed(arguments(folder, "whole.safetensors"), o.processes)
        length = time.monotonic() - begin
        kill = by_torchrun if o.launcher else by_hand
        done, slowest, left, finished = 0, 0.0, 0, 0
        while done < o.kills:
            # Over and over from the beginning of a process: most of its time is PyTorch's import.
            ended = kill(arguments(folder, "killed.safetensors"), o.processes, rng.uniform(0, 0.6 * length), rng)
            if ended is None:
                finished += 1
                compare(folder)
                for path in folder.glob("*killed*"):
                    path.unlink()
                continue
            done, slowest, left = done + 1, max(slowest, ended[0]), left + ended[1]
            print(f"kill {done}: ended after {ended[0]:.2f} s, {ended[1]} processes left", flush=True)
        jobs.succeed(arguments(folder, "killed.safetensors"), o.processes)
        compare(folder)
    told = f"{done} kills of {o.processes} processes, {finished + 1} runs ended bit for bit alike"
    print(f"{told}; slowest end {slowest:.2f} s")
    sys.exit(1 if slowest > LIMIT or left else 0)


def compare(folder: Path) -> None:
    whole, killed = ((folder / f"{name}.safetensors").read_bytes() for name in ("whole", "killed"))
    assert whole == killed, "the killed run has other weights than the unbroken one"


if __name__ == "__main__":
    main()
