"""Golden quantiles of the standard normal for test/golden/normal-quantile.json, with mpmath at 50 digits.

Usage: python3 scripts/golden/make_normal_quantile.py > test/golden/normal-quantile.json
"""
import json

from mpmath import findroot, mp, mpf, ncdf

mp.dps = 50

# Both sides of every seam of AS 241: |p - 1/2| = 0.425, and sqrt(-log p) = 5 (p = 1.39e-11); far tails; a size-8 grid.
P = [1e-300, 1e-100, 1e-20, 1.3e-11, 1.4e-11, 1e-6, 0.001, 0.025, 0.0749999, 0.0750001, 0.2, 0.4999999, 0.5, 0.5000001]
P += [0.6, 0.9249999, 0.9250001, 0.975, 0.999, 0.999999, 1 - 2**-40, 1 - 2**-53]
P += [(i + 0.5) / 8 for i in range(8)]


def quantile(p):
    """Newton's root of the exact CDF, from scipy's value as a start."""
    from scipy.special import ndtri

    p = mpf(p)
    start = mpf(float(ndtri(float(p))))
    return findroot(lambda x: ncdf(x) / p - 1 if x < 0 else (ncdf(-x) - (1 - p)) / (1 - p), start)


print(json.dumps({"source": "scripts/golden/make_normal_quantile.py", "p": P, "z": [0.0 if p == 0.5 else float(quantile(p)) for p in P]}))
