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
    return gaussian_kl(matrix(p["mean"]), covariance(p), [mpf(1)] * len(p["mean"]))


def gaussian_kl(error, sigma, variances, log_det=None):
    """To a Gaussian of independent elements, from the difference of the means; log|Σ| where it is known."""
    log_det = log(mp.det(sigma)) if log_det is None else log_det
    squares = sum((sigma[i, i] + error[i] ** 2) / v for i, v in enumerate(variances))
    return (squares - len(error) + sum(map(log, variances)) - log_det) / 2


def kl_to_normal(p, other):
    variances = [mpf(s) ** 2 if "scale" in other else mp.exp(mpf(s)) for s in other.get("scale", other.get("logVar"))]
    return gaussian_kl(matrix(p["mean"]) - matrix(other["mean"]), covariance(p), variances)


def lower(size):
    return [
        [f32(random.gauss(0, 0.7)) if j < i else f32(random.uniform(0.5, 1.5)) if j == i else 0 for j in range(size)]
        for i in range(size)
    ]


def checked(params, x, batch):
    pairs = [(v, m, f) for v, m, f in zip(x, params["mean"], params["scaleTril"])] if batch else []
    near(
        [log_p(v, {"mean": m, "scaleTril": f}) for v, m, f in pairs],
        [stats.multivariate_normal.logpdf(v, m, np.array(f) @ np.array(f).T) for v, m, f in pairs],
    )


def full(lead, size, kls):
    count = int(np.prod(lead))
    mean = reshaped(gauss(count * size), [*lead, size])
    factors = reshaped([lower(size) for _ in range(count)], lead)
    params, x = {"mean": mean, "scaleTril": factors}, reshaped(gauss(count * size, 1.5), [*lead, size])
    checked(params, x, len(lead) == 1)
    return row(
        lead,
        params,
        x,
        log_p=log_p,
        mean=lambda p: p["mean"],
        variance=lambda p: [covariance(p)[i, i] for i in range(size)],
        entropy=lambda p: log(mp.det(2 * pi * mp.e * covariance(p))) / 2,
        kls=kls(lead, size),
    )


def normal_kls(lead, size):
    """To the independent Gaussians with which it has a closed KL."""
    count = int(np.prod(lead)) * size

    def shaped(numbers):
        return reshaped(numbers, [*lead, size])

    return [
        ("standard", {}, kl_to_standard),
        ("logVar", {"mean": shaped(gauss(count)), "logVar": shaped(gauss(count))}, kl_to_normal),
        (
            "scale",
            {"mean": shaped(gauss(count)), "scale": shaped([f32(random.uniform(0.3, 2)) for _ in range(count)])},
            kl_to_normal,
        ),
    ]


def rows():
    """Numbers that depend on each other: a parameter with more axes than the event."""
    # As it was first drawn, so that its numbers stay: a distribution of the tests themselves.
    mean = reshaped(gauss(6), [3, 2])
    factors = [
        [[f32(random.uniform(0.5, 1.5)), 0], [f32(random.gauss(0, 0.7)), f32(random.uniform(0.5, 1.5))]] for _ in mean
    ]
    params, x = {"mean": mean, "scaleTril": factors}, reshaped(gauss(6, 1.5), [3, 2])
    checked(params, x, True)
    own = row(
        [3],
        params,
        x,
        log_p=log_p,
        mean=lambda p: p["mean"],
        variance=lambda p: [covariance(p)[i, i] for i in range(2)],
        entropy=lambda p: log(mp.det(2 * pi * mp.e * covariance(p))) / 2,
        kls=[("standard", {}, kl_to_standard)],
    )
    return {
        "multivariateNormal": own,
        "plane": full([3], 2, normal_kls),
        "samples": full([2, 2], 2, lambda lead, size: [("standard", {}, kl_to_standard)]),
    }


SIZE = 64


def entry(i, seed):
    """Numbers that float32 holds, which test/distributions/correlated.test.ts makes again."""
    return mpf((i * 7919 + seed * 104729) % 2001 - 1000) / 1024


def power(i, seed, most):
    """A power of 2 from 2^-most to 2^most."""
    return mpf(2) ** ((i * 7 + seed) % (2 * most + 1) - most)


def wide(spread, most):
    """Mean, Cholesky factor and a value in 64 dimensions."""
    lower = matrix(SIZE, SIZE)
    for i in range(SIZE):
        for j in range(i):
            lower[i, j] = spread * entry(i * SIZE + j, 2)
        lower[i, i] = power(i, 3, most)
    return matrix([2 * entry(i, 1) for i in range(SIZE)]), lower, matrix([entry(i, 5) for i in range(SIZE)])


def grid():
    """KLs in 64 dimensions, their gradients by the mean and the diagonal, and log p of a value where L is tame."""
    prior_mean = matrix([entry(i, 6) for i in range(SIZE)])
    prior_scale = [power(i, 4, 3) for i in range(SIZE)]
    out = {}
    for name, spread, most in [("narrow", mpf(1) / 32, 1), ("usual", mpf(1), 4), ("wide", mpf(32), 6)]:
        mean, lower, x = wide(spread, most)
        log_det = 2 * sum(log(lower[i, i]) for i in range(SIZE))
        sigma = {(i, i): sum(lower[i, j] ** 2 for j in range(i + 1)) for i in range(SIZE)}
        variances = [s**2 for s in prior_scale]
        out[name] = {
            "spread": spread,
            "most": most,
            "standard": gaussian_kl(mean, sigma, [mpf(1)] * SIZE, log_det),
            "normal": gaussian_kl(mean - prior_mean, sigma, variances, log_det),
            "byMean": [(mean[i] - prior_mean[i]) / variances[i] for i in range(SIZE)],
            "byDiagonal": [lower[i, i] / variances[i] - 1 / lower[i, i] for i in range(SIZE)],
        }
        if name == "narrow":
            y = mp.lu_solve(lower, x - mean)
            out[name]["logProb"] = -(y.T * y)[0] / 2 - log_det / 2 - SIZE * log(2 * pi) / 2
            out[name]["byX"] = list(-mp.lu_solve(lower.T, y))
    return out
