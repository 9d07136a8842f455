#!/usr/bin/env python3
"""Writes the golden values of the oracle's table, test/golden/distributions/*.json, a file a distribution, and those
over grids with extremes, test/golden/extremes/*.json.

    /usr/bin/python3 scripts/golden/make_distributions.py

Needs what make_golden.py needs, and computes as it does: from formulas of textbooks, not from those of the library.
A new distribution is a file of `distributions/` whose `rows()` returns one entry for each row of test/distributions/rows
and whose `grid()` one for each of test/distributions/extremes, and a name below. Names as arguments make these alone.
"""

import random
import sys
from importlib import import_module

from golden import OUT, write

# The first three draw from one stream of numbers; every other has a seed of its own, so that no other file changes.
TOGETHER = ["normal", "standard_normal", "bernoulli"]
OTHERS = [
    "binary_concrete",
    "concrete",
    "laplace",
    "low_rank_normal",
    "multivariate_normal",
    "own_laplace",
    "logistic",
    "categorical",
    "one_hot_categorical",
    "flow_distribution",
    "poisson",
    "negative_binomial",
    "multinomial",
    "discretized_logistic",
    "discretized_logistic_mixture",
    "normal_mixture",
    "equal_mixture",
    "columns",
    "student_t",
    "beta",
    "continuous_bernoulli",
    "log_normal",
    "power_spherical",
    "sphere_uniform",
]

if __name__ == "__main__":
    for folder in ("distributions", "extremes"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or TOGETHER + OTHERS
    random.seed("distribution_rows")
    for name in TOGETHER + OTHERS:
        if name in OTHERS:
            if name not in wanted:
                continue
            random.seed(name)
        module = import_module(f"distributions.{name}")
        rows = module.rows()
        if name not in wanted:
            continue
        file = name.replace("_", "-")
        write(f"distributions/{file}", "make_distributions.py", rows)
        if hasattr(module, "grid"):
            write(f"extremes/{file}", "make_distributions.py", module.grid())
