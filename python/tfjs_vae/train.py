"""Trains a model file in PyTorch, in one process or in several.

    python -m tfjs_vae.train model.safetensors --data images-idx3-ubyte.gz --out trained.safetensors
    torchrun --nproc_per_node 2 -m -- tfjs_vae.train model.safetensors --data images.npy --out trained.safetensors

The same command goes on from the last checkpoint where it was ended before its time.
"""

import argparse
import os
import re
import sys
import traceback
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from tfjs_vae.checkpoint import CheckpointFile
from tfjs_vae.data import open_data
from tfjs_vae.errors import VaeError
from tfjs_vae.group import Group
from tfjs_vae.job import join_job
from tfjs_vae.plain_json import to_json
from tfjs_vae.rows import RowOptions
from tfjs_vae.run_file import Run, read_run
from tfjs_vae.stepper import Stepper, device_of_process
from tfjs_vae.trainer import Trainer
from tfjs_vae.vae import load, save
from tfjs_vae.write_aside import write_aside

#: How PyTorch says that another process has gone.
_LOST = re.compile(r"connection|closed by peer|socket|gloo|nccl|timed? ?out|rendezvous|store", re.IGNORECASE)


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    p = argparse.ArgumentParser(prog="python -m tfjs_vae.train", description=(__doc__ or "").split("\n")[0])
    p.add_argument("model", help="a file of saveVae")
    p.add_argument("--data", required=True, help="idx (also .gz), .npy, .safetensors, or plain numbers with --shape")
    p.add_argument("--out", required=True, help="where the trained model goes; loadVae reads it")
    p.add_argument("--condition", help="labels or vectors, one for each row, for a conditional model")
    p.add_argument("--validation", help="data that are evaluated after each epoch, in the form of --data")
    p.add_argument("--validation-condition", help="their labels or vectors")
    p.add_argument("--run", help="what to train, a file of saveRun; the options below go before it")
    p.add_argument("--epochs", type=int)
    p.add_argument("--batch-size", type=int, help="examples of all processes together")
    p.add_argument("--learning-rate", type=float)
    p.add_argument("--seed", type=int)
    p.add_argument("--scale", type=float, help="what values are multiplied by; 1/255 for bytes unless given")
    p.add_argument("--tensor", help="the tensor of a .safetensors file")
    p.add_argument("--shape", help="the shape of a row of plain numbers, such as 28,28,1")
    p.add_argument("--dtype", help="their type: uint8, int32 or float32")
    p.add_argument("--offset", type=int, default=0, help="bytes before their first row")
    p.add_argument("--checkpoint", help="where checkpoints go; beside --out unless given")
    p.add_argument("--checkpoint-every", type=int, help="steps between checkpoints; each epoch has one in any case")
    p.add_argument("--fresh", action="store_true", help="starts anew, whatever checkpoint there is")
    p.add_argument("--history", help="where the numbers of each epoch go, as JSON")
    p.add_argument("--device", choices=["cpu", "cuda"], help="where to compute; on a GPU where there is one")
    p.add_argument("--float64", action="store_true", help="computes in double precision; the file stays float32")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains; returns the exit code of the process."""
    o = parser().parse_args(arguments)
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    checkpoint = o.checkpoint or f"{o.out}.checkpoint"
    try:
        _train(o, size, checkpoint)
    except VaeError as error:
        print(f"rank {rank}: {error}" if size > 1 else error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"rank {rank}: {error}" if size > 1 else error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"ended; the same command goes on from {checkpoint}, where there is one", file=sys.stderr)
        return 130
    except RuntimeError as error:
        if size > 1 and _LOST.search(str(error)):
            first = str(error).strip().splitlines()[0][:200]
            print(
                f"rank {rank}: the job has lost a process or the connection to it ({first}); start the same command "
                f"again: it goes on from {checkpoint}",
                file=sys.stderr,
            )
            return 1
        traceback.print_exc()
        return 1
    return 0


def _train(o: argparse.Namespace, size: int, checkpoint: str) -> None:
    run = (read_run(o.run) if o.run else Run()).with_options(
        epochs=o.epochs, batch_size=o.batch_size, learning_rate=o.learning_rate, seed=o.seed
    )
    if o.checkpoint_every is not None and o.checkpoint_every < 1:
        raise VaeError(f"--checkpoint-every must be a positive number of steps, got {o.checkpoint_every}")
    for path in (o.out, o.history or o.out):
        if not Path(path).absolute().parent.is_dir():
            raise VaeError(f"{path}: its folder is not there; make it first")
        if Path(path).is_dir():
            raise VaeError(f"{path} is a folder; give the path of a file")
    # The model is refused, if it has to be, before data are read.
    vae, file = load(o.model)
    options = RowOptions(_shape(o.shape), o.dtype, o.offset, o.tensor, o.scale)
    data = open_data(vae, o.data, o.condition, options)
    validation = open_data(vae, o.validation, o.validation_condition, options) if o.validation else None
    device = torch.device("cpu") if o.device == "cpu" else device_of_process()
    if o.device == "cuda" and device.type != "cuda":
        raise VaeError("--device cuda: PyTorch finds no GPU here; leave it out to compute on the CPU")
    if size > 1:
        join_job("nccl" if device.type == "cuda" else "gloo", timedelta(minutes=30))
    group = Group.joined()
    vae.to(device=device, dtype=torch.float64 if o.float64 else torch.float32)
    trainer = Trainer(
        Stepper(vae, run, group),
        file,
        data,
        validation,
        checkpoint=CheckpointFile(checkpoint) if group.rank == 0 else None,
        name=checkpoint,
        every=o.checkpoint_every,
        log=_say if group.rank == 0 else _keep_quiet,
    )
    if size > 1:
        trainer.log(f"trains in {size} processes")
    trainer.resume(fresh=o.fresh)
    trainer.train()
    if group.rank == 0:
        save(o.out, vae, file)
        if o.history:
            write_aside(o.history, to_json(trainer.history).encode())
        _say(f"wrote {o.out}")
    if size > 1:
        # Nobody leaves before all have come this far: a process that ends is a lost one to the others.
        dist.barrier()
        dist.destroy_process_group()


def _shape(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as cause:
        raise VaeError(f"--shape must list whole numbers, such as 28,28,1, got {text}") from cause


def _say(line: str) -> None:
    print(line, flush=True)


def _keep_quiet(line: str) -> None:
    del line


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: the threads of a broken connection would be waited for.
    os._exit(code)
