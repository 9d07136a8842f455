import random

from distributions.categorical import entropy, kl, mapped, probabilities, vectors
from golden import f32, gauss, reshaped
from mpmath import fsum, log
from rows import row


def one_hot(event, classes, x):
    size, rank = 1, len(event)
    for axis in event:
        size *= axis
    shape = [3, *event, classes]
    logits, others = (reshaped(gauss(3 * size * classes, 1.5), shape) for _ in range(2))

    def log_p(value, p):
        pairs = zip(vectors(value, rank), vectors(p["logits"], rank))
        return fsum(t * log(q) for target, l in pairs for t, q in zip(target, probabilities(l)))

    return row(
        [3],
        {"logits": logits},
        reshaped(x(3 * size, classes), shape),
        log_p=log_p,
        mean=lambda p: mapped(probabilities, p["logits"], rank),
        variance=lambda p: mapped(lambda v: [q * (1 - q) for q in probabilities(v)], p["logits"], rank),
        entropy=lambda p: entropy(p["logits"], rank),
        kls=[("oneHotCategorical", {"logits": others}, lambda q, p: kl(q, p, rank))],
    )


def hard(count, classes):
    return [v for _ in range(count) for v in random.sample([1] + [0] * (classes - 1), classes)]


def soft(count, classes):
    """Shares in 64ths, which add up to exactly 1 in float32."""
    shares = []
    for _ in range(count):
        cuts = sorted(random.sample(range(1, 64), classes - 1))
        shares += [f32((b - a) / 64) for a, b in zip([0, *cuts], [*cuts, 64])]
    return shares


def rows():
    return {"hard": one_hot([], 4, hard), "soft": one_hot([2], 3, soft)}
