"""Two coupling steps over a Normal, by the inverse: Dinh et al. 2017, equations 7 and 8."""

from golden import gauss, reshaped
from mpmath import exp, log, mpf, pi, tanh
from rows import row

STEPS, HIDDEN = 2, 5


def coupling(weights, step, stays):
    """s and t of the dimension that moves, from the one that stays."""
    own = {name: weights[f"flow/0/{step}/{name}"] for name in ("hidden/kernel", "hidden/bias", "output/kernel", "output/bias")}
    units = [tanh(mpf(stays) * k + b) for k, b in zip(own["hidden/kernel"][0], own["hidden/bias"])]
    raw, t = (sum(h * own["output/kernel"][j][o] for j, h in enumerate(units)) + own["output/bias"][o] for o in (0, 1))
    return 2 * tanh(raw / 2), t


def log_p(x, p, weights):
    z, total = [mpf(v) for v in x], mpf(0)
    for step in reversed(range(STEPS)):
        stays, moves = (0, 1) if step % 2 == 0 else (1, 0)
        s, t = coupling(weights, step, z[stays])
        z[moves] = (z[moves] - t) * exp(-s)
        total += s
    base = sum((v - m) ** 2 / exp(mpf(lv)) + lv + log(2 * pi) for v, m, lv in zip(z, p["mean"], p["logVar"]))
    return -base / 2 - total


def rows():
    """Biases and the mean of the base are 0, so that the map is odd: E[z] is 0, which is the image of the mean."""
    weights = {}
    for step in range(STEPS):
        weights[f"flow/0/{step}/hidden/kernel"] = reshaped(gauss(HIDDEN), [1, HIDDEN])
        weights[f"flow/0/{step}/hidden/bias"] = [0] * HIDDEN
        weights[f"flow/0/{step}/output/kernel"] = reshaped(gauss(2 * HIDDEN, 0.5), [HIDDEN, 2])
        weights[f"flow/0/{step}/output/bias"] = [0, 0]
    params = {"mean": reshaped([0] * 6, [3, 2]), "logVar": reshaped(gauss(6, 0.5), [3, 2])}
    x = reshaped(gauss(6, 1.5), [3, 2])
    golden = row([3], params, x, log_p=lambda v, p: log_p(v, p, weights), mean=lambda p: [0, 0])
    return {"coupling": {**golden, "params": {**params, **weights}}}
