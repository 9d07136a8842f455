"""From the textbook formulas of a distribution to the golden values of its row in the oracle's table."""

from itertools import product

from golden import reshaped


def row(lead, params, x, *, log_p, mean, variance=None, entropy=None, kls=(), batch=None):
    """The row of any distribution: parameters and values of any shape behind `lead`, which is `[batch]` or `[samples, batch]`.

    Functions take one example. `log_p(value, params)`; `mean`, `variance` and `entropy` of `params`; each of `kls` is
    a name, the other's parameters and `kl(params, others)`. A parameter that is a number belongs to every example.
    `batch` is the lead of the distribution itself, where it broadcasts to that of x. What has no formula is left out.
    """

    def over(shape, f):
        return reshaped([f(index) for index in product(*map(range, shape))], shape)

    def example(nested, index):
        return {name: at(value, index) for name, value in nested.items()}

    own = batch or lead
    moments = {"mean": mean, "variance": variance, "entropy": entropy}
    return {
        "params": params,
        "x": x,
        "logProb": over(lead, lambda i: log_p(at(x, i), example(params, i))),
        **{name: over(own, lambda i: f(example(params, i))) for name, f in moments.items() if f},
        "kl": {
            name: {"params": others, "y": over(own, lambda i: kl(example(params, i), example(others, i)))}
            for name, others, kl in kls
        },
    }


def elementwise(shape, event_rank, params, x, *, log_p, mean, variance=None, entropy=None, kls=(), batch=None):
    """The row of a distribution of independent elements: functions take the numbers of one element.

    `x` is a flat list over `shape`, and so are `params`, of the batch of the distribution; one number is a scalar.
    """
    lead, event = shape[: len(shape) - event_rank], shape[len(shape) - event_rank :]
    own = (batch or lead) + event
    places = list(product(*map(range, event)))

    def nested(flat):
        return {name: v[0] if len(v) == 1 else reshaped(v, own) for name, v in flat.items()}

    def element(p, place):
        return {name: at(value, place) for name, value in p.items()}

    def summed(f):
        return f and (lambda *ps: sum(f(*(element(p, place) for p in ps)) for place in places))

    def each(f):
        return f and (lambda p: reshaped([f(element(p, place)) for place in places], event) if event else f(p))

    return row(
        lead,
        nested(params),
        reshaped(x, shape),
        log_p=lambda value, p: sum(log_p(at(value, place), element(p, place)) for place in places),
        mean=each(mean),
        variance=each(variance),
        entropy=summed(entropy),
        kls=[(name, nested(others), summed(kl)) for name, others, kl in kls],
        batch=batch,
    )


def grid_of(params, xs, *, log_p, gradients=None, scale=None, keep=lambda x, p: True):
    """Values and gradients over all combinations of some numbers, for test/distributions/extremes.

    Functions take the numbers of one point, `(x, params)`. `xs` is a list of values, or a function of the parameters;
    `keep` leaves points out; `scale` is what errors are compared with, beside 1 and the value.
    """
    points = [dict(zip(params, values)) for values in product(*params.values())]
    pairs = [(x, p) for p in points for x in (xs(p) if callable(xs) else xs) if keep(x, p)]

    def over(f):
        return [f(x, p) for x, p in pairs]

    return {
        "params": {name: [p[name] for _, p in pairs] for name in params},
        "x": [x for x, _ in pairs],
        "logProb": over(log_p),
        **({"gradients": {name: over(f) for name, f in gradients.items()}} if gradients else {}),
        **({"scale": over(scale)} if scale else {}),
    }


def at(nested, index):
    """The entry at an index; a number is that of every index."""
    for i in index:
        if not isinstance(nested, (list, tuple)):
            return nested
        nested = nested[i]
    return nested
