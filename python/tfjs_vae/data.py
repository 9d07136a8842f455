"""The data of a run: rows that fit the model, and a condition for each where the model needs one."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tfjs_vae.errors import FileFormatError, VaeError
from tfjs_vae.rows import RowOptions, Rows, fits, open_rows
from tfjs_vae.vae import Vae


@dataclass(frozen=True)
class Example:
    """Some examples as tensors."""

    x: Tensor
    condition: Tensor | None


class Data:
    """Rows for a model, checked against it before any is read."""

    def __init__(self, vae: Vae, x: Rows, condition: Rows | None) -> None:
        self.rows = x
        self.condition = condition
        self.count = x.count
        self._shape = vae.input_shape
        self._condition_shape = vae.condition_shape
        if not fits(x.event, vae.input_shape):
            raise FileFormatError(f"{x.name}: rows are {list(x.event)}, but the model takes {list(vae.input_shape)}")
        if (condition is None) != (vae.condition_shape is None):
            mend = "give --condition" if condition is None else "leave --condition out"
            has = "a condition" if condition is None else "no condition"
            raise VaeError(f"the model takes {has}; {mend}")
        if condition is None or vae.condition_shape is None:
            return
        if condition.count != x.count:
            raise FileFormatError(f"{condition.name}: {condition.count} conditions for {x.count} rows")
        is_label = condition.whole_numbers(np.arange(0)) is not None and len(vae.condition_shape) == 1
        if not is_label and condition.event != vae.condition_shape:
            raise FileFormatError(
                f"{condition.name}: conditions are {list(condition.event)}, but the model takes "
                f"{list(vae.condition_shape)}"
            )

    def read(self, rows: NDArray[np.int64], like: Tensor) -> Example:
        """These rows, of the type and on the device of `like`."""
        x = torch.from_numpy(self.rows.read(rows)).reshape(len(rows), *self._shape)
        condition = None if self.condition is None else self._conditions(self.condition, rows)
        return Example(
            x.to(device=like.device, dtype=like.dtype),
            None if condition is None else condition.to(device=like.device, dtype=like.dtype),
        )

    def _conditions(self, condition: Rows, rows: NDArray[np.int64]) -> Tensor:
        """Class labels become one-hot vectors."""
        labels = condition.whole_numbers(rows)
        assert self._condition_shape is not None
        if labels is None:
            vectors = condition.read(rows)
            bad = ~np.isfinite(vectors).reshape(len(rows), -1).all(1)
            if bad.any():
                raise FileFormatError(f"{condition.name}: row {rows[bad][0]} holds a number that is not finite")
            return torch.from_numpy(vectors)
        classes = self._condition_shape[0]
        if len(labels) and (labels.min() < 0 or labels.max() >= classes):
            wrong = labels[(labels < 0) | (labels >= classes)][0]
            raise FileFormatError(f"{condition.name}: a label must be below {classes}, got {wrong}")
        return torch.nn.functional.one_hot(torch.from_numpy(labels), classes)


def open_data(vae: Vae, x: str, condition: str | None, options: RowOptions) -> Data:
    """The data in files. Labels are not scaled."""
    conditions = None if condition is None else open_rows(condition, RowOptions(scale=1.0))
    return Data(vae, open_rows(x, options), conditions)


def check_support(name: str, x: Tensor, support: tuple[float, float], rows: NDArray[np.int64]) -> None:
    """Refuses values that the likelihood cannot explain, and NaN."""
    low, high = support
    bad = ~(torch.isfinite(x) & (x >= low) & (x <= high)).flatten(1).all(1)
    if not bool(bad.any()):
        return
    place = int(bad.nonzero()[0])
    wrong = x[place][~(torch.isfinite(x[place]) & (x[place] >= low) & (x[place] <= high))].flatten()[0].item()
    wanted = "finite numbers" if low == -high else f"within [{low:g}, {high:g}]; --scale multiplies them"
    raise VaeError(f"{name}: row {rows[place]} holds {wrong}, but values must be {wanted}")
