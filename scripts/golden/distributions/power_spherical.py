import random

import numpy as np
from distributions.sphere import entropy, log_norm, log_surface, shapes, unit
from golden import f32, near
from mpmath import cos, exp, log, mpf, pi, polygamma, quad, sin
from rows import grid_of, row


def closeness(x, mean):
    """`log((1 + t)/2)` from the distance of two vectors, whose numbers are rounded: t is the cosine."""
    gap = sum((mpf(a) - mpf(b)) ** 2 for a, b in zip(x, mean)) / 4
    return log(1 - gap) if gap < 0.5 else log(sum((mpf(a) + mpf(b)) ** 2 for a, b in zip(x, mean)) / 4)


def log_p(x, p):
    kappa = mpf(p["concentration"])
    return log_norm(kappa, len(x)) + kappa * (log(2) + closeness(x, p["mean"]))


def moments(p):
    """E[t] and E[t²] of the cosine, from those of a Beta."""
    a, b = shapes(p["concentration"], len(p["mean"]))
    mean = a / (a + b)
    square = a * (a + 1) / ((a + b) * (a + b + 1))
    return 2 * mean - 1, 4 * square - 4 * mean + 1


def variance(p):
    mean, square = moments(p)
    across = (1 - square) / (len(p["mean"]) - 1)
    return [(square - mean**2) * mpf(m) ** 2 + across * (1 - mpf(m) ** 2) for m in p["mean"]]


def kl(concentration, size):
    return log_surface(size) - entropy(concentration, size)


def power_spherical(size, concentrations):
    params = {"mean": [unit(size) for _ in concentrations], "concentration": concentrations}
    x = [unit(size) for _ in concentrations]
    return row(
        [len(concentrations)],
        params,
        x,
        log_p=log_p,
        mean=lambda p: [moments(p)[0] * mpf(m) for m in p["mean"]],
        variance=variance,
        entropy=lambda p: entropy(p["concentration"], size),
        kls=[("sphereUniform", {}, lambda q, p: kl(q["concentration"], size))],
    )


def rows():
    # The density on the circle and on the sphere, by quadrature over the angle.
    for kappa in (0.3, 4, 30):
        for size, ring in ((2, lambda t: 2), (3, lambda t: 2 * pi * sin(t))):
            total = quad(lambda t: ring(t) * exp(log_norm(kappa, size) + kappa * log(1 + cos(t))), [0, 0.5, pi])
            near([total], [1])
    return {
        "sphere": power_spherical(3, [f32(v) for v in (0.5, 3, 12)]),
        "circle": power_spherical(2, [f32(v) for v in (1.5, 4)]),
    }


def by_points(size):
    """x is the cosine to e₁; what is left is along e₂."""

    def sine(x):
        return f32(np.sqrt(max(0.0, 1 - x * x)))

    def vectors(x):
        rest = [0] * (size - 2)
        return [x, sine(x), *rest], [1, 0, *rest]

    def slope(x, p):
        a, b = shapes(p["concentration"], size)
        level = polygamma(0, a + b) - polygamma(0, a)
        return level + closeness(*vectors(x))

    def by_x(x, p):
        gap = ((mpf(x) - 1) ** 2 + mpf(sine(x)) ** 2) / 4
        top = (mpf(x) - 1) / (gap - 1) if gap < 0.5 else (mpf(x) + 1) / (((mpf(x) + 1) ** 2 + mpf(sine(x)) ** 2) / 4)
        return mpf(p["concentration"]) / 2 * top

    xs = [f32(v) for v in (1, 0.9999999, 0.9999, 0.9, 0.3, 0, -0.5, -0.999, -0.999999)]
    points = grid_of(
        {"concentration": [f32(v) for v in (0.01, 1, 30, 1e3, 1e4)]},
        xs,
        log_p=lambda x, p: log_p(vectors(x)[0], {**p, "mean": vectors(x)[1]}),
        gradients={"concentration": slope, "x": by_x},
    )
    return {**points, "sines": [sine(x) for x in points["x"]]}


def kls(size):
    def slope(_, p):
        a, b = shapes(p["concentration"], size)
        return mpf(p["concentration"]) * (polygamma(1, a) - polygamma(1, a + b))

    return grid_of(
        {"concentration": [f32(v) for v in (0.01, 0.3, 1, 5, 30, 200, 1e3, 1e4)]},
        [0],
        log_p=lambda _, p: kl(p["concentration"], size),
        gradients={"concentration": slope},
    )


def grid():
    sizes = (2, 3, 10, 64)
    return {f"size{d}": by_points(d) for d in sizes} | {f"kl{d}": kls(d) for d in sizes}
