import random

from golden import gauss, near, reshaped
from mpmath import exp, fsum, log, mpf
from rows import row
from scipy import special, stats


def probabilities(logits):
    weights = [exp(mpf(l)) for l in logits]
    return [w / fsum(weights) for w in weights]


def vectors(logits, rank):
    """The logits of each element: `rank` axes come before that of the classes."""
    return [v for part in logits for v in vectors(part, rank - 1)] if rank else [logits]


def entropy(logits, rank):
    return -fsum(p * log(p) for v in vectors(logits, rank) for p in probabilities(v))


def kl(q, p, rank):
    pairs = zip(vectors(q["logits"], rank), vectors(p["logits"], rank))
    return fsum(a * log(a / b) for u, v in pairs for a, b in zip(probabilities(u), probabilities(v)))


def mapped(f, logits, rank):
    return [mapped(f, part, rank - 1) for part in logits] if rank else f(logits)


def moment(logits, power, centre=0):
    return fsum(p * (k - centre) ** power for k, p in enumerate(probabilities(logits)))


def categorical(event, classes, others):
    size, rank = 1, len(event)
    for axis in event:
        size *= axis
    logits = reshaped(gauss(3 * size * classes, 1.5), [3, *event, classes])
    x = reshaped([random.randrange(classes) for _ in range(3 * size)], [3, *event])
    flat = lambda nested: vectors(nested, rank)

    def mean(v):
        return moment(v, 1)

    return row(
        [3],
        {"logits": logits},
        x,
        log_p=lambda v, p: fsum(log(probabilities(l)[k]) for k, l in zip(flat(v), flat(p["logits"]))),
        mean=lambda p: mapped(mean, p["logits"], rank),
        variance=lambda p: mapped(lambda v: moment(v, 2, mean(v)), p["logits"], rank),
        entropy=lambda p: entropy(p["logits"], rank),
        kls=[("categorical", {"logits": others(logits)}, lambda q, p: kl(q, p, rank))],
    )


def rows():
    near(probabilities([0.3, -1, 2]), special.softmax([0.3, -1, 2]))
    near([entropy([0.3, -1, 2], 0)], [stats.entropy(special.softmax([0.3, -1, 2]))])
    return {
        "columns": categorical([2], 3, lambda _: reshaped(gauss(18, 1.5), [3, 2, 3])),
        "matrices": categorical([2, 2], 4, lambda _: reshaped(gauss(48, 1.5), [3, 2, 2, 4])),
    }
