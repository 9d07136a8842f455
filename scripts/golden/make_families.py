#!/usr/bin/env python3
"""Writes test/golden/families.json: from raw numbers of a network to the parameters of a distribution.

    /usr/bin/python3 scripts/golden/make_families.py

Needs what make_golden.py needs. A new family is one entry below, for its row in test/families/table.ts: `raw`, which
the network gives, and `params`, by the links as papers write them; `variables`, where the family has some.
"""

from golden import f32, write
from make_golden import sigmoid, soft_clip
from mpmath import exp, log, mpf, sqrt

# Small, large, and beyond every range of a link.
MEANS = [[f32(x) for x in row] for row in ([-30, -1.25, 0], [0.5, 2, 40])]
LOG_VARS = [[f32(x) for x in row] for row in ([-60, -12, -1], [0.3, 11, 70])]
SQUARES = [[f32(x) for x in row] for row in ([1, 2, 3, -4, 5, 6, 0.7, 8, 9], [9, 8, 7, 6, 5, 4, 3, -2.5, 1])]
FACTORS = [[f32(x) for x in row] for row in ([1, -2, 3, 0.4, 5, 6], [0, 0.1, -7, 2, 3, 40])]
TARGET = [[f32(x) for x in row] for row in ([0.25, -1, 3], [0.5, 2.5, 39])]
FLOOR = mpf(f32(0.2))
COUNTS = [[3, 0, 4], [0, 0, 0]]


def each(f, *tables):
    return [[f(*map(mpf, xs)) for xs in zip(*rows)] for rows in zip(*tables)]


def floored_variance(log_var, floor=FLOOR):
    return exp(soft_clip(mpf(log_var), mpf(-20), mpf(20))) + floor**2


def width(log_var):
    """σ of a log-variance that is softly kept within ±10."""
    return exp(soft_clip(mpf(log_var), mpf(-10), mpf(10)) / 2)


def mean_of(table):
    flat = [x for row in table for x in row]
    return sum(flat) / len(flat)


def flows():
    """Flows take their features as they are; the base has its own links."""
    base = {"mean": MEANS, "logVar": LOG_VARS}
    linked = {"mean": MEANS, "logVar": each(lambda v: soft_clip(v, mpf(-10), mpf(10)), LOG_VARS)}
    planar = [[f32(0.1 * i - 0.4 * j) for i in range(7)] for j in range(2)]
    context = [[f32(0.5), f32(-2)], [f32(1.5), f32(0)]]
    # Of 3 dimensions, 2 stay and 1 moves.
    weights = {
        "hidden/kernel": [[f32(0.3), f32(-0.1)], [f32(0.2), f32(0.7)]],
        "hidden/bias": [f32(0.1), f32(-0.2)],
        "context/kernel": [[f32(-0.6), f32(0.4)], [f32(0.9), f32(0.25)]],
        "output/kernel": [[f32(0.5), f32(-0.5)], [f32(1.1), f32(-0.3)]],
        "output/bias": [f32(-0.05), f32(0.15)],
    }
    own = {f"flow/0/0/{name}": value for name, value in weights.items()}
    return {
        "flow, planar": {
            "raw": {**base, "flow0": planar},
            "params": {**linked, "flow/0/features": planar},
        },
        "flow, coupling with context": {
            "raw": {**base, "flow0": context},
            "variables": own,
            "params": {**linked, "flow/0/features": context, **own},
        },
    }


# Three elements of two components.
MIXTURE = {"logits": MEANS, "mean": TARGET, "logScale": LOG_VARS}
COUPLED = {"mean": TARGET, "logScale": LOG_VARS, "coefficients": MEANS}


def one(table, column):
    return [[row[column]] for row in table]


def in_twos(row):
    return [row[i : i + 2] for i in range(0, len(row), 2)]


def beta_total(log_n):
    return exp(soft_clip(mpf(log_n), mpf(-3), mpf(10)))


def direction(raw):
    v = [mpf(raw[0]) + mpf("0.001"), *map(mpf, raw[1:])]
    return [x / sqrt(sum(y**2 for y in v)) for x in v]


def main():
    shared, running = f32(-0.75), f32(0.3)
    error = mean_of(each(lambda x, m: (x - m) ** 2, TARGET, MEANS))
    log_rates = each(lambda l: soft_clip(l, mpf(-20), mpf(20)), MEANS)
    log_median = f32(1.7)
    totals = [log(mpf(max(sum(row), 1))) for row in COUNTS]
    log_rates_of_totals = [[l + total for l in row] for row, total in zip(log_rates, totals)]
    dispersions = each(lambda v: soft_clip(v, mpf(-10), mpf(15)), LOG_VARS)
    shared_dispersion = [f32(v) for v in (-12, 0.5, 20)]
    rows = {
        "bernoulli": {"raw": {"logits": MEANS}, "params": {"logits": MEANS}},
        "gaussian, fixed sigma": {"raw": {"mean": MEANS}, "params": {"mean": MEANS, "scale": f32(0.5)}},
        "gaussian, shared sigma": {
            "raw": {"mean": MEANS},
            "variables": {"sigma/logVar": shared},
            "params": {"mean": MEANS, "scale": sqrt(floored_variance(shared))},
        },
        "gaussian, sigma per element": {
            "raw": {"mean": MEANS, "logVar": LOG_VARS},
            "params": {
                "mean": each(sigmoid, MEANS),
                "logVar": each(lambda v: log(floored_variance(v)), LOG_VARS),
            },
        },
        "gaussian, optimal sigma": {
            "raw": {"mean": MEANS},
            "variables": {"sigma/variance": running},
            "params": {"mean": MEANS, "scale": sqrt(mpf(running))},
        },
        "gaussian, optimal sigma in training": {
            "raw": {"mean": MEANS},
            "target": TARGET,
            "params": {"mean": MEANS, "scale": sqrt(error)},
        },
        "normal": {
            "raw": {"mean": MEANS, "logVar": LOG_VARS},
            "params": {"mean": MEANS, "logVar": each(lambda v: soft_clip(v, mpf(-10), mpf(10)), LOG_VARS)},
        },
        "student-t, ν per element": {
            "raw": {"loc": MEANS, "logScale": LOG_VARS, "df": LOG_VARS},
            "params": {
                "loc": MEANS,
                "scale": each(lambda v: exp(soft_clip(v, mpf(-7), mpf(7))), LOG_VARS),
                "df": each(lambda v: 2 + log(1 + exp(soft_clip(v, mpf(-7), mpf(10) ** 6))), LOG_VARS),
            },
        },
        "student-t, shared ν": {
            "raw": {"loc": MEANS},
            "variables": {"logScale": shared, "df": running},
            "params": {"loc": MEANS, "scale": exp(mpf(shared)), "df": mpf("0.5") + log(1 + exp(mpf(running)))},
        },
        "student-t, given ν": {
            "raw": {"loc": MEANS},
            "params": {"loc": MEANS, "scale": f32(0.5), "df": 4},
        },
        "log-normal": {
            "raw": {"mean": MEANS, "logScale": LOG_VARS},
            "params": {"mean": MEANS, "scale": each(lambda v: exp(soft_clip(v, mpf(-7), mpf(7))), LOG_VARS)},
        },
        "continuous Bernoulli": {"raw": {"logits": MEANS}, "params": {"logits": MEANS}},
        "beta": {
            "raw": {"meanLogit": MEANS, "logConcentration": LOG_VARS},
            "params": {
                "alpha": each(lambda l, n: beta_total(n) * sigmoid(soft_clip(l, mpf(-10), mpf(10))), MEANS, LOG_VARS),
                "beta": each(lambda l, n: beta_total(n) * sigmoid(-soft_clip(l, mpf(-10), mpf(10))), MEANS, LOG_VARS),
            },
        },
        "power spherical": {
            "raw": {"mean": MEANS, "concentration": [[-30], [2.5]]},
            "params": {
                "mean": [direction(row) for row in MEANS],
                "concentration": [
                    mpf("0.01") + log(1 + exp(soft_clip(mpf(v), mpf(-10), mpf(10) ** 4))) for v in (-30, 2.5)
                ],
            },
        },
        "laplace": {
            "raw": {"loc": MEANS, "logScale": LOG_VARS},
            "params": {"loc": MEANS, "scale": each(lambda v: exp(soft_clip(v, mpf(-7), mpf(7))), LOG_VARS)},
        },
        "laplace, shared scale": {
            "raw": {"loc": MEANS},
            "variables": {"logScale": shared},
            "params": {"loc": each(sigmoid, MEANS), "scale": exp(mpf(shared))},
        },
        "logistic": {
            "raw": {"loc": MEANS, "logScale": LOG_VARS},
            "params": {"loc": MEANS, "scale": each(lambda v: exp(soft_clip(v, mpf(-3), mpf(2))), LOG_VARS)},
        },
        "logistic, fixed scale": {"raw": {"loc": MEANS}, "params": {"loc": MEANS, "scale": f32(0.5)}},
        "categorical": {
            "raw": {"logits": [row + [2, -1, 0.5] for row in MEANS]},
            "params": {"logits": [[row[:2], [row[2], 2], [-1, 0.5]] for row in MEANS]},
        },
        "one-hot categorical": {"raw": {"logits": MEANS}, "params": {"logits": MEANS}},
        "concrete": {
            "raw": {"logits": [row + [2, -1, 0.5] for row in MEANS]},
            "params": {"logits": [[row[:2], [row[2], 2], [-1, 0.5]] for row in MEANS]},
        },
        "binary concrete": {"raw": {"logits": MEANS}, "params": {"logits": MEANS}},
        "multivariateNormal": {
            "raw": {"mean": MEANS, "logVar": LOG_VARS, "lower": SQUARES},
            "params": {
                "mean": MEANS,
                "scaleTril": [
                    [
                        [lower[3 * i + j] / 10 if j < i else width(log_vars[i]) if j == i else 0 for j in range(3)]
                        for i in range(3)
                    ]
                    for log_vars, lower in zip(LOG_VARS, [list(map(mpf, row)) for row in SQUARES])
                ],
            },
        },
        "lowRankNormal": {
            "raw": {"mean": MEANS, "logVar": LOG_VARS, "factor": FACTORS},
            "params": {
                "mean": MEANS,
                "scale": each(width, LOG_VARS),
                "factor": [[row[i : i + 2] for i in range(0, 6, 2)] for row in FACTORS],
            },
        },
        "discretized logistic": {
            "raw": {"mean": MEANS, "logScale": LOG_VARS},
            "params": {"mean": MEANS, "logScale": each(lambda v: soft_clip(v, mpf(-7), mpf(7)), LOG_VARS)},
        },
        "discretized logistic, sigmoid mean": {
            "raw": {"mean": MEANS, "logScale": LOG_VARS},
            "params": {
                "mean": each(lambda m: 2 * sigmoid(m) - 1, MEANS),
                "logScale": each(lambda v: soft_clip(v, mpf(-3), mpf(2)), LOG_VARS),
            },
        },
        "discretized logistic mixture": {
            "raw": {name: [row + row for row in table] for name, table in MIXTURE.items()},
            "params": {
                "logits": [in_twos(row + row) for row in MEANS],
                "mean": [in_twos(row + row) for row in TARGET],
                "logScale": [in_twos(row + row) for row in each(lambda v: soft_clip(v, mpf(-7), mpf(7)), LOG_VARS)],
            },
        },
        "discretized logistic mixture, coupled": {
            "raw": {
                "logits": [row[:2] for row in MEANS],
                **{name: [row + row for row in table] for name, table in COUPLED.items()},
            },
            "params": {
                "logits": [row[:2] for row in MEANS],
                "mean": [in_twos(row + row) for row in TARGET],
                "logScale": [in_twos(row + row) for row in each(lambda v: soft_clip(v, mpf(-7), mpf(7)), LOG_VARS)],
                "coefficients": [in_twos(row + row) for row in MEANS],
            },
        },
        "columns": {
            "raw": {
                "height/mean": one(MEANS, 0),
                "height/logVar": one(LOG_VARS, 0),
                "species/logits": [row[:2] for row in MEANS],
                "weight/loc": one(MEANS, 2),
            },
            "variables": {"weight/logScale": shared},
            "params": {
                "height/mean": one(MEANS, 0),
                "height/logVar": one(each(lambda v: log(floored_variance(v)), LOG_VARS), 0),
                "species/logits": [[row[:2]] for row in MEANS],
                "weight/loc": one(MEANS, 2),
                "weight/scale": exp(mpf(shared)),
            },
        },
        "normal, unbounded": {
            "raw": {"mean": MEANS, "logVar": LOG_VARS},
            "params": {"mean": MEANS, "logVar": LOG_VARS},
        },
        **flows(),
        "multinomial": {"raw": {"logits": MEANS}, "params": {"logits": MEANS}},
        "poisson": {"raw": {"logRate": MEANS}, "params": {"logRate": log_rates}},
        "poisson, exposure by the total": {
            "raw": {"logRate": MEANS},
            "variables": {"exposure/logMedian": log_median},
            "params": {"logRate": [[l + log_median for l in row] for row in log_rates]},
        },
        "poisson, exposure by the total in training": {
            "raw": {"logRate": MEANS},
            "target": COUNTS,
            "params": {"logRate": log_rates_of_totals},
        },
        "negative binomial": {
            "raw": {"logMean": MEANS},
            "variables": {"logDispersion": shared_dispersion},
            "params": {
                "logMean": log_rates,
                "logDispersion": [soft_clip(v, mpf(-10), mpf(15)) for v in shared_dispersion],
            },
        },
        "negative binomial, dispersion per element, exposure by the total in training": {
            "raw": {"logMean": MEANS, "logDispersion": LOG_VARS},
            "target": COUNTS,
            "params": {"logMean": log_rates_of_totals, "logDispersion": dispersions},
        },
        "negative binomial, fixed dispersion": {
            "raw": {"logMean": MEANS},
            "params": {"logMean": log_rates, "logDispersion": log(mpf(2))},
        },
        "zero-inflated negative binomial": {
            "raw": {"logMean": MEANS, "zeroLogits": LOG_VARS},
            "variables": {"logDispersion": [0, 0, 0]},
            "params": {"logMean": log_rates, "logDispersion": [0, 0, 0], "zeroLogits": LOG_VARS},
        },
        "zero-inflated negative binomial, dispersion per element": {
            "raw": {"logMean": MEANS, "logDispersion": LOG_VARS, "zeroLogits": MEANS},
            "params": {"logMean": log_rates, "logDispersion": dispersions, "zeroLogits": MEANS},
        },
    }
    write("families", "make_families.py", {"rows": rows})


if __name__ == "__main__":
    main()
