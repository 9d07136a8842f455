"""JSON as the library writes it: the numbers that JSON lacks stand as `{"number": "NaN"}`."""

import json
import math
from typing import Any

from tfjs_vae.errors import FileFormatError

_LACKING = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}
_DEEPEST = 128


def from_json(text: str, what: str) -> Any:
    """Plain data from JSON text. `what` names the text in errors, such as `its configuration`."""
    try:
        return _restored(json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique), what, 0)
    except (ValueError, RecursionError) as cause:
        if isinstance(cause, FileFormatError):
            raise
        raise FileFormatError(f"{what} is not JSON: {str(cause)[:200]}") from cause


def to_json(value: Any) -> str:
    """The text that `JSON.stringify` of the library gives for the same data, without spaces."""
    return json.dumps(_replaced(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} comes twice")
    return found


def _restored(value: Any, what: str, depth: int) -> Any:
    if depth > _DEEPEST:
        raise FileFormatError(f"{what} is nested more than {_DEEPEST} deep")
    if isinstance(value, list):
        return [_restored(item, what, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("number"), str) and value["number"] in _LACKING:
        return _LACKING[value["number"]]
    return {key: _restored(item, what, depth + 1) for key, item in value.items()}


def _replaced(value: Any) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return {"number": "NaN"}
        if math.isinf(value):
            return {"number": "Infinity" if value > 0 else "-Infinity"}
        if value == 0 and math.copysign(1, value) < 0:
            return {"number": "-0"}
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, dict):
        return {key: _replaced(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item) for item in value]
    return value
