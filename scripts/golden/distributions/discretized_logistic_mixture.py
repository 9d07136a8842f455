import math

from distributions.categorical import probabilities
from distributions.discretized_logistic import draw, mass, mean
from golden import f32, gauss, near, reshaped
from itertools import product
from mpmath import fsum, log, mpf, tanh
from rows import row

K = 3


def grey(levels, event):
    size = math.prod(event)
    shape = [3, *event, K]
    numbers = lambda spread, centre=0.0: reshaped([f32(v + centre) for v in gauss(3 * size * K, spread)], shape)
    params = {"logits": numbers(1), "mean": numbers(0.6), "logScale": numbers(0.7, -1.5)}

    def components(p):
        """The weight and the parameters of each component, for each element."""
        flat = lambda nested: nested if not isinstance(nested[0], list) else sum((flat(v) for v in nested), [])
        lists = {name: reshaped(flat(v), [size, K]) for name, v in p.items()}
        return [
            list(zip(probabilities(l), ({"mean": m, "logScale": s} for m, s in zip(ms, ss))))
            for l, ms, ss in zip(lists["logits"], lists["mean"], lists["logScale"])
        ]

    def log_p(x, p):
        flat = [v for v in flatten(x)]
        return fsum(log(fsum(w * mass(v, q, levels) for w, q in each)) for v, each in zip(flat, components(p)))

    return row(
        [3],
        params,
        reshaped(draw(levels, 3 * size), [3, *event]),
        log_p=log_p,
        mean=lambda p: reshaped([fsum(w * mean(q, levels) for w, q in each) for each in components(p)], event),
    )


def flatten(nested):
    return [v for part in nested for v in flatten(part)] if isinstance(nested, list) else [nested]


def level(x, levels):
    return mpf(2 * round(x * (levels - 1))) / (levels - 1) - 1


def pixel_mass(x, p, levels):
    """Salimans et al. 2017, equations 2 and 3: the component is shared, green follows red, blue both."""
    total = 0
    for k, weight in enumerate(probabilities(p["logits"])):
        at = lambda name, channel: mpf(p[name][channel][k])
        red, green, _ = (level(v, levels) for v in x)
        means = [
            at("mean", 0),
            at("mean", 1) + tanh(at("coefficients", 0)) * red,
            at("mean", 2) + tanh(at("coefficients", 1)) * red + tanh(at("coefficients", 2)) * green,
        ]
        each = (mass(v, {"mean": m, "logScale": at("logScale", c)}, levels) for c, (v, m) in enumerate(zip(x, means)))
        total += weight * math.prod(each)
    return total


def colour(levels, pixels):
    shape = [4, pixels, 3, K]
    numbers = lambda spread, centre=0.0: reshaped([f32(v + centre) for v in gauss(math.prod(shape), spread)], shape)
    logits = reshaped(gauss(4 * pixels * K), [4, pixels, K])
    params = {
        "logits": logits,
        "mean": numbers(0.5),
        "logScale": numbers(0.5, -1),
        "coefficients": numbers(0.8),
    }
    places = [{name: v[b][i] for name, v in params.items()} for b in range(4) for i in range(pixels)]
    x = draw(levels, 4 * pixels * 3)
    values = [k / (levels - 1) for k in range(levels)]
    near([fsum(pixel_mass(x, places[0], levels) for x in product(values, repeat=3))], [1])
    exact = [
        [fsum(x[c] * pixel_mass(x, p, levels) for x in product(values, repeat=3)) for c in range(3)] for p in places
    ]
    means = [in_turn(p, levels) for p in places]
    # Channels that follow the mean of the earlier ones in place of their values.
    near(flatten(means), [float(v) for v in flatten(exact)], 0.02)
    log_p = [log(pixel_mass(x, p, levels)) for x, p in zip(reshaped(x, [4 * pixels, 3]), places)]
    return {
        "params": params,
        "x": reshaped(x, [4, pixels, 3]),
        "logProb": [fsum(part) for part in reshaped(log_p, [4, pixels])],
        "mean": reshaped(means, [4, pixels]),
    }


def in_turn(p, levels):
    total = [mpf(0)] * 3
    for k, weight in enumerate(probabilities(p["logits"])):
        expected = lambda mu, c: mean({"mean": mu, "logScale": p["logScale"][c][k]}, levels)
        at = lambda name, channel: mpf(p[name][channel][k])
        red = expected(at("mean", 0), 0)
        green = expected(at("mean", 1) + tanh(at("coefficients", 0)) * (2 * red - 1), 1)
        shift = tanh(at("coefficients", 1)) * (2 * red - 1) + tanh(at("coefficients", 2)) * (2 * green - 1)
        means = [red, green, expected(at("mean", 2) + shift, 2)]
        total = [t + weight * m for t, m in zip(total, means)]
    return total


def rows():
    return {"grey": grey(8, [2]), "image": grey(5, [2, 2, 1]), "colour": colour(4, 2)}
