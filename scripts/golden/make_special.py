#!/usr/bin/env python3
"""Writes the golden values of the special functions, test/golden/special.json.

    /usr/bin/python3 scripts/golden/make_special.py

Needs what make_golden.py needs. Functions are mpmath's own, or their definitions with 50 digits, and never the forms
of the library; a derivative is taken from the definition too, and checked by differences.
"""

import math

from golden import f32, near, write
from mpmath import cosh, coth, diff, digamma, erfc, exp, expm1, log, loggamma, mp, mpf, npdf, pi, polygamma, sinh, sqrt
from scipy import special

mp.dps = 60

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
        step = mpf(10) ** -12 * max(abs(mpf(x)), mpf(10) ** -6)
        slope_there = (f(x + step) - f(x - step)) / (2 * step)
        assert abs(slope_there - gradient(mpf(x))) < mpf(10) ** -8 * max(1, abs(slope_there)), (f, x)
    entry = {"x": xs, "y": [f(mpf(x)) for x in xs], "gradient": [gradient(mpf(x)) for x in xs]}
    if second:
        entry["second"] = [second(mpf(x)) for x in xs]
    return entry


def main():
    small = [s * 10.0**k for k in (-30, -8, -6, -4, -3, -2, -1) for s in (1, -1)]
    around = [0.0, *small, 0.3, -0.3, 0.49, -0.49, -0.5, 0.51, -0.51, -0.9, -0.999, 0.99, 1, 1.01, 2, 10, 1e3, 1e6]
    content = {
        "lgamma": unary(lambda x: loggamma(mpf(x)), POSITIVE, digamma, lambda x: polygamma(1, x)),
        "digamma": unary(lambda x: digamma(mpf(x)), POSITIVE, lambda x: polygamma(1, x)),
        "stirlingRemainder": unary(lambda x: remainder(mpf(x)), POSITIVE, lambda x: -slope(x)),
        "stirlingSlope": unary(lambda x: slope(mpf(x)), POSITIVE, lambda x: 1 / x + 1 / (2 * x**2) - polygamma(1, x)),
        "log1pMinusX": unary(lambda u: log(1 + mpf(u)) - mpf(u), around, lambda u: -u / (1 + u)),
        "phi": unary(lambda u: (1 + mpf(u)) * log(1 + mpf(u)) - mpf(u), around, lambda u: log(1 + u)),
    }
    near(content["lgamma"]["y"], special.gammaln(POSITIVE), 1e-12)
    near(content["digamma"]["y"], special.digamma(POSITIVE), 1e-12)
    near(content["digamma"]["gradient"], special.polygamma(1, POSITIVE), 1e-12)
    write("special", "make_special.py", content)


if __name__ == "__main__":
    main()
