import random

from golden import f32, gauss, near
from mpmath import digamma, log, loggamma, mpf, pi
from rows import elementwise, grid_of
from scipy import stats


def standardised(x, p):
    return (mpf(x) - mpf(p["loc"])) / mpf(p["scale"]), mpf(p["df"]), mpf(p["scale"])


def log_p(x, p):
    y, df, scale = standardised(x, p)
    level = loggamma((df + 1) / 2) - loggamma(df / 2) - log(pi * df) / 2 - log(scale)
    return level - (df + 1) / 2 * log(1 + y**2 / df)


def by_loc(x, p):
    y, df, scale = standardised(x, p)
    return (df + 1) * y / (df + y**2) / scale


def by_scale(x, p):
    y, df, scale = standardised(x, p)
    return ((df + 1) * y**2 / (df + y**2) - 1) / scale


def by_df(x, p):
    y, df, _ = standardised(x, p)
    level = digamma((df + 1) / 2) - digamma(df / 2) - 1 / df
    return (level - log(1 + y**2 / df) + (df + 1) * y**2 / (df * (df + y**2))) / 2


def entropy(p):
    df = mpf(p["df"])
    beta = loggamma(df / 2) + loggamma(mpf(1) / 2) - loggamma((df + 1) / 2)
    slope = (df + 1) / 2 * (digamma((df + 1) / 2) - digamma(df / 2))
    return slope + log(df) / 2 + beta + log(mpf(p["scale"]))


def parameters(n):
    scale = [f32(random.uniform(0.3, 2)) for _ in range(n)]
    return {"loc": gauss(n), "scale": scale, "df": [f32(random.uniform(4.5, 9)) for _ in range(n)]}


def student_t(params):
    x = gauss(6, 1.5)
    return elementwise(
        [3, 2],
        1,
        params,
        x,
        log_p=log_p,
        mean=lambda p: mpf(p["loc"]),
        variance=lambda p: mpf(p["scale"]) ** 2 * mpf(p["df"]) / (mpf(p["df"]) - 2),
        entropy=entropy,
    )


def rows():
    params, x = parameters(6), gauss(6)
    points = [dict(zip(params, values)) for values in zip(*params.values())]
    near([log_p(v, p) for v, p in zip(x, points)], [stats.t.logpdf(v, **p) for v, p in zip(x, points)])
    near([entropy(p) for p in points], [stats.t.entropy(**p) for p in points])
    return {"studentT": student_t(params), "scalarDf": student_t({**parameters(6), "df": [5.5]})}


def grid():
    return {
        "studentT": grid_of(
            {
                "loc": [f32(0.7)],
                "scale": [f32(0.01), 3],
                "df": [f32(v) for v in (0.05, 0.5, 1, 2.5, 10, 300, 1e5, 1e7)],
            },
            [f32(v) for v in (0.7, 0.705, -1.25, 30, -1e4, 1e8)],
            log_p=log_p,
            gradients={"loc": by_loc, "scale": by_scale, "df": by_df, "x": lambda x, p: -by_loc(x, p)},
        )
    }
