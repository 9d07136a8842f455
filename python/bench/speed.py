"""The time of a step with 2 processes as a share of that with 1: interleaved rounds, medians, one thread each.

    python python/bench/speed.py [--rounds 5] [--steps 12]

Run it on two free cores. A convolutional model at batch 512, and the small MLP at batch 128, on 28 × 28 pictures.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import jobs
import numpy as np
import small_models
from small_models import dense, layer, sequential


def conv() -> dict[str, Any]:
    """`convVae` with its defaults and 16 latent dimensions."""

    def image(kind: str, name: str, filters: int, stride: int, activation: str) -> dict[str, Any]:
        options = {"kernel_size": [3, 3], "strides": [stride, stride], "padding": "same", "use_bias": True}
        return layer(kind, name, filters=filters, activation=activation, **options)

    encoder = sequential(
        [28, 28, 1],
        image("Conv2D", "a", 32, 2, "relu"),
        image("Conv2D", "b", 64, 2, "relu"),
        layer("Flatten", "f"),
    )
    decoder = sequential(
        [16],
        dense(7 * 7 * 64, "c", "relu"),
        layer("Reshape", "r", target_shape=[7, 7, 64]),
        image("Conv2DTranspose", "d", 64, 2, "relu"),
        image("Conv2DTranspose", "e", 32, 2, "relu"),
        image("Conv2D", "g", 1, 1, "linear"),
    )
    return of(encoder, decoder, 16)


def mlp() -> dict[str, Any]:
    """784–400–20–400–784."""
    encoder = sequential([28, 28, 1], layer("Flatten", "f"), dense(400, "a", "relu"))
    decoder = sequential(
        [20], dense(400, "b", "relu"), dense(784, "c"), layer("Reshape", "r", target_shape=[28, 28, 1])
    )
    return of(encoder, decoder, 20)


def of(encoder: Any, decoder: Any, latent: int) -> dict[str, Any]:
    config = small_models.config_of(encoder, decoder, None)
    config["encoder"]["config"]["latentDim"] = latent
    return config


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=12)
    o = parser.parse_args()
    timed = str(Path(__file__).with_name("steps.py"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "data.npy", np.random.default_rng(0).integers(0, 256, (2048, 28, 28), dtype=np.uint8))
        for what, config, batch in (("conv", conv(), 512), ("mlp", mlp(), 128)):
            model = str(small_models.write(folder / f"{what}.safetensors", config))
            arguments = [timed, model, str(folder / "data.npy"), str(batch), str(o.steps)]
            times: dict[int, list[float]] = {1: [], 2: []}
            for _ in range(o.rounds):
                for processes, found in times.items():
                    found.append(float(jobs.succeed(arguments, processes)[0]))
            one, two = (statistics.median(found) for found in times.values())
            ratios = ", ".join(f"{b / a:.2f}" for a, b in zip(times[1], times[2], strict=True))
            told = f"{what} at batch {batch}: {one:.1f} ms with 1 process, {two:.1f} ms with 2"
            print(f"{told}: a ratio of {two / one:.2f} (of each round: {ratios})", flush=True)


if __name__ == "__main__":
    main()
