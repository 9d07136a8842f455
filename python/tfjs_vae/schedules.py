"""The schedules of the library: functions of the number of completed optimizer steps, by the same formulas."""

import math
from collections.abc import Callable
from typing import Any

from tfjs_vae.errors import FileFormatError
from tfjs_vae.family import check_keys

Schedule = Callable[[int], float]
#: A number, or `{"schedule": kind, …}` of a run file.
Weight = Any


def schedule(owner: str, weight: Weight) -> Schedule:
    """The function of a number or of a schedule of a run file.

    Raises `FileFormatError` where it is neither, and `UnsupportedError` for an option that is not known.
    """
    if _is_number(weight):
        return lambda step: float(weight)
    if not isinstance(weight, dict) or weight.get("schedule") not in _KINDS:
        known = ", ".join(_KINDS)
        raise FileFormatError(f"{owner} must be a number or a schedule ({known}), got {str(weight)[:80]}")
    options = {key: value for key, value in weight.items() if key != "schedule"}
    make, keys = _KINDS[weight["schedule"]]
    check_keys(owner, options, keys)
    try:
        return make(owner, options)
    except (KeyError, TypeError) as cause:
        raise FileFormatError(f"{owner}: the schedule lacks an option or has a wrong one: {cause!r}") from cause


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _progress(step: float, steps: float) -> float:
    """The share of the way from step 0 to step `steps`, exact at both ends."""
    if step >= steps:
        return 1.0
    return 0.0 if step <= 0 else step / steps


def _mix(start: float, end: float, share: float) -> float:
    if share <= 0:
        return start
    return end if share >= 1 else start + (end - start) * share


def _constant(owner: str, options: dict[str, Any]) -> Schedule:
    value = float(options["value"])
    return lambda step: value


def _linear(owner: str, options: dict[str, Any]) -> Schedule:
    start, end, steps = options["from"], options["to"], options["steps"]
    return lambda step: _mix(start, end, _progress(step, steps))


def _cosine(owner: str, options: dict[str, Any]) -> Schedule:
    start, end, steps = options["from"], options["to"], options["steps"]

    def at(step: int) -> float:
        share = _progress(step, steps)
        return _mix(start, end, 1 if share == 1 else (1 - math.cos(math.pi * share)) / 2)

    return at


def _sigmoid(owner: str, options: dict[str, Any]) -> Schedule:
    start, end, steps = options["from"], options["to"], options["steps"]
    sharpness = options.get("sharpness", 10)
    reach = math.tanh(sharpness / 4)

    def at(step: int) -> float:
        return _mix(start, end, (1 + math.tanh((sharpness / 2) * (_progress(step, steps) - 0.5)) / reach) / 2)

    return at


def _cyclical(owner: str, options: dict[str, Any]) -> Schedule:
    start, end, period = options["from"], options["to"], options["period"]
    ramp, cycles = options.get("ramp", 0.5), options.get("cycles", math.inf)

    def at(step: int) -> float:
        if step >= period * cycles:
            return float(end)
        return _mix(start, end, _progress(math.fmod(max(step, 0), period), ramp * period))

    return at


def _piecewise(owner: str, options: dict[str, Any]) -> Schedule:
    points = [(float(step), float(value)) for step, value in options["points"]]
    holds = options.get("interpolation", "linear") == "hold"
    if not points:
        raise FileFormatError(f"{owner}: points must hold at least one [step, value] pair")

    def at(step: int) -> float:
        following = next((i for i, (start, _) in enumerate(points) if start > step), len(points))
        if following == 0:
            return points[0][1]
        start, value = points[following - 1]
        if following == len(points) or holds:
            return value
        end, target = points[following]
        return _mix(value, target, _progress(step - start, end - start))

    return at


def _warmup(owner: str, options: dict[str, Any]) -> Schedule:
    steps, then = options["steps"], schedule(f"{owner}: to", options["to"])

    def at(step: int) -> float:
        if step >= steps:
            # What comes after counts from the end of the warm-up.
            return then(step - steps)
        full, share = then(0), min(1, (max(0, step) + 1) / steps)
        return full if share == 1 else full * share

    return at


_RAMP = ("from", "to", "steps")
_KINDS: dict[str, tuple[Callable[[str, dict[str, Any]], Schedule], tuple[str, ...]]] = {
    "constant": (_constant, ("value",)),
    "cosine": (_cosine, _RAMP),
    "cyclical": (_cyclical, ("from", "to", "period", "ramp", "cycles")),
    "linear": (_linear, _RAMP),
    "piecewise": (_piecewise, ("points", "interpolation")),
    "sigmoid": (_sigmoid, (*_RAMP, "sharpness")),
    "warmup": (_warmup, ("steps", "to")),
}
