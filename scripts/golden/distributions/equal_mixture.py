from distributions.normal_mixture import log_p, mean
from golden import gauss, reshaped
from rows import row


def rows():
    """Three Gaussians of equal weight in the plane, a batch of one for four values."""
    components = {"mean": reshaped(gauss(6, 1.5), [3, 2]), "logVar": reshaped(gauss(6, 0.7), [3, 2])}
    params = {"logits": [0, 0, 0], **components}
    x = reshaped(gauss(8, 1.5), [4, 2])
    golden = row([4], {}, x, log_p=lambda v, _: log_p(v, params), mean=lambda _: mean(params), batch=[1])
    return {"equalMixture": {**golden, "params": components}}
