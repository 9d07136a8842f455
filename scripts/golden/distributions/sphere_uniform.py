from distributions.sphere import log_surface, unit
from mpmath import mpf
from rows import row


def rows():
    return {
        "sphere": row(
            [4],
            {},
            [unit(3) for _ in range(4)],
            log_p=lambda x, p: -log_surface(3),
            mean=lambda p: [0, 0, 0],
            variance=lambda p: [mpf(1) / 3] * 3,
            entropy=lambda p: log_surface(3),
            kls=[("sphereUniform", {}, lambda q, p: mpf(0))],
            batch=[1],
        )
    }
