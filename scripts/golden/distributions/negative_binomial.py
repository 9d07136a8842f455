import math
import random

from distributions.poisson import around
from golden import f32, gauss, near
from mpmath import digamma, exp, log, loggamma, mpf
from rows import elementwise, grid_of
from scipy import stats


def mean(p):
    return exp(mpf(p["logMean"]))


def size(p):
    return exp(mpf(p["logDispersion"]))


def log_p(x, p):
    m, r = mean(p), size(p)
    return loggamma(x + r) - loggamma(r) - loggamma(x + 1) + r * log(r / (r + m)) + x * log(m / (r + m))


def by_log_mean(x, p):
    m, r = mean(p), size(p)
    return r * (x - m) / (r + m)


def by_log_dispersion(x, p):
    m, r = mean(p), size(p)
    return r * (digamma(x + r) - digamma(r) + log(r / (r + m)) + 1 - (x + r) / (r + m))


def mixed(p):
    """The share of zeros that are no counts."""
    return 1 / (1 + exp(-mpf(p["zeroLogits"])))


def inflated_log_p(x, p):
    share = mixed(p)
    counted = (1 - share) * exp(log_p(x, p))
    return log(share + counted) if x == 0 else log(1 - share) + log_p(x, p)


def inflated(x, p):
    """The probability that a 0 is one of those that are no counts."""
    return mixed(p) / exp(inflated_log_p(x, p)) if x == 0 else mpf(0)


def variance(p):
    return mean(p) + mean(p) ** 2 / size(p)


def draws(log_means):
    return [int(random.uniform(0, 1) ** 2 * 4 * math.exp(l)) for l in log_means]


def rows():
    def row(shape, event_rank, dispersion, extra={}, **functions):
        log_means = gauss(math.prod(shape), 1.5)
        params = {"logMean": log_means, "logDispersion": dispersion, **extra}
        return elementwise(shape, event_rank, params, draws(log_means), **functions)

    usual = {"log_p": log_p, "mean": mean, "variance": variance}
    m, r = 3.7, 0.8
    near(
        [log_p(k, {"logMean": log(mpf(m)), "logDispersion": log(mpf(r))}) for k in range(9)],
        stats.nbinom.logpmf(range(9), r, r / (r + m)),
    )
    zeros = {
        "log_p": inflated_log_p,
        "mean": lambda p: (1 - mixed(p)) * mean(p),
        "variance": lambda p: (1 - mixed(p)) * (variance(p) + mixed(p) * mean(p) ** 2),
    }
    dispersion = gauss(4, 1)
    per_column = row([3, 4], 1, dispersion * 3, **usual)
    per_column["params"]["logDispersion"] = dispersion
    return {
        "perElement": row([3, 4], 1, gauss(12, 1), **usual),
        "perColumn": per_column,
        "scalar": row([2, 2, 3], 2, [f32(0.7)], **usual),
        "inflated": row([3, 4], 1, gauss(12, 1), {"zeroLogits": gauss(12, 1)}, **zeros),
    }


def grid():
    def logs(*values):
        return [f32(math.log(v)) for v in values]

    def counts(p):
        return around(math.exp(p["logMean"]))

    gradients = {"logMean": by_log_mean, "logDispersion": by_log_dispersion}
    return {
        "negativeBinomial": grid_of(
            {"logMean": logs(1e-6, 0.1, 3, 100, 1e4), "logDispersion": logs(1e-4, 0.03, 1, 20, 1e4, 1e9)},
            counts,
            log_p=log_p,
            gradients=gradients,
            scale=lambda x, p: mean(p),
        ),
        "zeroInflated": grid_of(
            {
                "logMean": logs(1e-6, 3, 1e4),
                "logDispersion": logs(1e-4, 1, 1e9),
                "zeroLogits": [f32(l) for l in (-100, -3, 0.5, 20)],
            },
            lambda p: [0, 1, math.floor(math.exp(p["logMean"])) + 7],
            log_p=inflated_log_p,
            gradients={
                **{k: (lambda x, p, f=f: (1 - inflated(x, p)) * f(x, p)) for k, f in gradients.items()},
                "zeroLogits": lambda x, p: inflated(x, p) - mixed(p),
            },
            scale=lambda x, p: mean(p),
        ),
    }
