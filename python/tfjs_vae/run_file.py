"""What to train, as `saveRun` of the library writes it: plain JSON with a format and a version."""

import math
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tfjs_vae.errors import FileFormatError, UnsupportedError
from tfjs_vae.family import check_keys
from tfjs_vae.plain_json import from_json, to_json
from tfjs_vae.schedules import Schedule, schedule

RUN = "tfjs-vae/run"
VERSION = 1
_READINGS = ("dimension", "element", "total")
_TRANSFORMS: dict[str, tuple[str, ...]] = {
    "dynamicBinarisation": (),
    "dequantisation": ("levels",),
    "addNoise": ("stddev", "clip"),
}
_OWN = ("format", "version")


@dataclass(frozen=True)
class Run:
    """The settings of a run. `Run()` is what `new VaeTrainer({ model })` and `fit` do unless told otherwise."""

    objective: dict[str, Any] = field(default_factory=lambda: {"kind": "elbo", "beta": 1})
    optimizer: dict[str, Any] = field(
        # β₁ and β₂ as the library has them, rounded to 32 bits.
        default_factory=lambda: {
            "kind": "adam",
            "learningRate": 1e-3,
            "beta1": 0.8999999761581421,
            "beta2": 0.9990000128746033,
            "epsilon": 1e-7,
        }
    )
    clip_norm: float | None = None
    batch_size: int = 128
    epochs: int = 10
    seed: int = 1
    shuffle: bool = True
    transforms: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        _check(self)

    @property
    def weight(self) -> Schedule:
        """β, or the target of the capacity."""
        capacity = self.objective.get("capacity")
        if capacity:
            return schedule("capacity.target", capacity["target"])
        return schedule("beta", self.objective.get("beta", 1))

    @property
    def learning_rate(self) -> Schedule:
        """The step size."""
        return schedule("learningRate", self.optimizer["learningRate"])

    def with_options(self, **options: Any) -> "Run":
        """The run with options of the command line in place of its own."""
        rate = options.pop("learning_rate", None)
        given = {key: value for key, value in options.items() if value is not None}
        changed = replace(self, **given)
        return changed if rate is None else replace(changed, optimizer={**self.optimizer, "learningRate": rate})


#: Names of the file by those of the class.
_NAMES = {
    "objective": "objective",
    "optimizer": "optimizer",
    "clip_norm": "clipNorm",
    "batch_size": "batchSize",
    "epochs": "epochs",
    "seed": "seed",
    "shuffle": "shuffle",
    "transforms": "transforms",
}


def read_run(path: str | os.PathLike[str]) -> Run:
    """The run in a file. Unknown versions and keys are refused: they would change what is trained."""
    try:
        text = Path(path).read_text("utf-8")
    except UnicodeDecodeError as cause:
        raise FileFormatError(f"{os.fspath(path)} is not JSON: it is not UTF-8 text") from cause
    return parse_run(text, os.fspath(path))


def parse_run(text: str, name: str) -> Run:
    """The run in a text; `name` begins the errors."""
    found = from_json(text, name)
    if not isinstance(found, dict) or found.get("format") != RUN:
        raise FileFormatError(f"{name}: expected a file of the format '{RUN}', as saveRun writes it")
    if found.get("version") != VERSION:
        raise FileFormatError(
            f"{name}: this release reads version {VERSION} of '{RUN}', the file has {found.get('version')}; "
            "a newer tfjs_vae may read it"
        )
    check_keys(name, found, [*_OWN, *_NAMES.values()])
    given = {ours: found[theirs] for ours, theirs in _NAMES.items() if theirs in found}
    if isinstance(given.get("transforms"), list):
        given["transforms"] = tuple(given["transforms"])
    try:
        return Run(**given)
    except (FileFormatError, UnsupportedError) as cause:
        raise type(cause)(f"{name}: {cause}") from cause


def run_text(run: Run) -> str:
    """The text of a run, which `parse_run` reads."""
    values = {theirs: getattr(run, ours) for ours, theirs in _NAMES.items() if getattr(run, ours) is not None}
    return to_json({"format": RUN, "version": VERSION, **values})


def _check(run: Run) -> None:
    for name, value in (("batchSize", run.batch_size), ("epochs", run.epochs)):
        _need(type(value) is int and value > 0, f"{name} must be a positive whole number, got {value!r}")
    _need(type(run.seed) is int and abs(run.seed) < 2**53, f"seed must be a whole number, got {run.seed!r}")
    _need(isinstance(run.shuffle, bool), f"shuffle must be true or false, got {run.shuffle!r}")
    clip = run.clip_norm
    _need(clip is None or (_is_number(clip) and clip > 0), f"clipNorm must be a positive number, got {clip!r}")
    _check_objective(run.objective)
    _check_optimizer(run.optimizer)
    _need(isinstance(run.transforms, tuple), "transforms must be a list")
    for transform in run.transforms:
        kind = transform.get("kind") if isinstance(transform, dict) else None
        if kind not in _TRANSFORMS:
            raise UnsupportedError(f"the transform {kind!r} is not known to this release; known are {[*_TRANSFORMS]}")
        check_keys(f"transform {kind}", transform, ["kind", *_TRANSFORMS[kind]])
        _check_transform(transform)
    # Read once, so that a wrong schedule is refused before data are read.
    _ = run.weight, run.learning_rate


def _check_transform(transform: dict[str, Any]) -> None:
    if transform["kind"] == "dequantisation":
        levels = transform.get("levels", 256)
        _need(
            type(levels) is int and levels > 1, f"dequantisation.levels must be a whole number above 1, got {levels!r}"
        )
    if transform["kind"] == "addNoise":
        stddev: Any = transform.get("stddev")
        clip = transform.get("clip", False)
        _need(_is_number(stddev) and stddev >= 0, f"addNoise.stddev must be a number of 0 or more, got {stddev!r}")
        _need(isinstance(clip, bool), f"addNoise.clip must be true or false, got {clip!r}")


def _check_objective(objective: Any) -> None:
    kind = objective.get("kind") if isinstance(objective, dict) else None
    if kind != "elbo":
        raise UnsupportedError(f"the objective {kind!r} is not known here, only 'elbo' is; train it with VaeTrainer")
    check_keys("objective", objective, ["kind", "beta", "freeBits", "capacity"])
    free_bits, capacity = objective.get("freeBits"), objective.get("capacity")
    if free_bits is not None:
        _need(isinstance(free_bits, dict), "freeBits must be { nats, per }")
        check_keys("freeBits", free_bits, ["nats", "per"])
        nats, per = free_bits.get("nats"), free_bits.get("per", "dimension")
        _need(_is_number(nats) and nats >= 0, f"freeBits.nats must be 0 or more, got {nats!r}")
        _need(per in _READINGS, f"freeBits.per must be one of {_READINGS}, got {per!r}")
    if capacity is not None:
        _need(isinstance(capacity, dict) and "target" in capacity, "capacity must be { target, gamma }")
        check_keys("capacity", capacity, ["target", "gamma"])
        gamma = capacity.get("gamma", 1000)
        _need(_is_number(gamma) and gamma >= 0, f"capacity.gamma must be 0 or more, got {gamma!r}")
        _need(free_bits is None and "beta" not in objective, "capacity takes the place of beta and freeBits")


def _check_optimizer(optimizer: Any) -> None:
    kind = optimizer.get("kind") if isinstance(optimizer, dict) else None
    if kind not in ("adam", "adamW"):
        raise UnsupportedError(f"the optimizer {kind!r} is not known here; known are adam and adamW")
    decay = ["weightDecay"] if kind == "adamW" else []
    names = ["learningRate", "beta1", "beta2", "epsilon", *decay]
    check_keys("optimizer", optimizer, ["kind", *names])
    lacks = [name for name in names if name not in optimizer]
    _need(not lacks, f"the optimizer lacks {', '.join(lacks)}")
    for name in names[1:]:
        value = optimizer[name]
        _need(_is_number(value) and value >= 0, f"optimizer.{name} must be a number of 0 or more, got {value!r}")
    _need(max(optimizer["beta1"], optimizer["beta2"]) < 1, "beta1 and beta2 must be below 1")
    _need(optimizer["epsilon"] > 0, "epsilon must be positive")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise FileFormatError(message)
