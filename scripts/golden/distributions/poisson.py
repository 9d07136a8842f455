import math
import random

from golden import f32, gauss, near
from mpmath import exp, log, loggamma, mpf
from rows import elementwise, grid_of
from scipy import stats


def log_p(x, p):
    log_rate = mpf(p["logRate"])
    return x * log_rate - exp(log_rate) - loggamma(x + 1)


def rate(p):
    return exp(mpf(p["logRate"]))


def kl(q, p):
    return rate(q) * (mpf(q["logRate"]) - mpf(p["logRate"])) - rate(q) + rate(p)


def poisson(shape, event_rank, log_rates):
    x = [int(random.uniform(0, 3) * math.exp(l)) for l in log_rates]
    near(
        [log_p(v, {"logRate": l}) for v, l in zip(x, log_rates)],
        stats.poisson.logpmf(x, [math.exp(l) for l in log_rates]),
    )
    return elementwise(
        shape,
        event_rank,
        {"logRate": log_rates},
        x,
        log_p=log_p,
        mean=rate,
        variance=rate,
        kls=[("poisson", {"logRate": gauss(len(log_rates))}, kl)],
    )


def rows():
    return {"small": poisson([3, 4], 1, gauss(12, 1)), "large": poisson([2, 2, 3], 2, [f32(l + 4) for l in gauss(12)])}


def around(mean):
    """0, 1, 2, what is likely, and what is far away."""
    spread = math.sqrt(mean)
    likely = [math.floor(mean + k * spread) for k in (-3, -1, 0, 0.5, 2, 6)]
    return sorted({k for k in [0, 1, 2, 30, 1000, 10**6, *likely] if 0 <= k <= 2**24})


def grid_over(means):
    return grid_of(
        {"logRate": [f32(math.log(m)) for m in means]},
        lambda p: around(math.exp(p["logRate"])),
        log_p=log_p,
        gradients={"logRate": lambda x, p: x - rate(p)},
        scale=lambda x, p: rate(p),
    )


def grid():
    return {
        "poisson": grid_over([1e-6, 1e-3, 0.1, 1, 3, 10, 100, 1e3, 1e4]),
        "large": grid_over([1e5, 1e6, 1e7]),
    }
