import math
import random

from golden import f32, gauss
from make_golden import normal_entropy, normal_kl, normal_log_density
from mpmath import exp, mpf
from rows import elementwise


def var(p):
    return exp(mpf(p["logVar"])) if "logVar" in p else mpf(p.get("scale", 1)) ** 2


def kl(q, p):
    return normal_kl(q.get("mean", 0), var(q), p.get("mean", 0), var(p))


def normal(shape, event_rank, params, others, batch=None):
    return elementwise(
        shape,
        event_rank,
        params,
        gauss(math.prod(shape), 1.5),
        log_p=lambda x, p: normal_log_density(x, p.get("mean", 0), var(p)),
        mean=lambda p: mpf(p.get("mean", 0)),
        variance=var,
        entropy=lambda p: normal_entropy(var(p)),
        kls=[(name, other, kl) for name, other in others.items()],
        batch=batch,
    )


def by_log_var(n):
    return {"mean": gauss(n), "logVar": gauss(n)}


def by_scale(n):
    return {"mean": gauss(n), "scale": [f32(random.uniform(0.3, 2)) for _ in range(n)]}


STANDARD = {"logVar": [0.0]}


def rows():
    return {
        "byLogVar": normal([3, 2], 1, by_log_var(6), {"normal": by_log_var(6), "scale": by_scale(6), "standard": STANDARD}),
        "byScale": normal([3, 2], 1, by_scale(6), {"normal": by_log_var(6), "standard": STANDARD}),
        "scalarLogVar": normal([2, 2, 3], 2, {"mean": gauss(12), "logVar": [f32(-0.7)]}, {"standard": STANDARD}),
        "samples": normal([2, 3, 2], 1, by_log_var(12), {"normal": by_log_var(12), "standard": STANDARD}),
        "noEvent": normal([4], 0, by_log_var(4), {"normal": by_log_var(4)}),
    }
