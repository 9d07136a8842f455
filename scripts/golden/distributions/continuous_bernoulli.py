import random

import numpy as np
from golden import f32, gauss, near
from mpmath import exp, log, mpf, sinh
from rows import elementwise, grid_of
from scipy import integrate


def log_norm(l):
    """`log ∫ e^(lx) dx` over [0, 1]."""
    l = mpf(l)
    return log((exp(l) - 1) / l) if l else mpf(0)


def log_p(x, p):
    return mpf(p["logits"]) * mpf(x) - log_norm(p["logits"])


def mean(p):
    """`1/(1 − e^(−l)) − 1/l`."""
    l = mpf(p["logits"])
    return 1 / (1 - exp(-l)) - 1 / l if l else mpf(1) / 2


def variance(p):
    l = mpf(p["logits"])
    return 1 / l**2 - 1 / (4 * sinh(l / 2) ** 2) if l else mpf(1) / 12


def entropy(p):
    return log_norm(p["logits"]) - mpf(p["logits"]) * mean(p)


def rows():
    logits = [*gauss(10, 2), 0, f32(1e-3)]
    for l in logits:
        density = lambda x: np.exp(l * x)
        total = integrate.quad(density, 0, 1)[0]
        near([log_norm(l), mean({"logits": l})], [np.log(total), integrate.quad(lambda x: x * density(x), 0, 1)[0] / total])
    return {
        "continuousBernoulli": elementwise(
            [3, 4],
            1,
            {"logits": logits},
            [f32(random.random()) for _ in range(12)],
            log_p=log_p,
            mean=mean,
            variance=variance,
            entropy=entropy,
        )
    }


def grid():
    logits = [f32(s * v) for v in (1e-8, 1e-4, 0.1, 1, 1.99, 2.01, 10, 50, 200) for s in (1, -1)]
    return {
        "continuousBernoulli": grid_of(
            {"logits": [0, *logits]},
            [0, f32(1e-6), f32(0.1), 0.5, f32(0.9), 1],
            log_p=log_p,
            gradients={"logits": lambda x, p: mpf(x) - mean(p), "x": lambda x, p: mpf(p["logits"])},
        )
    }
