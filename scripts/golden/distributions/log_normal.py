import random

import numpy as np
from golden import f32, gauss, near
from make_golden import normal_entropy, normal_kl, normal_log_density
from mpmath import exp, log, mpf
from rows import elementwise, grid_of
from scipy import stats


def both(p):
    return mpf(p["mean"]), mpf(p["scale"])


def log_p(x, p):
    m, s = both(p)
    return normal_log_density(log(mpf(x)), m, s**2) - log(mpf(x))


def error(x, p):
    m, s = both(p)
    return (log(mpf(x)) - m) / s**2


def kl(q, p):
    return normal_kl(both(q)[0], both(q)[1] ** 2, both(p)[0], both(p)[1] ** 2)


def parameters(n):
    return {"mean": gauss(n, 0.5), "scale": [f32(random.uniform(0.2, 0.7)) for _ in range(n)]}


def rows():
    params = parameters(6)
    x = [f32(np.exp(v)) for v in gauss(6)]
    points = [dict(zip(params, values)) for values in zip(*params.values())]
    near(
        [log_p(v, p) for v, p in zip(x, points)],
        [stats.lognorm.logpdf(v, p["scale"], scale=np.exp(p["mean"])) for v, p in zip(x, points)],
    )
    return {
        "logNormal": elementwise(
            [3, 2],
            1,
            params,
            x,
            log_p=log_p,
            mean=lambda p: exp(both(p)[0] + both(p)[1] ** 2 / 2),
            variance=lambda p: (exp(both(p)[1] ** 2) - 1) * exp(2 * both(p)[0] + both(p)[1] ** 2),
            entropy=lambda p: normal_entropy(both(p)[1] ** 2) + both(p)[0],
            kls=[("logNormal", parameters(6), kl)],
        )
    }


def grid():
    return {
        "logNormal": grid_of(
            {"mean": [-20, 0, 5], "scale": [f32(0.1), 1, 5]},
            [f32(v) for v in (1e-30, 1e-6, 0.5, 1, 30, 1e6)],
            log_p=log_p,
            gradients={
                "mean": error,
                "scale": lambda x, p: both(p)[1] * error(x, p) ** 2 - 1 / both(p)[1],
                "x": lambda x, p: -(error(x, p) + 1) / mpf(x),
            },
        )
    }
