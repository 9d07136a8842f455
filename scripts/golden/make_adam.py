#!/usr/bin/env python3
"""Writes test/golden/adam.json: runs of Adam in float64, by Kingma & Ba 2015, algorithm 1, in numpy.

    /usr/bin/python3 scripts/golden/make_adam.py

Each case says the settings, where the run starts (the number of updates made before, θ, m and v), the gradients of its
updates and θ, m and v behind the last one. What goes in is rounded to float32 first, and so are β₁ and β₂: the library
takes them as numbers of 32 bits.
"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parents[2] / "test" / "golden" / "adam.json"
SIZE = 5


def f32(x):
    return np.asarray(x, np.float32).astype(np.float64)


def short(table):
    """Four digits, so that the file stays small."""
    return [[float(f"{x:.4g}") for x in row] for row in table]


def run(*, theta, gradients, alpha=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-7, count=0, m=None, v=None):
    b1, b2 = f32(beta1), f32(beta2)
    m, v = (np.zeros(SIZE).tolist() if x is None else x for x in (m, v))
    case = {"count": count, "theta": theta, "m": m, "v": v, "gradients": gradients}
    theta, m, v = f32(theta), f32(m), f32(v)
    for i, g in enumerate(gradients):
        t = count + i + 1
        g = f32(g)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        m_hat = m / (1 - b1**t)
        v_hat = v / (1 - b2**t)
        theta = theta - alpha * m_hat / (np.sqrt(v_hat) + epsilon)
    settings = {"learningRate": alpha, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    return {"options": settings, **case, "after": {"theta": theta.tolist(), "m": m.tolist(), "v": v.tolist()}}


def main():
    draw = np.random.default_rng(8)

    def noise(steps, decades=0.0):
        """Gradients of sizes that differ by so many powers of ten from one step to the next."""
        size = 10.0 ** draw.uniform(-decades, decades, (steps, 1))
        return short(size * draw.normal(1, 1, (steps, SIZE)))

    start = short(draw.normal(4, 1, (1, SIZE)))[0]
    m, v = short(draw.normal([[0], [1]], [[1], [0.1]], (2, SIZE)))
    late = {"theta": start, "m": m, "v": v, "alpha": 0.1}
    fall = [[1.0] * SIZE, [1e-4] * SIZE]
    cases = {
        "the defaults": run(theta=start, gradients=noise(40)),
        "beta2 = 0, a gradient that falls": run(theta=start, gradients=fall, beta2=0),
        "beta1 = 0, a gradient that falls": run(theta=start, gradients=fall, beta1=0),
        "small betas, sizes far apart": run(theta=start, gradients=noise(40, 3), beta1=1e-3, beta2=1e-4),
        "no memory at all, sizes far apart": run(theta=start, gradients=noise(40, 3), beta1=0, beta2=0),
        "beta1 = 0, past step 242,877": run(**late, gradients=noise(12), beta1=0, count=242_870),
        "beta2 = 0, past step 242,877": run(**late, gradients=noise(12), beta2=0, count=242_870),
        "beta1 = 0.1, near step 16,777,216": run(**late, gradients=noise(12), beta1=0.1, count=16_777_210),
        "the defaults, after a million steps": run(**late, gradients=noise(12), count=1_000_000),
        "between the two forms of the bias correction": run(**late, gradients=noise(60), beta1=0.99, beta2=0.98, count=20),
    }
    OUT.write_text(json.dumps({"source": "scripts/golden/make_adam.py", "cases": cases}) + "\n")


main()
