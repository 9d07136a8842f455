import math

from distributions.normal import STANDARD, normal
from golden import f32


def rows():
    """A batch of one, against values of a batch of four."""
    other = {"mean": [1, 0], "logVar": [0, f32(math.log(4))]}
    return {"standard": normal([4, 2], 1, {}, {"standard": STANDARD, "normal": other}, batch=[1])}
