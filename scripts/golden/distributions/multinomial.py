import math
import random

from golden import f32, gauss, near, reshaped
from mpmath import exp, log, loggamma, mpf
from rows import grid_of, row
from scipy import stats


def softmax(logits):
    weights = [exp(mpf(l)) for l in logits]
    return [w / sum(weights) for w in weights]


def log_p(x, p):
    terms = [k * log(q) - loggamma(k + 1) for k, q in zip(x, softmax(p["logits"]))]
    return loggamma(sum(x) + 1) + sum(terms)


def counts(total, categories):
    drawn = [0] * categories
    for _ in range(total):
        drawn[random.randrange(categories)] += 1
    return drawn


def rows():
    totals = [4, 1, 6]
    logits, x = reshaped(gauss(12, 1), [3, 4]), [counts(n, 4) for n in totals]
    near(
        [log_p(k, {"logits": l}) for k, l in zip(x, logits)],
        [stats.multinomial.logpmf(k, n, [float(q) for q in softmax(l)]) for k, n, l in zip(x, totals, logits)],
    )
    return {
        "multinomial": row(
            [3],
            {"logits": logits, "total": totals},
            x,
            log_p=log_p,
            mean=lambda p: [p["total"] * q for q in softmax(p["logits"])],
            variance=lambda p: [p["total"] * q * (1 - q) for q in softmax(p["logits"])],
        )
    }


def grid():
    """Two categories of the logits l and 0."""

    def over(total):
        def both(x, p):
            return log_p([x, total - x], {"logits": [p["logit"], 0]})

        def share(p):
            return 1 / (1 + exp(-mpf(p["logit"])))

        def xs(p):
            mean = total * float(share(p))
            likely = [math.floor(mean + s * math.sqrt(mean)) for s in (-1, 0, 3)]
            return sorted({k for k in [0, 1, total // 2, total - 1, total, *likely] if 0 <= k <= total})

        return {
            "total": total,
            **grid_of(
                {"logit": [f32(l) for l in (-100, -20, -5, -1, 0, 0.3, 2, 8, 40)]},
                xs,
                log_p=both,
                gradients={"logit": lambda x, p: x - total * share(p)},
                scale=lambda x, p: total * share(p),
            ),
        }

    return {"few": over(5), "some": over(300), "many": over(10**6)}
