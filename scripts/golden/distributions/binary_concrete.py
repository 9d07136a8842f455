import math
import random

from golden import f32, gauss, near
from make_golden import sigmoid
from mpmath import exp, log, mpf
from rows import elementwise, grid_of

TAU = mpf(f32(0.75))


def log_p(x, p, tau=TAU):
    """The density of the logit of x, Maddison et al. 2017, equation 26."""
    x = mpf(x)
    d = mpf(p["logits"]) - tau * (log(x) - log(1 - x))
    return log(tau) + d - 2 * log(1 + exp(d))


def check():
    """The density of x itself, appendix B, and log x + log(1 − x)."""
    l, x, tau = 0.7, 0.2, 0.75
    a = math.exp(l)
    by_x = tau * a * x ** (-tau - 1) * (1 - x) ** (-tau - 1) / (a * x**-tau + (1 - x) ** -tau) ** 2
    near([log_p(x, {"logits": l})], [math.log(by_x) + math.log(x) + math.log(1 - x)])


def rows():
    check()
    return {
        "binaryConcrete": elementwise(
            [3, 2],
            1,
            {"logits": gauss(6, 1.5)},
            [f32(random.uniform(0.02, 0.98)) for _ in range(6)],
            log_p=log_p,
            mean=lambda p: sigmoid(p["logits"]),
        )
    }


def grid():
    def of(tau):
        def share(x, p):
            return sigmoid(mpf(p["logits"]) - mpf(tau) * (log(mpf(x)) - log(1 - mpf(x))))

        return {
            "temperature": tau,
            **grid_of(
                {"logits": [f32(l) for l in (-200, -20, -1, 0, 0.3, 5, 60, 200)]},
                [f32(v) for v in (1e-30, 1e-10, 1e-3, 0.25, 0.5, 0.999, 1 - 2**-20, 1 - 2**-24)],
                log_p=lambda x, p: log_p(x, p, mpf(tau)),
                gradients={"logits": lambda x, p: 1 - 2 * share(x, p)},
            ),
        }

    return {str(tau): of(f32(tau)) for tau in (0.1, 0.5, 1, 5)}
