"""What the distributions on spheres share."""

import random

from golden import f32
from mpmath import digamma, log, loggamma, mpf, pi, sqrt


def log_surface(size):
    return log(2) + mpf(size) / 2 * log(pi) - loggamma(mpf(size) / 2)


def unit(size):
    """A random direction, its numbers rounded to float32."""
    v = [mpf(random.gauss(0, 1)) for _ in range(size)]
    length = sqrt(sum(x**2 for x in v))
    return [f32(x / length) for x in v]


def shapes(concentration, size):
    """The a and b of z = (1 + t)/2 ~ Beta(a, b). De Cao & Aziz 2020, theorem 1."""
    b = mpf(size - 1) / 2
    return b + mpf(concentration), b


def log_norm(concentration, size):
    a, b = shapes(concentration, size)
    return -((a + b) * log(2) + b * log(pi) + loggamma(a) - loggamma(a + b))


def entropy(concentration, size):
    a, b = shapes(concentration, size)
    mean_log = log(2) + digamma(a) - digamma(a + b)
    return -log_norm(concentration, size) - mpf(concentration) * mean_log
