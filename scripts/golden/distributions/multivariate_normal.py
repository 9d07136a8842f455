import random

import numpy as np
from golden import f32, gauss, near, reshaped
from mpmath import log, matrix, mp, mpf, pi
from rows import row
from scipy import stats


def covariance(p):
    factor = matrix(p["scaleTril"])
    return factor * factor.T


def log_p(x, p):
    error = matrix(x) - matrix(p["mean"])
    squares = (error.T * covariance(p) ** -1 * error)[0]
    return -(squares + log(mp.det(covariance(p))) + len(x) * log(2 * pi)) / 2


def kl_to_standard(p, _):
    mean, sigma = matrix(p["mean"]), covariance(p)
    trace = sum(sigma[i, i] for i in range(len(mean)))
    return (trace + (mean.T * mean)[0] - len(mean) - log(mp.det(sigma))) / 2


def rows():
    """Two numbers that depend on each other: a parameter with more axes than the event."""
    mean = reshaped(gauss(6), [3, 2])
    factors = [
        [[f32(random.uniform(0.5, 1.5)), 0], [f32(random.gauss(0, 0.7)), f32(random.uniform(0.5, 1.5))]] for _ in mean
    ]
    params, x = {"mean": mean, "scaleTril": factors}, reshaped(gauss(6, 1.5), [3, 2])
    near(
        [log_p(v, {"mean": m, "scaleTril": f}) for v, m, f in zip(x, mean, factors)],
        [stats.multivariate_normal.logpdf(v, m, np.array(f) @ np.array(f).T) for v, m, f in zip(x, mean, factors)],
    )
    return {
        "multivariateNormal": row(
            [3],
            params,
            x,
            log_p=log_p,
            mean=lambda p: p["mean"],
            variance=lambda p: [covariance(p)[i, i] for i in range(2)],
            entropy=lambda p: log(mp.det(2 * pi * mp.e * covariance(p))) / 2,
            kls=[("standard", {}, kl_to_standard)],
        )
    }
