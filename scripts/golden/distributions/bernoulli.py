import random

from golden import f32, gauss
from make_golden import bernoulli_entropy, bernoulli_kl, bernoulli_log_mass, sigmoid
from mpmath import mpf
from rows import elementwise, grid_of


def bernoulli(shape, event_rank, x, logits, other):
    return elementwise(
        shape,
        event_rank,
        {"logits": logits},
        x,
        log_p=lambda v, p: bernoulli_log_mass(v, p["logits"]),
        mean=lambda p: sigmoid(p["logits"]),
        variance=lambda p: sigmoid(p["logits"]) * sigmoid(-mpf(p["logits"])),
        entropy=lambda p: bernoulli_entropy(p["logits"]),
        kls=[("bernoulli", {"logits": other}, lambda q, p: bernoulli_kl(q["logits"], p["logits"]))],
    )


def rows():
    return {
        "binary": bernoulli([3, 4], 1, [1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0], gauss(12, 2), gauss(12, 2)),
        "grey": bernoulli([2, 2, 3], 2, [f32(random.random()) for _ in range(12)], gauss(12, 3), gauss(12, 1)),
    }


def grid():
    logits = [f32(s * v) for v in (0, 1e-8, 1e-3, 0.3, 1, 5, 17, 60, 104, 1e4) for s in (1, -1)]
    return {
        "bernoulli": grid_of(
            {"logits": logits},
            [0, 1, f32(0.3)],
            log_p=lambda x, p: bernoulli_log_mass(x, p["logits"]),
            gradients={"logits": lambda x, p: mpf(x) - sigmoid(p["logits"])},
        )
    }
