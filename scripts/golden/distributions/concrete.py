import math
import random

import numpy as np
from golden import f32, gauss, near, reshaped
from mpmath import exp, log, loggamma, mpf
from rows import grid_of, row

TAU = mpf(f32(0.75))


def log_softmax(values):
    largest = max(values)
    total = largest + log(sum(exp(v - largest) for v in values))
    return [v - total for v in values]


def log_p(logits, x, tau=TAU):
    """The density of y = log x, Maddison et al. 2017, equation 24."""
    shares = log_softmax([mpf(l) - tau * log(mpf(v)) for l, v in zip(logits, x)])
    return loggamma(len(x)) + (len(x) - 1) * log(tau) + sum(shares)


def point(classes):
    """Of the simplex, but for the rounding of each entry."""
    e = np.exp(np.array(gauss(classes, 2)))
    return [f32(v) for v in e / e.sum()]


def check():
    """The density of the point itself, equation 10 of the paper, and the sum of the logarithms."""
    logits, x, tau, k = [0.3, -1.2, 0.7], [0.2, 0.5, 0.3], 0.75, 3
    a = np.exp(logits)
    by_point = math.factorial(k - 1) * tau ** (k - 1) * np.prod(a * np.power(x, -tau - 1)) / np.sum(a * np.power(x, -tau)) ** k
    near([log_p(logits, x)], [math.log(by_point) + np.sum(np.log(x))])


def rows():
    check()
    plane = {"logits": reshaped(gauss(9, 1.5), [3, 3])}
    pairs = {"logits": reshaped(gauss(8, 1.5), [2, 2, 2])}
    return {
        "three": row(
            [3],
            plane,
            [point(3) for _ in range(3)],
            log_p=lambda x, p: log_p(p["logits"], x),
            mean=lambda p: [exp(v) for v in log_softmax([mpf(l) for l in p["logits"]])],
        ),
        "pairs": row(
            [2],
            pairs,
            [[point(2) for _ in range(2)] for _ in range(2)],
            log_p=lambda x, p: sum(log_p(l, v) for l, v in zip(p["logits"], x)),
            mean=lambda p: [[exp(v) for v in log_softmax([mpf(l) for l in ls])] for ls in p["logits"]],
        ),
    }


def grid():
    """Two classes, of which the first has the logit and the point; the second has 0 and what is left."""

    def shares(x, p, tau):
        return [mpf(l) - tau * log(mpf(v)) for l, v in zip([p["logit"], 0], [x, f32(1 - x)])]

    def of(tau):
        return {
            "temperature": tau,
            **grid_of(
                {"logit": [f32(l) for l in (-200, -20, -1, 0, 0.3, 5, 60)]},
                [f32(v) for v in (1e-30, 1e-10, 1e-3, 0.25, 0.5)],
                log_p=lambda x, p: log_p([p["logit"], 0], [x, f32(1 - x)], mpf(tau)),
                gradients={"logit": lambda x, p: 1 - 2 * exp(log_softmax(shares(x, p, mpf(tau)))[0])},
            ),
        }

    return {str(tau): of(f32(tau)) for tau in (0.1, 0.5, 1, 5)}
