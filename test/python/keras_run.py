"""python keras_run.py MODEL.keras X.safetensors OUT.safetensors …: what Keras makes of x with models that we wrote."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np

from tfjs_vae.safetensors import read_bytes, to_bytes


def run(model_path, x_path, out_path):
    # As a user would: no class of ours is known, and no code in the file is allowed.
    model = keras.models.load_model(model_path, safe_mode=True)
    tensors, _ = read_bytes(Path(x_path).read_bytes(), x_path)
    given = [tensors[name] for name in ("x", "condition") if name in tensors]
    mean, log_var, decoded = model(given if len(given) > 1 else given[0], training=False)
    named = {"mean": mean, "logVar": log_var, "decoded": decoded}
    Path(out_path).write_bytes(to_bytes({name: np.asarray(value, np.float32) for name, value in named.items()}, {}))


paths = iter(sys.argv[1:])
for triple in zip(paths, paths, paths, strict=True):
    run(*triple)
