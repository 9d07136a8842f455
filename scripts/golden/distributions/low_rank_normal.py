import random

import numpy as np
from distributions.multivariate_normal import SIZE, entry, gaussian_kl, normal_kls, power
from golden import f32, gauss, near, reshaped
from mpmath import diag, exp, log, matrix, mp, mpf, pi
from rows import row
from scipy import stats


def covariance(p):
    factor = matrix(p["factor"])
    return diag([mpf(s) ** 2 for s in p["scale"]]) + factor * factor.T


def log_p(x, p):
    error = matrix(x) - matrix(p["mean"])
    squares = (error.T * covariance(p) ** -1 * error)[0]
    return -(squares + log(mp.det(covariance(p))) + len(x) * log(2 * pi)) / 2


def kl(p, other):
    size = len(p["mean"])
    means = [mpf(m) for m in other.get("mean", [0] * size)]
    if "logVar" in other:
        variances = [exp(mpf(v)) for v in other["logVar"]]
    else:
        variances = [mpf(s) ** 2 for s in other.get("scale", [1] * size)]
    return gaussian_kl(matrix(p["mean"]) - matrix(means), covariance(p), variances)


def low_rank(lead, size, rank):
    count = int(np.prod(lead))
    params = {
        "mean": reshaped(gauss(count * size), [*lead, size]),
        "scale": reshaped([f32(random.uniform(0.4, 1.5)) for _ in range(count * size)], [*lead, size]),
        "factor": reshaped(gauss(count * size * rank, 0.8), [*lead, size, rank]),
    }
    x = reshaped(gauss(count * size, 1.5), [*lead, size])
    if len(lead) == 1:
        examples = [dict(zip(params, values)) for values in zip(*params.values())]
        near(
            [log_p(v, p) for v, p in zip(x, examples)],
            [
                stats.multivariate_normal.logpdf(
                    v, p["mean"], np.diag(np.square(p["scale"])) + np.array(p["factor"]) @ np.array(p["factor"]).T
                )
                for v, p in zip(x, examples)
            ],
        )
    return row(
        lead,
        params,
        x,
        log_p=log_p,
        mean=lambda p: p["mean"],
        variance=lambda p: [covariance(p)[i, i] for i in range(size)],
        entropy=lambda p: log(mp.det(2 * pi * mp.e * covariance(p))) / 2,
        kls=[(name, others, kl) for name, others, _ in normal_kls(lead, size)],
    )


def rows():
    return {"one": low_rank([3], 2, 1), "three": low_rank([2], 2, 3), "samples": low_rank([2, 2], 2, 2)}


def grid():
    """KLs in 64 dimensions, log p of a value, and their gradients."""
    prior_mean = matrix([entry(i, 6) for i in range(SIZE)])
    variances = [power(i, 4, 3) ** 2 for i in range(SIZE)]
    out = {}
    for name, rank, spread, most in [("one", 1, mpf(1), 4), ("ten", 10, mpf(1) / 32, 4), ("wide", 10, mpf(4), 4)]:
        mean = matrix([2 * entry(i, 1) for i in range(SIZE)])
        x = matrix([entry(i, 5) for i in range(SIZE)])
        scale = [power(i, 3, most) for i in range(SIZE)]
        factor = matrix(SIZE, rank)
        for i in range(SIZE):
            for k in range(rank):
                factor[i, k] = spread * entry(i * rank + k, 2)
        sigma = diag([s**2 for s in scale]) + factor * factor.T
        inverse, log_det = sigma**-1, log(mp.det(sigma))
        w = inverse * (x - mean)
        log_p_x = -(((x - mean).T * w)[0] + log_det + SIZE * log(2 * pi)) / 2
        last = factor[:, rank - 1]
        solved, along = inverse * last, (w.T * last)[0]
        out[name] = {
            "rank": rank,
            "spread": spread,
            "most": most,
            "standard": gaussian_kl(mean, sigma, [mpf(1)] * SIZE, log_det),
            "normal": gaussian_kl(mean - prior_mean, sigma, variances, log_det),
            "byScale": [scale[i] / variances[i] - scale[i] * inverse[i, i] for i in range(SIZE)],
            "byFactor": [last[i] / variances[i] - solved[i] for i in range(SIZE)],
            "logProb": log_p_x,
            "byX": list(-w),
            "logProbByScale": [scale[i] * (w[i] ** 2 - inverse[i, i]) for i in range(SIZE)],
            "logProbByFactor": [w[i] * along - solved[i] for i in range(SIZE)],
        }
    return out
