import random

from golden import f32, gauss, near
from mpmath import exp, log, mp, mpf, pi, sign
from rows import elementwise, grid_of
from scipy import stats


def log_p(x, p):
    scale = mpf(p["scale"])
    return -abs(mpf(x) - mpf(p["loc"])) / scale - log(2 * scale)


def kl(q, p):
    """Gil, Alajaji and Linder 2013, table 2."""
    b, c, distance = mpf(q["scale"]), mpf(p["scale"]), abs(mpf(q["loc"]) - mpf(p["loc"]))
    return log(c / b) + distance / c + b / c * exp(-distance / b) - 1


def kl_to_normal(q, p):
    b, variance = mpf(q["scale"]), exp(mpf(p["logVar"])) if "logVar" in p else mpf(p.get("scale", 1)) ** 2
    distance = mpf(q["loc"]) - mpf(p.get("mean", 0))
    return -log(2 * b) - 1 + log(2 * pi * variance) / 2 + (2 * b**2 + distance**2) / (2 * variance)


def parameters(n):
    return {"loc": gauss(n), "scale": [f32(random.uniform(0.3, 2)) for _ in range(n)]}


def laplace(shape, event_rank, params, x, others):
    return elementwise(
        shape,
        event_rank,
        params,
        x,
        log_p=log_p,
        mean=lambda p: mpf(p["loc"]),
        variance=lambda p: 2 * mpf(p["scale"]) ** 2,
        entropy=lambda p: log(2 * mp.e * mpf(p["scale"])),
        kls=others,
    )


def rows():
    params, x = parameters(6), gauss(6, 1.5)
    near(
        [log_p(v, {"loc": m, "scale": b}) for v, m, b in zip(x, *params.values())],
        stats.laplace.logpdf(x, params["loc"], params["scale"]),
    )
    near([kl_to_normal({"loc": 0.7, "scale": 0.4}, {"mean": 0.2, "scale": 1.5})], [quadrature(0.7, 0.4, 0.2, 1.5)])
    scalar = {"loc": gauss(12), "scale": [f32(0.7)]}
    # A neighbour: the textbook form of the KL has no digit left here.
    close = {"loc": [f32(v + 1e-4) for v in params["loc"]], "scale": [f32(v * 1.0002) for v in params["scale"]]}
    return {
        "byElement": laplace(
            [3, 2],
            1,
            params,
            x,
            [
                ("laplace", parameters(6), kl),
                ("close", close, kl),
                ("logVar", {"mean": gauss(6), "logVar": gauss(6)}, kl_to_normal),
                ("scale", {"mean": gauss(6), "scale": [f32(random.uniform(0.3, 2)) for _ in range(6)]}, kl_to_normal),
                ("standard", {"logVar": [0.0]}, kl_to_normal),
            ],
        ),
        "scalarScale": laplace(
            [2, 2, 3],
            2,
            scalar,
            gauss(12, 1.5),
            [("laplace", parameters(12), kl), ("standard", {"logVar": [0.0]}, kl_to_normal)],
        ),
    }


def quadrature(loc, scale, mean, sigma):
    """KL to a Normal by numbers, in float64."""
    mpf_q = {"loc": loc, "scale": scale}
    density = lambda x: exp(log_p(x, mpf_q)) * (log_p(x, mpf_q) + ((x - mean) / sigma) ** 2 / 2 + log(2 * pi * sigma**2) / 2)
    return float(mp.quad(density, [-30, loc, 30]))


def grid():
    return {
        "laplace": grid_of(
            {"loc": [f32(v) for v in (0, 1, -20, 1e3)], "scale": [f32(v) for v in (1e-3, 0.03, 1, 50, 1e3)]},
            lambda p: [f32(p["loc"] + f32(k * p["scale"])) for k in (0, 1e-3, -0.9, 1.1, 30, -300)],
            log_p=log_p,
            gradients={
                "loc": lambda x, p: sign(mpf(x) - mpf(p["loc"])) / mpf(p["scale"]),
                "scale": lambda x, p: (abs(mpf(x) - mpf(p["loc"])) / mpf(p["scale"]) - 1) / mpf(p["scale"]),
                "x": lambda x, p: -sign(mpf(x) - mpf(p["loc"])) / mpf(p["scale"]),
            },
        )
    }
