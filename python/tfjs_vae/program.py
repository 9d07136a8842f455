"""The program that a launcher runs: its pipes and shared memory, its signals and its end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable

# What `torchGroup()` of the same release speaks; it is told there.
PROTOCOL = 2

# How long a program that was asked to end may take before it is killed, in seconds.
GRACE = 5.0


class Program:
    """A process of ours, which ends when this one does.

    ``place`` is its rank and the number of processes; without it, it gets none of them.
    """

    def __init__(self, command: list[str], place: tuple[int, int] | None) -> None:
        # Signals are waited for by a thread: while gloo waits, Python would not hear them.
        handled = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, handled)
        environment = dict(os.environ)
        passed: tuple[int, ...] = ()
        if place is not None:
            from_program, to_launcher = os.pipe()
            from_launcher, to_program = os.pipe()
            self.memory = open_memory()
            passed = (to_launcher, from_launcher, self.memory)
            # The inodes tell these from what a program in between opens under their numbers.
            told = (PROTOCOL, *place, *passed, *(os.fstat(end).st_ino for end in passed))
            environment["TFJS_VAE_GROUP"] = ",".join(map(str, told))
            self.source, self.sink = from_program, to_program
        try:
            self.process = subprocess.Popen(
                command, env=environment, pass_fds=passed, preexec_fn=tied_to(os.getpid(), handled)
            )
        except OSError as error:
            sys.exit(f"tfjs_vae.run: cannot start {command[0]!r}: {error.strerror or error}")
        for end in passed[:2]:
            os.close(end)
        threading.Thread(target=self._pass_signals, args=(handled,), daemon=True).start()

    def wait(self) -> int:
        """Its exit code, 128 and the number of the signal where it was killed, as shells have it."""
        code = self.process.wait()
        return code if code >= 0 else 128 - code

    def stop(self, grace: float = GRACE) -> None:
        """Closes the pipes, lets it end with an error of its own, and kills it where it does not."""
        for end in (self.source, self.sink):
            with contextlib.suppress(OSError):
                os.close(end)
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _pass_signals(self, handled: set[signal.Signals]) -> None:
        while True:
            if signal.sigwait(handled) == signal.SIGINT:
                continue  # A terminal sends it to the program as well, which decides.
            self.process.terminate()
            try:
                # The group goes on meanwhile, so that a program may end its step together with the others.
                self.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                self.process.kill()
            os._exit(128 + signal.SIGTERM)


def open_memory() -> int:
    """A file without a name that both processes see: in memory where the system has such files."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("tfjs_vae")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def tied_to(parent: int, handled: set[signal.Signals]) -> Callable[[], None]:
    """What a new process does first: hear signals again, and on Linux die with its parent, however that ends."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def begin() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)
        if prctl is not None:
            prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            if os.getppid() != parent:
                os._exit(1)

    return begin
