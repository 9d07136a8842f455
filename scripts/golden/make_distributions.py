#!/usr/bin/env python3
"""Writes the golden values of the oracle's table, test/golden/distributions/*.json, a file a distribution.

    /usr/bin/python3 scripts/golden/make_distributions.py

Needs what make_golden.py needs, and computes as it does: from formulas of textbooks, not from those of the library.
A new distribution is a file of `distributions/` whose `rows()` returns one entry for each row of test/distributions/rows,
and a name below.
"""

import random
from importlib import import_module

from golden import OUT, write

# The first three draw from one stream of numbers; every other has a seed of its own, so that no other file changes.
TOGETHER = ["normal", "standard_normal", "bernoulli"]
OTHERS = ["laplace", "multivariate_normal"]

if __name__ == "__main__":
    (OUT / "distributions").mkdir(parents=True, exist_ok=True)
    random.seed("distribution_rows")
    for name in TOGETHER + OTHERS:
        if name in OTHERS:
            random.seed(name)
        rows = import_module(f"distributions.{name}").rows()
        write(f"distributions/{name.replace('_', '-')}", "make_distributions.py", rows)
