import math
import random

from golden import f32, gauss, near
from mpmath import exp, log, mpf, pi, tanh
from rows import elementwise, grid_of
from scipy import stats


def log_p(x, p):
    u = (mpf(x) - mpf(p["loc"])) / mpf(p["scale"])
    return -u - 2 * log(1 + exp(-u)) - log(mpf(p["scale"]))


def logistic(shape, event_rank, params):
    return elementwise(
        shape,
        event_rank,
        params,
        gauss(math.prod(shape), 1.5),
        log_p=log_p,
        mean=lambda p: mpf(p["loc"]),
        variance=lambda p: pi**2 / 3 * mpf(p["scale"]) ** 2,
        entropy=lambda p: log(mpf(p["scale"])) + 2,
    )


def slope(x, p):
    return tanh((mpf(x) - mpf(p["loc"])) / mpf(p["scale"]) / 2) / mpf(p["scale"])


def rows():
    near([log_p(1.5, {"loc": 0.2, "scale": 0.7})], [stats.logistic.logpdf(1.5, 0.2, 0.7)])
    return {
        "byElement": logistic([3, 2], 1, {"loc": gauss(6), "scale": [f32(random.uniform(0.3, 2)) for _ in range(6)]}),
        "scalarScale": logistic([2, 2, 3], 2, {"loc": gauss(12), "scale": [f32(0.7)]}),
    }


def grid():
    def by_scale(x, p):
        u = (mpf(x) - mpf(p["loc"])) / mpf(p["scale"])
        return (u * tanh(u / 2) - 1) / mpf(p["scale"])

    return {
        "logistic": grid_of(
            {"loc": [f32(v) for v in (0, 1, -20, 1e3)], "scale": [f32(v) for v in (1e-3, 0.03, 1, 50, 1e3)]},
            lambda p: [f32(p["loc"] + f32(k * p["scale"])) for k in (0, 1e-3, -0.9, 1.6, 30, -300)],
            log_p=log_p,
            gradients={"loc": slope, "scale": by_scale, "x": lambda x, p: -slope(x, p)},
        )
    }
