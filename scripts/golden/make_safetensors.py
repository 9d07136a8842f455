#!/usr/bin/env python3
"""Writes test/golden/safetensors/*.safetensors with the reference package, or reads a file that ours wrote.

    python3 -m venv venv && venv/bin/pip install safetensors==0.8.0 numpy ml_dtypes
    venv/bin/python scripts/golden/make_safetensors.py
    venv/bin/python scripts/golden/make_safetensors.py --check FILE

`--check` prints, for each tensor, name, dtype, shape and values, and then what the package writes from them: "same
bytes" where that is FILE again. The package keeps metadata in a hash map, so only files with at most one entry of
metadata have one order of bytes; the fixtures that tests compare byte by byte have no more.
"""

import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load, save

OUT = Path(__file__).resolve().parents[2] / "test" / "golden" / "safetensors"


def fixtures():
    # What writeSafetensors writes too: compared byte by byte. Names that sort differently by UTF-16 and by UTF-8.
    yield "plain", {
        "encoder/0/kernel": np.array([[1.5, -2.0, 0.25], [np.inf, -0.0, 1e-45]], np.float32),
        "encoder/0/bias": np.array([3.0], np.float32),
        "step": np.array(41, np.int32),
        "labels": np.array([[-(2**31)], [2**31 - 1]], np.int32),
        "mask": np.array([True, False, True], np.bool_),
        "empty": np.zeros((0, 4), np.float32),
        "\uff5a wide": np.array([1.0], np.float32),
        "\U0001d11e clef": np.array([2.0], np.float32),
        'quote " and \\ and \n': np.array([4.0], np.float32),
        "__proto__": np.array([5.0], np.float32),
    }, {"format": "tfjs-vae ü \"1\""}
    yield "dtypes", {
        "f64": np.array([0.1, -1e30, np.nan], np.float64),
        "f16": np.array([1.0, -2.5, 65504.0, 6e-8, np.inf], np.float16),
        "bf16": np.array([1.0, -2.5, 3e38, 1e-40], ml_dtypes.bfloat16),
        "i64": np.array([-(2**31), 2**31 - 1], np.int64),
        "u64": np.array([0, 2**31 - 1], np.uint64),
        "u32": np.array([7], np.uint32),
        "i16": np.array([-300, 300], np.int16),
        "u16": np.array([65535], np.uint16),
        "i8": np.array([-128, 127], np.int8),
        "u8": np.array([[0, 255]], np.uint8),
        "bool": np.array([False, True], np.bool_),
    }, None
    yield "metadata", {"w": np.array([1.0, 2.0], np.float32)}, {"config": '{"latentDim":20}', "__proto__": "x", "": "e"}
    yield "nothing", {}, None
    yield "too-large", {"count": np.array([2**31], np.int64)}, None


def check(path):
    bytes_ = Path(path).read_bytes()
    tensors = load(bytes_)
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    for name, array in tensors.items():
        print(repr(name), array.dtype, list(array.shape), array.tolist())
    print("metadata", metadata)
    again = save(tensors, metadata)
    print("same bytes" if again == bytes_ else f"other bytes: {again!r}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
    else:
        OUT.mkdir(parents=True, exist_ok=True)
        for name, tensors, metadata in fixtures():
            (OUT / f"{name}.safetensors").write_bytes(save(tensors, metadata))
