#!/usr/bin/env python3
"""Writes the golden values of operations, losses and latent paths, test/golden/*.json.

    /usr/bin/python3 scripts/golden/make_golden.py

Needs Python 3 with mpmath, numpy and scipy (Debian: python3-mpmath, python3-scipy). Inputs are rounded to float32
before anything is computed and are written so that they parse back exactly; outputs are computed with 50 digits and
written as float64. The formulas are those of textbooks, not those of the library, and are checked against scipy where
it has them. Infinities are the strings "Infinity" and "-Infinity".
"""

import math
import random

import numpy as np
from golden import OUT, f32, gauss, near, write
from mpmath import diff, exp, log, mp, mpf, pi
from scipy import special, stats

SOURCE = "make_golden.py"


# --- ops ---------------------------------------------------------------------------------------------------------

SMALL_TO_LARGE = [1e-8, 1e-6, 1e-4, 1e-3, 0.01, 0.1, 0.3, 0.49, 0.5, 0.51, 0.7, 1, 2, 5, 10, 30, 60]
SIGNED = [0.0] + [f32(s * x) for x in SMALL_TO_LARGE for s in (1, -1)]


def softplus(l):
    return log(1 + exp(mpf(l)))


def soft_clip(x, low, high):
    x = mpf(x)
    if x > high:
        return high + log(1 + (x - high))
    if x < low:
        return low - log(1 + (low - x))
    return x


def soft_clip_slope(x, low, high):
    x = mpf(x)
    return 1 / (1 + max(x - high, low - x, 0))


def log_sum_exp(row):
    row = [mpf(x) for x in row if x != -math.inf]
    if not row:
        return -mp.inf
    return log(sum(exp(x) for x in row))


def softmax(row):
    total = log_sum_exp(row)
    return [mpf(0) if x == -math.inf or total == -mp.inf else exp(mpf(x) - total) for x in row]


def ops():
    clips = []
    for low, high in ((-10.0, 10.0), (-7.0, 2.5)):
        xs = sorted({f32(x) for x in (-1e6, -100, -60, -12, low - 1e-3, low, -1, 0, 1e-3, 1, high, high + 1e-3, 12, 60, 100, 1e6)})
        # The slope is also the derivative of the value, away from the corners.
        for x in xs:
            if x not in (low, high):
                assert abs(diff(lambda t: soft_clip(t, low, high), x) - soft_clip_slope(x, low, high)) < 1e-12
        clips.append({
            "low": low,
            "high": high,
            "x": xs,
            "y": [soft_clip(x, low, high) for x in xs],
            "gradient": [soft_clip_slope(x, low, high) for x in xs],
        })
    none = -math.inf
    rows = [
        [0, 0, 0, 0],
        [1, 2, 3, 4],
        [none, none, none, none],
        [none, 0.5, none, none],
        [none, -2, 3, none],
        [1000, 1000, 999, -1000],
        [-1000, -1001, -1002, -1e4],
        [f32(1e-4), f32(-1e-4), 0, f32(3e-4)],
        [88, 89, 90, 91],
        [-3e38, -3e38, none, -3e38],
        gauss(4),
        gauss(4, 30),
    ]
    rows = [[f32(x) for x in row] for row in rows]
    near([log_sum_exp(r) for r in rows], [special.logsumexp(r) for r in rows])
    ones = sorted({f32(s * x) for x in (1e-30, 1e-10, *SMALL_TO_LARGE[:11]) for s in (1, -1)} | {0.0})
    ones += [f32(x) for x in (-0.999, -0.9, 1, 1.001, 2, 5, 1e3, 1e6, 1e30)]
    near([log(1 + mpf(x)) for x in ones], np.log1p(ones), 1e-12)
    wide = [f32(s * x) for x in (0, 1e-6, 0.1, 1, 3, 5, 8, 11, 12, 13, 13.5, 13.9, 14, 16, 20, 50, 80, 300) for s in (1, -1)]
    near([softplus(x) for x in wide], np.logaddexp(0, wide), 1e-12)
    ratios = [(f32(s), f32(s * r)) for s in (1e-30, 0.01, 1, 3e4) for r in (1 - 1e-7, 1 + 1e-6, 1.001, 0.9, 1, 1.9, 2.1, 0.4)]
    ratios += [(f32(1e-30), f32(1e30)), (f32(1e30), f32(1e-30)), (1, f32(1e-5)), (f32(1e-5), 1)]
    write("ops", SOURCE, {
        "log1p": {
            "x": ones,
            "y": [log(1 + mpf(x)) for x in ones],
            "gradient": [1 / (1 + mpf(x)) for x in ones],
        },
        "softplus": {"x": wide, "y": [softplus(x) for x in wide], "gradient": [sigmoid(x) for x in wide]},
        "logRatio": {
            "a": [a for a, _ in ratios],
            "b": [b for _, b in ratios],
            "y": [log(mpf(a) / mpf(b)) for a, b in ratios],
            "gradientA": [1 / mpf(a) for a, _ in ratios],
            "gradientB": [-1 / mpf(b) for _, b in ratios],
        },
        "expm1MinusX": {
            "x": SIGNED,
            "y": [exp(mpf(x)) - 1 - mpf(x) for x in SIGNED],
            "gradient": [exp(mpf(x)) - 1 for x in SIGNED],
        },
        "softClip": clips,
        "logSumExp": {"x": rows, "y": [log_sum_exp(r) for r in rows], "gradient": [softmax(r) for r in rows]},
    })


# --- distributions -----------------------------------------------------------------------------------------------

def normal_log_density(x, mean, var):
    x, mean = mpf(x), mpf(mean)
    return -((x - mean) ** 2) / (2 * var) - log(2 * pi * var) / 2


def normal_kl(mq, vq, mp_, vp):
    return (log(vp / vq) + (vq + (mpf(mq) - mpf(mp_)) ** 2) / vp - 1) / 2


def normal_entropy(var):
    return log(2 * pi * mp.e * var) / 2


LOG_VARS = sorted({f32(s * x) for x in (1e-4, 1e-3, 0.01, 0.1, 0.4, 0.5, 0.6, 1, 3, 10, 60) for s in (1, -1)} | {0.0})


def normal():
    cases = [(f32(x), f32(m), lv) for lv in LOG_VARS for x, m in ((0.5, 0), (0, 0), (-1.25, 2), (0.7, 0.3))]
    near(
        [normal_log_density(x, m, exp(mpf(lv))) for x, m, lv in cases],
        [stats.norm.logpdf(x, m, math.exp(lv / 2)) for x, m, lv in cases],
        1e-12,
    )
    scaled = [(f32(x), f32(m), f32(s)) for s in (1e-3, 0.1, 0.5, 1, 2, 30) for x, m in ((0.5, 0), (-1.25, 2), (0.7, 0.3))]
    near(
        [normal_log_density(x, m, mpf(s) ** 2) for x, m, s in scaled],
        [stats.norm.logpdf(x, m, s) for x, m, s in scaled],
        1e-12,
    )
    pairs = [
        (mq, lq, mp_, lp)
        for lq in (-10, -1, f32(-0.01), 0, f32(1e-4), f32(0.3), 2, 10)
        for mq, mp_, lp in ((0, 0, 0), (1, f32(-0.5), f32(0.7)), (0, 0, f32(0.3)), (f32(0.1), 0, -4), (-2, 2, 5))
    ]
    standard = [(m, lv) for lv in LOG_VARS for m in (0, f32(1e-3), f32(0.3), -2)] + [(60, 0), (0, 0)]
    # So narrow that 1/σ or 1/σ² is no float32.
    narrow = [(f32(m), f32(m), f32(lv)) for m in (0.5, -3) for lv in (-100, -174, -200, -400, -1000)]
    close = [
        (f32(m), f32(s), f32(n), f32(s * r))
        for m, n, s in ((0, 0, 1), (0.5, 0.5, 0.01), (-2, -2, 300))
        for r in (1, 1 + 1e-6, 1 - 1e-4, 1.01, 0.7, 1.5)
    ]
    unit = [(f32(m), f32(s)) for m in (0, 1e-4) for s in (1, 1 + 1e-6, 1 - 1e-4, 1.01, 0.7, 1.6, 1e-3, 40)]
    columns = lambda names, rows: {n: [r[i] for r in rows] for i, n in enumerate(names)}
    kl_of = lambda mq, lq, mp_, lp: normal_kl(mq, exp(mpf(lq)), mp_, exp(mpf(lp)))
    write("normal", SOURCE, {
        "logDensity": {
            **columns(("x", "mean", "logVar"), cases),
            "y": [normal_log_density(x, m, exp(mpf(lv))) for x, m, lv in cases],
        },
        "logDensityScale": {
            **columns(("x", "mean", "scale"), scaled),
            "y": [normal_log_density(x, m, mpf(s) ** 2) for x, m, s in scaled],
        },
        "narrow": {
            **columns(("x", "mean", "logVar"), narrow),
            "y": [normal_log_density(x, m, exp(mpf(lv))) for x, m, lv in narrow],
        },
        "klClose": {
            **columns(("qMean", "qScale", "pMean", "pScale"), close),
            "y": [normal_kl(m, mpf(s) ** 2, n, mpf(t) ** 2) for m, s, n, t in close],
            # ∂/∂σ_q = σ_q/σ_p² − 1/σ_q and, where the means are equal, ∂/∂σ_p = 1/σ_p − σ_q²/σ_p³
            "gradientQ": [mpf(s) / mpf(t) ** 2 - 1 / mpf(s) for _, s, _, t in close],
            "gradientP": [1 / mpf(t) - mpf(s) ** 2 / mpf(t) ** 3 for _, s, _, t in close],
        },
        "klUnit": {
            **columns(("mean", "scale"), unit),
            "y": [normal_kl(m, mpf(s) ** 2, 0, mpf(1)) for m, s in unit],
            "gradientScale": [mpf(s) - 1 / mpf(s) for _, s in unit],
        },
        "kl": {**columns(("qMean", "qLogVar", "pMean", "pLogVar"), pairs), "y": [kl_of(*p) for p in pairs]},
        "klScale": {
            **columns(("qMean", "qScale", "pMean", "pScale"), [(0.5, 0.25, -1, 2), (0, 1, 0, 1), (3, f32(0.1), 3, 4)]),
            "y": [
                normal_kl(0.5, mpf(0.25) ** 2, -1, mpf(4)),
                0,
                normal_kl(3, mpf(f32(0.1)) ** 2, 3, mpf(16)),
            ],
        },
        "klStandard": {
            **columns(("mean", "logVar"), standard),
            "y": [kl_of(m, lv, 0, 0) for m, lv in standard],
            # ∂/∂mean = mean, ∂/∂logVar = (e^logVar − 1)/2
            "gradientLogVar": [(exp(mpf(lv)) - 1) / 2 for _, lv in standard],
        },
        "entropy": {"logVar": LOG_VARS, "y": [normal_entropy(exp(mpf(lv))) for lv in LOG_VARS]},
    })


def bernoulli_log_mass(x, l):
    return mpf(x) * mpf(l) - softplus(l)


def sigmoid(l):
    return 1 / (1 + exp(-mpf(l)))


def bernoulli_entropy(l):
    return sigmoid(l) * softplus(-mpf(l)) + sigmoid(-mpf(l)) * softplus(l)


def bernoulli_kl(q, p):
    return sigmoid(q) * (softplus(-mpf(p)) - softplus(-mpf(q))) + sigmoid(-mpf(q)) * (softplus(p) - softplus(q))


def bernoulli():
    logits = [f32(s * l) for l in (0, 1e-4, 0.3, 1, 3, 10, 17, 60, 200) for s in (1, -1)]
    cases = [(x, l) for l in logits for x in (0, 1, 0.5, f32(0.2), f32(0.997))]
    moderate = [(l, x) for l in logits if abs(l) < 20 for x in (0, 1)]
    near(
        [bernoulli_log_mass(x, l) for l, x in moderate],
        [stats.bernoulli.logpmf(x, special.expit(l)) for l, x in moderate],
        1e-6,
    )
    near([bernoulli_entropy(l) for l in logits], [stats.bernoulli.entropy(special.expit(l)) for l in logits], 1e-6)
    pairs = [(q, p) for q in logits for p in (0, f32(0.3), -3, 60, -200)]
    near(
        [bernoulli_kl(q, p) for q, p in pairs if abs(q) < 11 and abs(p) < 11],
        [
            special.rel_entr(special.expit(q), special.expit(p)) + special.rel_entr(special.expit(-q), special.expit(-p))
            for q, p in pairs
            if abs(q) < 11 and abs(p) < 11
        ],
        1e-9,
    )
    # Where the outcome is all but sure, log p is small and KLs of neighbours are smaller still.
    sure = [(x, f32(s * l)) for l in (0.1, 2, 5, 8, 11, 12, 13, 13.9, 14, 16, 30, 80) for s in (1, -1) for x in (0, 1, f32(0.999))]
    nearby = [
        (f32(s * l), f32(s * l + d))
        for l in (0, 0.5, 4, 9, 17, 40)
        for s in (1, -1)
        for d in (0, 1e-3, -1e-3, 0.1, -0.1, 0.9, 1.1, -1.1, 5, -5, 30, -90)
    ]
    write("bernoulli", SOURCE, {
        "sure": {
            "x": [x for x, _ in sure],
            "logits": [l for _, l in sure],
            "y": [bernoulli_log_mass(x, l) for x, l in sure],
        },
        "klNearby": {
            "q": [q for q, _ in nearby],
            "p": [p for _, p in nearby],
            "y": [bernoulli_kl(q, p) for q, p in nearby],
            # ∂/∂q = σ(q) σ(−q) (q − p), ∂/∂p = σ(p) − σ(q)
            "gradientQ": [sigmoid(q) * sigmoid(-mpf(q)) * (mpf(q) - mpf(p)) for q, p in nearby],
            "gradientP": [sigmoid(p) - sigmoid(q) for q, p in nearby],
        },
        "logMass": {
            "x": [x for x, _ in cases],
            "logits": [l for _, l in cases],
            "y": [bernoulli_log_mass(x, l) for x, l in cases],
            "gradientLogits": [mpf(x) - sigmoid(l) for x, l in cases],
        },
        "moments": {
            "logits": logits,
            "mean": [sigmoid(l) for l in logits],
            "variance": [sigmoid(l) * sigmoid(-mpf(l)) for l in logits],
            "entropy": [bernoulli_entropy(l) for l in logits],
            "gradientEntropy": [-mpf(l) * sigmoid(l) * sigmoid(-mpf(l)) for l in logits],
        },
        "kl": {"q": [q for q, _ in pairs], "p": [p for _, p in pairs], "y": [bernoulli_kl(q, p) for q, p in pairs]},
    })


# --- losses ------------------------------------------------------------------------------------------------------

def elbo():
    x = [[0, 1, f32(0.25)], [1, 1, f32(0.9)]]
    logits = [gauss(3, 2), gauss(3, 2)]
    mean = [gauss(2), gauss(2)]
    log_var = [gauss(2), gauss(2)]
    prior_mean = [gauss(2), gauss(2)]
    prior_log_var = [gauss(2), gauss(2)]
    z = [gauss(2), gauss(2)]
    mask = [[1, 0, 1], [0, 0, 1]]
    weights = [1, 3]
    beta = 4

    average = lambda v: sum(v) / len(v)
    nll = [-sum(bernoulli_log_mass(a, l) for a, l in zip(*r)) for r in zip(x, logits)]
    masked = [-sum(m * bernoulli_log_mass(a, l) for a, l, m in zip(*r)) for r in zip(x, logits, mask)]
    standard = [[normal_kl(m, exp(mpf(lv)), 0, mpf(1)) for m, lv in zip(*r)] for r in zip(mean, log_var)]
    learned = [
        [normal_kl(m, exp(mpf(lv)), n, exp(mpf(lw))) for m, lv, n, lw in zip(*r)]
        for r in zip(mean, log_var, prior_mean, prior_log_var)
    ]
    # log q(z | x) − log p(z) at the given z, the one-sample estimate of the KL
    sampled = [
        sum(
            normal_log_density(a, m, exp(mpf(lv))) - normal_log_density(a, n, exp(mpf(lw)))
            for a, m, lv, n, lw in zip(*r)
        )
        for r in zip(z, mean, log_var, prior_mean, prior_log_var)
    ]
    sums = lambda rows: [sum(r) for r in rows]

    def terms(nll, kl, beta=1, weights=(1, 1)):
        mean_of = lambda v: sum(w * e for w, e in zip(weights, v)) / sum(weights)
        reconstruction, divergence = mean_of(nll), mean_of(kl)
        return {
            "reconstruction": reconstruction,
            "kl": divergence,
            "elbo": -reconstruction - divergence,
            "loss": reconstruction + beta * divergence,
        }

    write("elbo", SOURCE, {
        "x": x,
        "logits": logits,
        "mean": mean,
        "logVar": log_var,
        "priorMean": prior_mean,
        "priorLogVar": prior_log_var,
        "z": z,
        "mask": mask,
        "weights": weights,
        "beta": beta,
        "perExample": {
            "reconstruction": nll,
            "maskedReconstruction": masked,
            "kl": sums(standard),
            "klElements": standard,
            "klToPrior": sums(learned),
            "sampledKlToPrior": sampled,
        },
        "standard": terms(nll, sums(standard)),
        "beta4": terms(nll, sums(standard), beta),
        "weighted": terms(nll, sums(standard), 1, weights),
        "masked": terms(masked, sums(standard)),
        "learnedPrior": terms(nll, sums(learned)),
        "sampled": terms(nll, sampled),
        "dimensionMeans": [average([r[d] for r in standard]) for d in range(2)],
    })


def iwae():
    cases = {
        "moderate": [gauss(3, 2) for _ in range(5)],
        "far": [[f32(-900 + random.gauss(0, 20)) for _ in range(3)] for _ in range(8)],
        "one": [gauss(4, 3)],
        "equal": [[f32(-3.5), 7]] * 6,
        "dominated": [[f32(-1e3), -2], [f32(-2e3), f32(-80)], [f32(-1.5e3), f32(-90)]],
        "impossible": [[-math.inf, -math.inf, 3], [-math.inf, 0, -math.inf], [-math.inf, 0, 3]],
    }
    out = {}
    for name, log_weights in cases.items():
        columns = list(zip(*log_weights))
        bound = [log_sum_exp(c) - log(len(c)) for c in columns]
        near(bound, [special.logsumexp(c) - math.log(len(c)) for c in columns])
        # (Σw)² / Σw², and 0 where nothing has weight
        ess = [1 / max(sum(w**2 for w in softmax(c)), mpf(2) ** -99) if max(c) > -math.inf else 0 for c in columns]
        weights = list(zip(*[softmax(c) for c in columns]))
        out[name] = {
            "logWeights": log_weights,
            "perExample": {"bound": bound, "ess": ess},
            "bound": sum(bound) / len(bound),
            "ess": sum(ess) / len(ess),
            # gradient of the loss, −bound averaged over the batch
            "gradient": [[-w / len(columns) for w in row] for row in weights],
        }
    write("iwae-impossible", SOURCE, out.pop("impossible"))
    write("iwae", SOURCE, out)


def interpolate():
    """Along the great circle between the directions, the norm linear: White 2016, section 2.1, for any norms."""

    def point(a, b, t):
        a, b = [mpf(v) for v in a], [mpf(v) for v in b]
        na, nb = mp.sqrt(sum(v**2 for v in a)), mp.sqrt(sum(v**2 for v in b))
        angle = mp.acos(sum(v * w for v, w in zip(a, b)) / (na * nb))
        wa, wb = mp.sin((1 - t) * angle) / mp.sin(angle) / na, mp.sin(t * angle) / mp.sin(angle) / nb
        return [(wa * v + wb * w) * ((1 - t) * na + t * nb) for v, w in zip(a, b)]

    cases = []
    for na, nb in ((1, 1), (1e20, 1e20), (1e-25, 1e-25), (1e20, 1e-25), (1e-25, 3), (1e37, 1e36)):
        a = [f32(v * na) for v in (0.6, -0.5, 0.2)]
        b = [f32(v * nb) for v in (-0.3, 0.1, 0.9)]
        cases.append({"a": a, "b": b, "points": [a, *[point(a, b, mpf(k) / 4) for k in (1, 2, 3)], b]})
    write("interpolate", SOURCE, {"cases": cases})


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for make in (ops, normal, bernoulli, elbo, iwae, interpolate):
        random.seed(make.__name__)  # a seed each: adding to one file leaves the others as they are
        make()
