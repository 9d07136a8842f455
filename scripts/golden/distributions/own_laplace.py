import random

from golden import f32, gauss, near
from mpmath import exp, log, mp, mpf
from rows import elementwise
from scipy import stats


def log_p(x, p):
    scale = mpf(p["scale"])
    return -abs(mpf(x) - mpf(p["location"])) / scale - log(2 * scale)


def kl(q, p):
    """Gil, Alajaji and Linder 2013, table 2."""
    b, c, distance = mpf(q["scale"]), mpf(p["scale"]), abs(mpf(q["location"]) - mpf(p["location"]))
    return log(c / b) + distance / c + b / c * exp(-distance / b) - 1


def parameters(n):
    return {"location": gauss(n), "scale": [f32(random.uniform(0.3, 2)) for _ in range(n)]}


def rows():
    params, x = parameters(6), gauss(6, 1.5)
    near(
        [log_p(v, {"location": m, "scale": b}) for v, m, b in zip(x, *params.values())],
        stats.laplace.logpdf(x, params["location"], params["scale"]),
    )
    return {
        "laplace": elementwise(
            [3, 2],
            1,
            params,
            x,
            log_p=log_p,
            mean=lambda p: mpf(p["location"]),
            variance=lambda p: 2 * mpf(p["scale"]) ** 2,
            entropy=lambda p: log(2 * mp.e * mpf(p["scale"])),
            kls=[("laplace", parameters(6), kl)],
        )
    }
