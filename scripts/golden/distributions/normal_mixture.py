from golden import f32, gauss, near, reshaped
from mpmath import exp, log, mpf, pi
from rows import grid_of, row
from scipy import stats
from scipy.special import logsumexp


def weights(logits):
    terms = [exp(mpf(v)) for v in logits]
    return [t / sum(terms) for t in terms]


def density(x, mean, log_var):
    """Of one component."""
    squares = sum((mpf(v) - m) ** 2 / exp(mpf(lv)) + lv + log(2 * pi) for v, m, lv in zip(x, mean, log_var))
    return exp(-squares / 2)


def log_p(x, p):
    return log(sum(w * density(x, m, lv) for w, m, lv in zip(weights(p["logits"]), p["mean"], p["logVar"])))


def mean(p):
    return [sum(w * m[d] for w, m in zip(weights(p["logits"]), p["mean"])) for d in range(2)]


def variance(p):
    centre = mean(p)
    parts = list(zip(weights(p["logits"]), p["mean"], p["logVar"]))
    return [sum(w * (exp(mpf(lv[d])) + (m[d] - centre[d]) ** 2) for w, m, lv in parts) for d in range(2)]


def by_scipy(x, p):
    parts = [
        stats.norm.logpdf(x, m, [float(exp(mpf(v) / 2)) for v in lv]).sum() for m, lv in zip(p["mean"], p["logVar"])
    ]
    return logsumexp([a + b for a, b in zip(parts, p["logits"])]) - logsumexp(p["logits"])


def rows():
    """Three components in the plane, for each of two examples; the second has one that is all but impossible."""
    params = {
        "logits": [gauss(3), [f32(0.5), f32(-1), f32(-60)]],
        "mean": reshaped(gauss(12, 1.5), [2, 3, 2]),
        "logVar": reshaped(gauss(12, 0.7), [2, 3, 2]),
    }
    x = reshaped(gauss(4, 1.5), [2, 2])
    examples = [{name: value[i] for name, value in params.items()} for i in range(2)]
    near([log_p(v, p) for v, p in zip(x, examples)], [by_scipy(v, p) for v, p in zip(x, examples)])
    return {"normalMixture": row([2], params, x, log_p=log_p, mean=mean, variance=variance)}


# The other component of the grid.
OTHER = {"mean": 1, "logVar": f32(0.5)}


def parts(x, p):
    """Density times weight of both components."""
    own, other = weights([p["logit"], 0])
    return own * density([x], [p["mean"]], [p["logVar"]]), other * density([x], [OTHER["mean"]], [OTHER["logVar"]])


def share(x, p):
    """Of the first component."""
    own, other = parts(x, p)
    return own / (own + other)


def grid():
    """One dimension, two components: `logit`, `mean` and `logVar` are those of the first."""
    params = {
        "logit": [-80, -5, 0, 30],
        "mean": [-20, f32(-0.3), 3],
        "logVar": [-10, -1, 0, 10],
    }

    def by_mean(x, p):
        return share(x, p) * (mpf(x) - p["mean"]) / exp(mpf(p["logVar"]))

    def by_log_var(x, p):
        return share(x, p) * ((mpf(x) - p["mean"]) ** 2 / exp(mpf(p["logVar"])) - 1) / 2

    def by_x(x, p):
        own = share(x, p)
        return -own * (mpf(x) - p["mean"]) / exp(mpf(p["logVar"])) - (1 - own) * (mpf(x) - 1) / exp(mpf(OTHER["logVar"]))

    return {
        "normalMixture": grid_of(
            params,
            [f32(v) for v in (-20, -1e-3, 0.5, 25)],
            log_p=lambda x, p: log(sum(parts(x, p))),
            gradients={
                "logit": lambda x, p: share(x, p) - weights([p["logit"], 0])[0],
                "mean": by_mean,
                "logVar": by_log_var,
                "x": by_x,
            },
        )
    }
