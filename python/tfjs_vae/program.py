"""The program that a launcher runs: its pipes, its signals and its end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

# What `torchGroup()` of the same release speaks.
PROTOCOL = 1

# Linux lets a pipe hold this much; the default of 64 kB costs a change of process for each piece.
PIPE_BYTES = 1 << 20

# How long a program that was asked to end may take before it is killed, in seconds.
GRACE = 5.0


class Program:
    """A process of ours, which ends when this one does.

    ``place`` is its rank and the number of processes; without it, it gets no pipes.
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
            for end in (to_launcher, to_program):
                widen(end)
            rank, size = place
            passed = (to_launcher, from_launcher)
            # The inodes tell the pipes from what a program in between opens under their numbers.
            told = (PROTOCOL, *passed, rank, size, *(os.fstat(end).st_ino for end in passed))
            environment["TFJS_VAE_GROUP"] = ",".join(map(str, told))
            self.source, self.sink = from_program, to_program
        try:
            self.process = subprocess.Popen(
                command, env=environment, pass_fds=passed, preexec_fn=tied_to(os.getpid(), handled)
            )
        except OSError as error:
            sys.exit(f"tfjs_vae.run: cannot start {command[0]!r}: {error.strerror or error}")
        for end in passed:
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


def widen(pipe: int) -> None:
    """Makes room in a pipe, where the system lets it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


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
