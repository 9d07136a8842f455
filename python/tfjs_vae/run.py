"""Runs a program once in each process of a torch job, and sums its arrays over all of them.

    torchrun --nproc_per_node 4 -m tfjs_vae.run node train.js

The program takes part through ``torchGroup()`` of ``tfjs-vae/node``. This process joins the job, hands the arrays that
lie in memory shared with the program to the collectives of ``torch.distributed``, and ends with the exit code of the
program.
"""

from __future__ import annotations

import argparse
import os
import sys

from .program import Program


def main(arguments: list[str] | None = None) -> int:
    """Runs the program to its end and gives its exit code."""
    options = parse(arguments)
    rank, size = os.environ.get("RANK"), os.environ.get("WORLD_SIZE")
    if rank is None or size is None:
        # Not in a job: the program runs alone, as it does without this launcher.
        return Program(options.program, None).wait()
    if not (rank.isdecimal() and size.isdecimal() and int(rank) < int(size)):
        sys.exit(
            f"tfjs_vae.run: RANK must be a whole number below WORLD_SIZE, got {rank} of {size}; torchrun sets both"
        )
    # The program starts while PyTorch is imported.
    program = Program(options.program, (int(rank), int(size)))
    try:
        from .collectives import join, serve

        return serve(program, join(options.backend, options.timeout))
    except RuntimeError as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        print(
            f"tfjs_vae.run: process {rank} of {size} stops, since the group has ended: another process failed, was "
            f"stopped, or cannot be reached ({reason})",
            file=sys.stderr,
            flush=True,
        )
        program.stop(grace=3)
        return 1
    except ValueError as error:
        # Before any connection: MASTER_ADDR or MASTER_PORT is absent or not one.
        print(f"tfjs_vae.run: process {rank} of {size} cannot join a job: {error}", file=sys.stderr, flush=True)
        program.stop(grace=0)
        return 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options, and the program with its own arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m tfjs_vae.run",
        description="Runs a program in each process of a torch job; start it by torchrun.",
    )
    parser.add_argument("--backend", default="gloo", choices=["gloo", "nccl", "mpi"], help="who sums (default: gloo)")
    parser.add_argument(
        "--timeout", type=float, default=1800, metavar="SECONDS", help="how long to wait for the others (default: 1800)"
    )
    parser.add_argument("program", nargs=argparse.REMAINDER, help="the program with its arguments, as: node train.js")
    options = parser.parse_args(arguments)
    if options.program[:1] == ["--"]:
        del options.program[0]
    if not options.program:
        parser.error("give a program, such as: torchrun --nproc_per_node 2 -m tfjs_vae.run node train.js")
    if not 0 < options.timeout < float("inf"):
        parser.error(f"--timeout must be a positive number of seconds, got {options.timeout}")
    return options


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: threads of a group that has ended may wait for ever.
    os._exit(exit_code)
