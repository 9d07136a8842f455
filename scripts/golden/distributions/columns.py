import random

from distributions import laplace, logistic
from golden import f32, gauss, reshaped
from mpmath import exp, log, mp, mpf, pi
from rows import row

# Powers of 2, so that values in these units are exact.
UNITS = {"height": (16, 4), "weight": (0, 0.5), "age": (0, 1)}


def normal(x, p):
    return -(((mpf(x) - mpf(p["mean"])) / mpf(p["scale"])) ** 2 + log(2 * pi)) / 2 - log(mpf(p["scale"]))


MEMBERS = {
    # log-density, the place, the variance and the entropy of each column in its own units
    "height": (normal, "mean", lambda p: mpf(p["scale"]) ** 2, lambda p: log(2 * pi * mp.e * mpf(p["scale"]) ** 2) / 2),
    "weight": (laplace.log_p, "loc", lambda p: 2 * mpf(p["scale"]) ** 2, lambda p: log(2 * mp.e * mpf(p["scale"]))),
    "age": (logistic.log_p, "loc", lambda p: pi**2 / 3 * mpf(p["scale"]) ** 2, lambda p: log(mpf(p["scale"])) + 2),
}


def of(params, name):
    """The parameters of a column, of one row."""
    return {k.split("/")[1]: v[0] for k, v in params.items() if k.startswith(f"{name}/")}


def over(f):
    return lambda p: [f(name, member, of(p, name), *UNITS[name]) for name, member in MEMBERS.items()]


def rows():
    params, count = {}, 2
    for name, (_, place, _, _) in MEMBERS.items():
        params[f"{name}/{place}"] = reshaped(gauss(count), [count, 1])
        params[f"{name}/scale"] = [[f32(random.uniform(0.3, 2))] for _ in range(count)]
    x = [[f32(c + s * random.gauss(0, 1.5)) for c, s in UNITS.values()] for _ in range(count)]

    def log_p(value, p):
        each = zip(value, MEMBERS.items())
        return sum(
            density((mpf(v) - UNITS[name][0]) / UNITS[name][1], of(p, name)) - log(mpf(UNITS[name][1]))
            for v, (name, (density, *_)) in each
        )

    return {
        "reals": row(
            [count],
            params,
            x,
            log_p=log_p,
            mean=over(lambda name, member, p, centre, spread: centre + spread * mpf(p[member[1]])),
            variance=over(lambda name, member, p, centre, spread: spread**2 * member[2](p)),
            entropy=lambda p: sum(over(lambda name, member, q, centre, spread: member[3](q) + log(mpf(spread)))(p)),
        )
    }
