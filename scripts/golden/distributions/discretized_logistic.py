import math
import random

from golden import f32, gauss, near
from mpmath import exp, log, mpf
from rows import elementwise, grid_of
from scipy import stats


def sigmoid(u):
    """Without the loss of 1 − (1 − tiny)."""
    return 1 / (1 + exp(-u)) if u > 0 else exp(u) / (1 + exp(u))


def edges(x, p, levels):
    """The scaled upper and lower edge of the bin of x."""
    index, inverse = round(x * (levels - 1)), exp(-mpf(p["logScale"]))
    level, half = mpf(2 * index) / (levels - 1) - 1, mpf(1) / (levels - 1)
    centre = level - mpf(p["mean"])
    return index, (centre + half) * inverse, (centre - half) * inverse


def mass(x, p, levels):
    index, upper, lower = edges(x, p, levels)
    if index == 0:
        return sigmoid(upper)
    if index == levels - 1:
        return sigmoid(-lower)
    # Both from the side on which they are small.
    return sigmoid(upper) - sigmoid(lower) if upper + lower < 0 else sigmoid(-lower) - sigmoid(-upper)


def log_p(levels):
    return lambda x, p: log(mass(x, p, levels))


def mean(p, levels):
    return sum(mpf(k) / (levels - 1) * mass(k / (levels - 1), p, levels) for k in range(levels))


def draw(levels, count):
    """Values that float32 holds as k / (L − 1), with both ends among them."""
    indices = [0, levels - 1] + [random.randrange(levels) for _ in range(count - 2)]
    return [f32(k / (levels - 1)) for k in indices]


def discretized(levels, shape, event_rank, params):
    return elementwise(
        shape,
        event_rank,
        params,
        draw(levels, math.prod(shape)),
        log_p=log_p(levels),
        mean=lambda p: mean(p, levels),
    )


def rows():
    p = {"mean": 0.2, "logScale": -1.5}
    near(
        [mass(0.5, p, 5)],
        [stats.logistic.cdf(0.25, 0.2, math.exp(-1.5)) - stats.logistic.cdf(-0.25, 0.2, math.exp(-1.5))],
    )
    near([sum(mass(k / 255, p, 256) for k in range(256))], [1])
    return {
        "five": discretized(5, [3, 4], 1, {"mean": gauss(12, 0.7), "logScale": [f32(v - 1.5) for v in gauss(12)]}),
        "scalarScale": discretized(32, [2, 2, 3], 2, {"mean": gauss(12, 0.7), "logScale": [f32(-2.5)]}),
    }


def by_mean(levels):
    def gradient(x, p):
        index, upper, lower = edges(x, p, levels)
        above = 0 if index == levels - 1 else sigmoid(-upper)
        below = 0 if index == 0 else sigmoid(lower)
        return exp(-mpf(p["logScale"])) * (below - above)

    return gradient


def by_log_scale(levels):
    def gradient(x, p):
        index, upper, lower = edges(x, p, levels)
        if index == 0:
            return -upper * sigmoid(-upper)
        if index == levels - 1:
            return lower * sigmoid(lower)
        gap = upper - lower
        return lower * sigmoid(lower) - upper * sigmoid(-upper) - gap / (exp(gap) - 1)

    return gradient


def over(levels, log_scales):
    means = [f32(v) for v in (-20, -1, -0.9961, 0, 0.5, 1.01, 20)]
    indices = sorted({0, 1, 2, levels // 2, levels - 2, levels - 1} & set(range(levels)))
    return grid_of(
        {"mean": means, "logScale": log_scales},
        [f32(k / (levels - 1)) for k in indices],
        log_p=log_p(levels),
        gradients={"mean": by_mean(levels), "logScale": by_log_scale(levels)},
    )


def grid():
    wide = [f32(v) for v in (-4, -2.3, -0.5, 1, 4, 7)]
    return {
        "bytes": over(256, wide),
        "narrow": over(256, [f32(-7)]),
        "five": over(5, wide[::2]),
        "binary": over(2, wide[::2]),
    }
