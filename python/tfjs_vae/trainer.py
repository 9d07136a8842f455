"""Epochs, checkpoints and log lines of a run."""

import time
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tfjs_vae.checkpoint import Checkpoint, CheckpointFile, from_file
from tfjs_vae.data import Data
from tfjs_vae.draws import seeded_order
from tfjs_vae.errors import VaeError
from tfjs_vae.evaluation import batches, calibrate, evaluate
from tfjs_vae.model_file import ModelFile
from tfjs_vae.optimizer import trained
from tfjs_vae.plain_json import from_json, to_json
from tfjs_vae.rows import Rows
from tfjs_vae.run_file import run_text
from tfjs_vae.safetensors import Array
from tfjs_vae.stepper import Stepper
from tfjs_vae.vae import put_weights, take_weights


class Trainer:
    """A run from its first step, or from its last checkpoint, to its end."""

    def __init__(
        self,
        stepper: Stepper,
        file: ModelFile,
        data: Data,
        validation: Data | None,
        *,
        checkpoint: CheckpointFile | None,
        name: str,
        every: int | None,
        log: Callable[[str], None],
    ) -> None:
        self.stepper, self.file, self.data, self.validation = stepper, file, data, validation
        #: Of rank 0 alone.
        self.checkpoint, self.name, self.every, self.log = checkpoint, name, every, log
        self.history: list[dict[str, float]] = []
        self.epoch = self.batch = self.steps = 0
        self._sums = [0.0, 0.0]
        self._settings = self._describe()

    def resume(self, *, fresh: bool) -> None:
        """Goes on from the checkpoint, which rank 0 reads for all; does nothing where there is none."""
        raw = self.checkpoint.read() if self.checkpoint and not fresh else None
        content = self.stepper.group.broadcast_bytes(raw)
        if content is None:
            return
        found = from_file(content, self.name)
        self._check_settings(found.settings)
        self._restore(found)
        size = found.progress["processes"]
        other = "" if size == self.stepper.group.size else f", which {size} processes wrote: the last digits may differ"
        self.log(f"goes on from {self.name}{other}: epoch {self.epoch + 1}, step {self.steps}")

    def train(self) -> None:
        """All epochs that are left."""
        run, data = self.stepper.run, self.data
        is_warm = False
        while self.epoch < run.epochs:
            start, made = time.perf_counter(), 0
            order = seeded_order(run.seed, self.epoch, data.count) if run.shuffle else np.arange(data.count)
            for rows in list(batches(order, run.batch_size))[self.batch :]:
                if not is_warm:
                    self.stepper.warm_up(data, rows)
                    is_warm = True
                sums = self.stepper.step(data, rows, self.steps)
                self._sums = [before + now for before, now in zip(self._sums, sums, strict=True)]
                self.steps, self.batch, made = self.steps + 1, self.batch + 1, made + 1
                if self.every and self.steps % self.every == 0:
                    self.save()
            self._end_epoch((time.perf_counter() - start) / max(made, 1))
            self.save()

    def save(self) -> None:
        """Writes a checkpoint; the other processes go on meanwhile."""
        if self.checkpoint is None:
            return
        progress = {
            "epoch": self.epoch,
            "batch": self.batch,
            "steps": self.steps,
            "sums": self._sums,
            "history": self.history,
            "processes": self.stepper.group.size,
        }
        tensors: dict[str, Array] = {f"model/{path}": values for path, values in self._values().items()}
        for path, parameter in trained(self.stepper.vae):
            for key, value in self.stepper.optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer/{key}/{path}"] = _as_array(value)
        self.checkpoint.write(Checkpoint(tensors, progress, self._settings))

    def _end_epoch(self, seconds: float) -> None:
        calibrate(self.stepper, self.data)
        reconstruction, kl = (total / self.data.count for total in self._sums)
        found = {"elbo": -(reconstruction + kl), "reconstruction": reconstruction, "kl": kl}
        if self.validation:
            means = evaluate(self.stepper, self.validation, self.stepper.run.batch_size)
            found |= {f"val_{key}": value for key, value in means.items()}
        self.history.append(found)
        self.epoch, self.batch, self._sums = self.epoch + 1, 0, [0.0, 0.0]
        numbers = ", ".join(f"{key} {value:.3f}" for key, value in found.items())
        self.log(f"epoch {self.epoch}/{self.stepper.run.epochs}: {numbers} ({seconds * 1e3:.2f} ms a step)")

    def _values(self) -> dict[str, Array]:
        """Weights and running statistics in full precision, as files have them."""
        if self.stepper.like.dtype == torch.float32:
            return take_weights(self.stepper.vae)
        return {path: _as_array(value) for path, value, _ in self.stepper.vae.placed()}

    def _restore(self, found: Checkpoint) -> None:
        vae = self.stepper.vae
        weights = {path.removeprefix("model/"): t for path, t in found.tensors.items() if path.startswith("model/")}
        if self.stepper.like.dtype == torch.float32:
            put_weights(vae, weights, self.name)
        else:
            with torch.no_grad():
                for path, value, _ in vae.placed():
                    value.copy_(torch.from_numpy(weights[path].copy()))
        for path, parameter in trained(vae):
            keys = [key for key in found.tensors if key.startswith("optimizer/") and key.split("/", 2)[2] == path]
            self.stepper.optimizer.state[parameter] = {
                key.split("/", 2)[1]: _as_state(found.tensors[key], parameter) for key in keys
            }
        progress = found.progress
        self.epoch, self.batch, self.steps = progress["epoch"], progress["batch"], progress["steps"]
        self._sums = [float(total) for total in progress["sums"]]
        self.history = [{key: float(value) for key, value in entry.items()} for entry in progress["history"]]

    def _describe(self) -> dict[str, Any]:
        """What a run is made with, as far as a resumed one has to be the same."""
        weights = b"".join(values.tobytes() for _, values in sorted(self.file.tensors.items()))
        return {
            "run": from_json(run_text(self.stepper.run), "the run"),
            "model": zlib.crc32(weights, zlib.crc32(self.file.notes["config"].encode())),
            "data": _head(self.data.rows),
            **({"condition": _head(self.data.condition)} if self.data.condition else {}),
            "dtype": str(self.stepper.like.dtype),
        }

    def _check_settings(self, before: dict[str, Any]) -> None:
        """Refuses to go on with another run. More epochs are the same run."""
        now = self._settings
        changed = [key for key in now if key != "run" and to_json(before.get(key)) != to_json(now[key])]
        runs = [{key: value for key, value in one["run"].items() if key != "epochs"} for one in (before, now)]
        changed += [f"run.{k}" for k in {**runs[0], **runs[1]} if to_json(runs[0].get(k)) != to_json(runs[1].get(k))]
        if changed:
            raise VaeError(
                f"{self.name} is the checkpoint of another run: {', '.join(changed)} changed; give another "
                "--checkpoint, or --fresh to start anew"
            )


def _head(rows: Rows) -> list[int]:
    """What tells data apart: their sizes, and a checksum of the first rows."""
    first = rows.read(np.arange(min(16, rows.count)))
    return [rows.count, *rows.event, zlib.crc32(first.tobytes())]


def _as_array(value: Any) -> Array:
    found: Array = np.array(torch.as_tensor(value).detach().cpu().numpy(), order="C")
    return found


def _as_state(values: Array, parameter: torch.Tensor) -> torch.Tensor:
    """A moment lies where its parameter does; the count of steps stays on the host, as PyTorch has it."""
    value = torch.from_numpy(values.copy())
    return value if value.dim() == 0 and parameter.dim() > 0 else value.to(parameter.device)
