"""What the scripts of golden values share: float32 inputs, JSON that parses back exactly, a check against scipy."""

import json
import math
import random
from pathlib import Path

import numpy as np
from mpmath import mp

mp.dps = 50
OUT = Path(__file__).resolve().parents[2] / "test" / "golden"


def f32(x):
    return float(np.float32(x))


def gauss(n, spread=1.0):
    return [f32(random.gauss(0, spread)) for _ in range(n)]


def plain(v):
    """Numbers that JSON can hold."""
    if isinstance(v, dict):
        return {k: plain(e) for k, e in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(e) for e in v]
    if isinstance(v, (str, bool, int)):
        return v
    v = float(v)
    if math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return int(v) if v.is_integer() and abs(v) < 2**53 else v


def write(name, source, content):
    """Writes test/golden/NAME.json, which says which script made it."""
    text = json.dumps(plain({"source": f"scripts/golden/{source}", **content}), indent=1, ensure_ascii=False)
    # One line for each list of numbers.
    out, depth, buffer = [], 0, ""
    for line in text.split("\n"):
        stripped = line.strip()
        opens, closes = stripped.endswith("["), stripped.startswith("]")
        if depth == 0 and not opens:
            out.append(line)
            continue
        buffer += (line if depth == 0 else stripped + (" " if stripped.endswith(",") and not opens else ""))
        depth += int(opens) - int(closes)
        if depth == 0:
            out.append(buffer.replace(", ]", "]").rstrip())
            buffer = ""
    text = "\n".join(out) + "\n"
    json.loads(text)
    (OUT / f"{name}.json").write_text(text, encoding="utf8")
    assert len(text) < 60_000, f"{name}: {len(text)} bytes"
    print(f"{name}.json: {len(text)} bytes")


def reshaped(flat, shape):
    """Nested lists of a shape, from the numbers in their order."""
    for size in reversed(shape[1:]):
        flat = [flat[i : i + size] for i in range(0, len(flat), size)]
    return flat


def near(ours, theirs, tolerance=1e-9):
    """Guards against a slip in a formula above: scipy works in float64 only."""
    assert np.allclose([float(v) for v in ours], theirs, rtol=tolerance, atol=tolerance), (ours, theirs)
