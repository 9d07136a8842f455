"""What a model is worth on data, and the σ² that it has on its training set."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from tfjs_vae.data import Data
from tfjs_vae.likelihoods import Gaussian
from tfjs_vae.stepper import Stepper

#: At most so many examples are looked at for σ².
EXAMPLES = 10_000


def evaluate(stepper: Stepper, data: Data, batch_size: int) -> dict[str, float]:
    """Means per example in nats: `elbo`, `reconstruction` and `kl`, without dropout and batch statistics.

    The noise of an example depends on the seed and its place in the data alone.
    """
    stepper.vae.eval()
    total = torch.zeros(2, dtype=torch.float64, device=stepper.like.device)
    with torch.no_grad():
        for rows in batches(np.arange(data.count), batch_size):
            share = stepper.share_of(data, rows, rows, "evaluation")
            terms = stepper.vae.terms(share.batch.x, share.draws, share.condition, share.batch.target)
            total += torch.stack([terms.nll.double().sum(), terms.kl.double().sum()])
    reconstruction, kl = (stepper.group.sum(total) / data.count).tolist()
    return {"elbo": -(reconstruction + kl), "reconstruction": reconstruction, "kl": kl}


def calibrate(stepper: Stepper, data: Data) -> None:
    """Measures σ² of `sigma: 'optimal'` anew on the training set, as the library does at the end of an epoch."""
    likelihood = stepper.vae.decoder.likelihood
    if not (isinstance(likelihood, Gaussian) and likelihood.sigma == "optimal"):
        return
    stepper.vae.eval()
    for i, rows in enumerate(_spread(data.count, stepper.run.batch_size)):
        share = stepper.share_of(data, rows, rows, "evaluation")
        stepper.vae.calibrate(share.batch.x, share.draws, share.condition, share.batch.target, is_first=i == 0)


def batches(order: NDArray[np.int64], batch_size: int) -> Iterator[NDArray[np.int64]]:
    """The rows of each batch; the last one may be smaller."""
    return (order[at : at + batch_size] for at in range(0, len(order), batch_size))


def _spread(count: int, batch_size: int) -> Iterator[NDArray[np.int64]]:
    """Whole batches that are spread over the data, since data may be sorted."""
    total, wanted = -(-count // batch_size), -(-EXAMPLES // batch_size)
    firsts = range(total) if total <= wanted else [i * total // wanted for i in range(wanted)]
    return (np.arange(first * batch_size, min((first + 1) * batch_size, count)) for first in firsts)
