#!/usr/bin/env python3
"""Writes the golden values of the special functions, test/golden/special.json.

    /usr/bin/python3 scripts/golden/make_special.py

Needs what make_golden.py needs. Functions are mpmath's own, or their definitions with 50 digits, and never the forms
of the library; a derivative is taken from the definition too, and checked by differences.
"""

from golden import f32, near, write
from mpmath import coth, digamma, erfc, exp, expm1, log, loggamma, mp, mpf, npdf, pi, polygamma, sinh, sqrt
from scipy import special

mp.dps = 120  # log(1 + u) − u at 1e-30 is 5e-61

# Three a decade, from 1e-6 to 1e8, and the neighbourhoods of the seam and of the zeros.
DECADES = [f32(10 ** (k / 3)) for k in range(-18, 25)]
POSITIVE = sorted({*DECADES, *(f32(x) for x in (0.999, 1, 1.001, 1.4616321, 1.5, 1.999, 2, 2.001, 3, 7.5, 60))})


def remainder(z):
    return loggamma(z) - (z - mpf(1) / 2) * log(z) + z - log(2 * pi) / 2


def slope(z):
    return log(z) - 1 / (2 * z) - digamma(z)


def unary(f, xs, gradient, second=None):
    xs = [f32(x) for x in xs]
    for x in xs[:: max(1, len(xs) // 7)]:
        step = mpf(10) ** -15 * (abs(mpf(x)) or 1)
        slope_there = (f(x + step) - f(x - step)) / (2 * step)
        assert abs(slope_there - gradient(mpf(x))) < mpf(10) ** -8 * max(1, abs(slope_there)), (f, x)
    entry = {"x": xs, "y": [f(mpf(x)) for x in xs], "gradient": [gradient(mpf(x)) for x in xs]}
    if second:
        entry["second"] = [second(mpf(x)) for x in xs]
    return entry


def binary(f, by_a, by_b):
    pairs = [(f32(a), f32(b)) for a, b in PAIRS]
    exact = [(mpf(a), mpf(b)) for a, b in pairs]
    return {
        "a": [a for a, _ in pairs],
        "b": [b for _, b in pairs],
        "y": [f(a, b) for a, b in exact],
        "gradientA": [by_a(a, b) for a, b in exact],
        "gradientB": [by_b(a, b) for a, b in exact],
    }


PAIRS = [(a, b) for a in (1e-4, 0.03, 0.5, 1, 7.3, 300, 1e5, 1e8) for b in (1e-4, 0.2, 1, 4.7, 60, 1e3, 2e6)]


def log_sinhc(y):
    return log(sinh(mpf(y)) / y) if y else mpf(0)


def langevin(y):
    return coth(y) - 1 / y if y else mpf(0)


def langevin_slope(y):
    return 1 / y**2 - 1 / sinh(y) ** 2 if y else mpf(1) / 3


def normal_cdf(x):
    return erfc(-mpf(x) / sqrt(2)) / 2


def log_normal_cdf(x):
    return log(normal_cdf(x))


def main():
    small = [s * 10.0**k for k in (-30, -8, -6, -4, -3, -2, -1) for s in (1, -1)]
    around = [0.0, *small, 0.3, -0.3, 0.49, -0.49, -0.5, 0.51, -0.51, -0.9, -0.999, 0.99, 1, 1.01, 2, 10, 1e3, 1e6]
    even = [s * y for y in (0, 1e-8, 1e-4, 0.01, 0.3, 0.9, 0.999, 1, 1.001, 1.5, 3, 8, 30, 100, 1e4) for s in (1, -1)][1:]
    positive = [1e-30, 1e-8, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1, 1.001, 1.5, 3, 8, 16, 17, 20, 50, 80]
    sides = [s * x for x in (0, 1e-6, 0.1, 0.5, 0.9, 0.999, 1, 1.001, 1.2, 2, 3, 5, 8, 10) for s in (1, -1)][1:]
    content = {
        "logSinhc": unary(log_sinhc, even, langevin),
        "langevin": unary(lambda y: langevin(mpf(y)), even, langevin_slope),
        "log1mExp": unary(lambda d: log(-expm1(-mpf(d))), positive, lambda d: 1 / expm1(d)),
        "expm1": unary(lambda x: expm1(mpf(x)), [0, *small, 0.3, -0.3, -0.5, 0.51, -1, 1, 5, 20, -8, -20, -100], exp),
        "logNormalCdf": unary(log_normal_cdf, [*sides, -14, -30, -100, -1e4], lambda x: npdf(x) / normal_cdf(x)),
        "lgammaDifference": binary(
            lambda a, b: loggamma(a + b) - loggamma(a),
            lambda a, b: digamma(a + b) - digamma(a),
            lambda a, b: digamma(a + b),
        ),
        "digammaDifference": binary(
            lambda a, b: digamma(a + b) - digamma(a),
            lambda a, b: polygamma(1, a + b) - polygamma(1, a),
            lambda a, b: polygamma(1, a + b),
        ),
        "betaln": binary(
            lambda a, b: loggamma(a) + loggamma(b) - loggamma(a + b),
            lambda a, b: digamma(a) - digamma(a + b),
            lambda a, b: digamma(b) - digamma(a + b),
        ),
        "lgamma": unary(lambda x: loggamma(mpf(x)), POSITIVE, digamma, lambda x: polygamma(1, x)),
        "digamma": unary(lambda x: digamma(mpf(x)), POSITIVE, lambda x: polygamma(1, x)),
        "stirlingRemainder": unary(lambda x: remainder(mpf(x)), POSITIVE, lambda x: -slope(x)),
        "stirlingSlope": unary(lambda x: slope(mpf(x)), POSITIVE, lambda x: 1 / x + 1 / (2 * x**2) - polygamma(1, x)),
        "log1pMinusX": unary(lambda u: log(1 + mpf(u)) - mpf(u), around, lambda u: -u / (1 + u)),
        "phi": unary(lambda u: (1 + mpf(u)) * log(1 + mpf(u)) - mpf(u), around, lambda u: log(1 + u)),
    }
    near(content["logNormalCdf"]["y"], special.log_ndtr(content["logNormalCdf"]["x"]), 1e-9)
    near(content["betaln"]["y"], special.betaln(content["betaln"]["a"], content["betaln"]["b"]), 1e-6)
    near(content["lgamma"]["y"], special.gammaln(POSITIVE), 1e-12)
    near(content["digamma"]["y"], special.digamma(POSITIVE), 1e-12)
    near(content["digamma"]["gradient"], special.polygamma(1, POSITIVE), 1e-12)
    write("special", "make_special.py", content)


if __name__ == "__main__":
    main()
