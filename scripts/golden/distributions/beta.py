import random

from golden import f32, near
from mpmath import digamma, log, loggamma, mpf
from rows import elementwise, grid_of
from scipy import stats


def shapes(p):
    return mpf(p["alpha"]), mpf(p["beta"])


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def log_p(x, p):
    a, b = shapes(p)
    return (a - 1) * log(mpf(x)) + (b - 1) * log(1 - mpf(x)) - log_beta(a, b)


def by_x(x, p):
    a, b = shapes(p)
    return (a - 1) / mpf(x) - (b - 1) / (1 - mpf(x))


def entropy(p):
    a, b = shapes(p)
    return log_beta(a, b) - (a - 1) * digamma(a) - (b - 1) * digamma(b) + (a + b - 2) * digamma(a + b)


def variance(p):
    a, b = shapes(p)
    return a * b / ((a + b) ** 2 * (a + b + 1))


def uniform(n, low, high):
    return [f32(random.uniform(low, high)) for _ in range(n)]


def beta(params):
    return elementwise(
        [3, 2],
        1,
        params,
        uniform(6, 0.05, 0.95),
        log_p=log_p,
        mean=lambda p: shapes(p)[0] / sum(shapes(p)),
        variance=variance,
        entropy=entropy,
    )


def rows():
    params, x = {"alpha": uniform(6, 1.2, 9), "beta": uniform(6, 1.2, 9)}, uniform(6, 0.05, 0.95)
    points = [dict(zip(params, values)) for values in zip(*params.values())]
    near([log_p(v, p) for v, p in zip(x, points)], [stats.beta.logpdf(v, p["alpha"], p["beta"]) for v, p in zip(x, points)])
    near([entropy(p) for p in points], [stats.beta.entropy(p["alpha"], p["beta"]) for p in points])
    return {"beta": beta(params), "scalarBeta": beta({"alpha": uniform(6, 1.2, 9), "beta": [2.5]})}


def grid():
    sizes = [f32(v) for v in (1e-3, 0.3, 1, 20, 1e5)]
    return {
        "beta": grid_of(
            {"alpha": sizes, "beta": [*sizes, 10]},
            [f32(v) for v in (1e-20, 1e-6, 0.1, 0.5, 0.9, 0.9999)] + [1 - 2**-24],
            log_p=log_p,
            gradients={
                "alpha": lambda x, p: log(mpf(x)) - digamma(shapes(p)[0]) + digamma(sum(shapes(p))),
                "beta": lambda x, p: log(1 - mpf(x)) - digamma(shapes(p)[1]) + digamma(sum(shapes(p))),
                "x": by_x,
            },
        )
    }
