"""Rows of data files by memory map: idx, `.npy`, safetensors and plain numbers."""

import gzip
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tfjs_vae.errors import FileFormatError
from tfjs_vae.safetensors import DTYPES, Array, header_length, parse_header

_IDX = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_RAW = {"uint8": "u1", "int32": "<i4", "float32": "<f4"}


@dataclass(frozen=True)
class RowOptions:
    """How a file is read, where it does not say so itself."""

    #: Event shape and type of plain numbers, and the bytes before the first.
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    offset: int = 0
    #: The tensor of a safetensors file.
    tensor: str | None = None
    #: What a value is multiplied by; 1/255 for bytes and 1 for others unless given.
    scale: float | None = None


class Rows:
    """The rows of an array `[count, …event]`, read when they are due, as float32."""

    def __init__(self, name: str, values: Array, scale: float | None, *, is_bfloat16: bool = False) -> None:
        if values.ndim < 1 or values.size == 0:
            raise FileFormatError(f"{name}: expected [count, …event] and at least one row, got {list(values.shape)}")
        self.name = name
        self.count = int(values.shape[0])
        self.event = tuple(int(n) for n in values.shape[1:])
        self._values = values
        self._is_bfloat16 = is_bfloat16
        self._scale = scale if scale is not None else 1 / 255 if values.dtype == np.uint8 else 1.0
        # Bytes are looked up, which rounds each product once, as the library does.
        is_byte = values.dtype == np.uint8
        self._table = (np.arange(256) * self._scale).astype(np.float32) if is_byte else None

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """These rows; the event is as the file has it."""
        found = self._values[rows]
        if self._table is not None:
            return self._table[found]
        if self._is_bfloat16:
            found = (found.astype(np.uint32) << np.uint32(16)).view(np.float32)
        scaled = found if self._scale == 1 else found.astype(np.float64) * self._scale
        return np.ascontiguousarray(scaled, dtype=np.float32)

    def whole_numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """The rows as class labels; `None` where the file does not hold one whole number a row."""
        if self._values.ndim != 1 or self._values.dtype.kind not in "iu":
            return None
        return self._values[rows].astype(np.int64)


def open_rows(path: str, options: RowOptions) -> Rows:
    """The rows of a file, known by how it begins or, for plain numbers, by `shape` and `dtype`.

    Raises `FileFormatError` when it is none of these, is cut short, or its rows cannot be found.
    """
    if not Path(path).is_file():
        raise FileFormatError(f"{path}: there is no such file")
    if options.dtype is not None or options.shape is not None:
        return Rows(path, _raw(path, options), options.scale)
    with open(path, "rb") as file:
        start = file.read(8)
    if start[:6] == b"\x93NUMPY":
        return Rows(path, _npy(path), options.scale)
    if start[:2] == b"\x1f\x8b":
        return Rows(path, _packed_idx(path), options.scale)
    if len(start) >= 4 and start[:2] == b"\0\0" and start[2] in _IDX and start[3] > 0:
        return Rows(path, _idx(path), options.scale)
    if path.endswith(".safetensors"):
        values, is_bfloat16 = _safetensors(path, options.tensor)
        return Rows(path, values, options.scale, is_bfloat16=is_bfloat16)
    raise FileFormatError(
        f"{path}: expected idx (also .gz), .npy or .safetensors; give --shape and --dtype for plain numbers"
    )


def _idx_header(head: bytes, size: int, path: str) -> tuple[np.dtype[np.generic], tuple[int, ...], int]:
    rank = head[3]
    if len(head) < 4 + 4 * rank:
        raise FileFormatError(f"{path}: an idx header of rank {rank} does not fit a file of {size} bytes")
    shape = tuple(int(n) for n in np.frombuffer(head, ">u4", rank, 4))
    dtype = np.dtype(_IDX[head[2]])
    expected = 4 + 4 * rank + math.prod(shape) * dtype.itemsize
    if size != expected:
        how = "cut short" if size < expected else "too long"
        raise FileFormatError(f"{path}: its header announces {list(shape)}, {expected} bytes in all: it is {how}")
    return dtype, shape, 4 + 4 * rank


def _idx(path: str) -> Array:
    with open(path, "rb") as file:
        head = file.read(4 + 4 * 255)
    dtype, shape, offset = _idx_header(head, os.path.getsize(path), path)
    return np.memmap(path, dtype, "r", offset, shape) if math.prod(shape) else np.empty(shape, dtype)


def _packed_idx(path: str) -> Array:
    try:
        with gzip.open(path, "rb") as file:
            raw = file.read()
    except (OSError, EOFError) as cause:
        raise FileFormatError(f"{path}: its gzip data are damaged or cut short: {cause}") from cause
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _IDX or raw[3] == 0:
        raise FileFormatError(f"{path}: what is packed in it is not an idx file")
    dtype, shape, offset = _idx_header(raw, len(raw), path)
    values: Array = np.frombuffer(raw, dtype, math.prod(shape), offset)
    return values.reshape(shape)


def _npy(path: str) -> Array:
    try:
        values: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as cause:
        raise FileFormatError(f"{path}: not an array of numbers: {cause}") from cause
    if values.dtype.kind not in "fiub":
        raise FileFormatError(f"{path}: expected numbers, got {values.dtype}")
    return values


def _raw(path: str, options: RowOptions) -> Array:
    if options.shape is None or options.dtype not in _RAW:
        raise FileFormatError(f"{path}: plain numbers need --shape and --dtype, one of {', '.join(_RAW)}")
    dtype = np.dtype(_RAW[options.dtype])
    row = math.prod(options.shape) * dtype.itemsize
    rest = os.path.getsize(path) - options.offset
    if row < 1 or options.offset < 0 or rest < row or rest % row != 0:
        raise FileFormatError(
            f"{path}: {rest} bytes are not a positive multiple of the {row} bytes of a row: it is cut short, or has a "
            "header to skip with --offset"
        )
    return np.memmap(path, dtype, "r", options.offset, (rest // row, *options.shape))


def _safetensors(path: str, tensor: str | None) -> tuple[Array, bool]:
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = header_length(file.read(8), size, path)
        header = parse_header(file.read(length), size, path)
    names = list(header.entries)
    name = names[0] if tensor is None and len(names) == 1 else tensor
    if name is None or name not in header.entries:
        raise FileFormatError(f"{path}: name one of its tensors with --tensor: {', '.join(names[:20])}")
    entry = header.entries[name]
    if math.prod(entry.shape) == 0:
        return np.empty(entry.shape, DTYPES[entry.dtype]), False
    values = np.memmap(path, DTYPES[entry.dtype], "r", entry.begin, entry.shape)
    return values, entry.dtype == "BF16"


def fits(given: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether rows are the model's input as they lie: the same sizes but for axes of 1, or one of both is flat."""
    if math.prod(given) != math.prod(wanted):
        return False
    return len(given) <= 1 or len(wanted) <= 1 or [n for n in given if n > 1] == [n for n in wanted if n > 1]
