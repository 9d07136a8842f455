"""The safetensors format, read strictly and written as the library writes it.

Format: github.com/huggingface/safetensors, section "Format".
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tfjs_vae.errors import FileFormatError

Array = NDArray[Any]

#: NumPy's type for each dtype that is read; BF16 has none and comes as its 16 bits.
DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
#: The dtypes that are written, in the order in which tensors lie in a file.
_WRITTEN = {
    np.dtype("<f8"): (-1, "F64"),
    np.dtype("<f4"): (0, "F32"),
    np.dtype("<i4"): (1, "I32"),
    np.dtype("?"): (2, "BOOL"),
}
_METADATA = "__metadata__"
#: The largest header that the reference implementation reads.
MAX_HEADER = 100_000_000


class Entry(NamedTuple):
    """Where a tensor lies: offsets count from the first byte of the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class Header(NamedTuple):
    """What the header of a file says."""

    entries: dict[str, Entry]
    metadata: dict[str, str]
    data_start: int


def header_length(start: bytes, file_bytes: int, name: str) -> int:
    """The length of the header, from the first 8 bytes of a file of this size."""
    if file_bytes < 8 or len(start) < 8:
        raise FileFormatError(f"{name}: a safetensors file begins with 8 bytes that give the header's length")
    (length,) = struct.unpack("<Q", start[:8])
    if length > MAX_HEADER:
        raise FileFormatError(f"{name}: not a safetensors file: a header of {length} bytes is beyond {MAX_HEADER}")
    if length > file_bytes - 8:
        raise FileFormatError(f"{name}: a header of {length} bytes does not fit a file of {file_bytes}: it is cut")
    return int(length)


def parse_header(text: bytes, file_bytes: int, name: str) -> Header:
    """The header of a file, checked against itself and against the size of the file."""
    try:
        if text[:1] != b"{":
            raise ValueError("it does not begin with {")
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as cause:
        raise FileFormatError(f"{name}: not a safetensors file: its header is damaged: {str(cause)[:200]}") from cause
    metadata = found.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FileFormatError(f"{name}: its metadata must be text by key")
    start = 8 + len(text)
    entries = {key: _entry(name, key, value, start) for key, value in found.items()}
    _check_cover(name, entries, start, file_bytes)
    return Header(entries, metadata, start)


def read_bytes(raw: bytes, name: str) -> tuple[dict[str, Array], Header]:
    """The tensors of a whole file, as views of its bytes."""
    length = header_length(raw[:8], len(raw), name)
    header = parse_header(raw[8 : 8 + length], len(raw), name)
    tensors = {key: view(raw, entry) for key, entry in header.entries.items()}
    return tensors, header


def view(raw: bytes, entry: Entry) -> Array:
    """The tensor of an entry, as a view of the file's bytes."""
    count = math.prod(entry.shape)
    values: Array = np.frombuffer(raw, DTYPES[entry.dtype], count, entry.begin)
    return values.reshape(entry.shape)


def to_bytes(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> bytearray:
    """A file of these tensors, the same bytes as `writeSafetensors` of the library makes of them."""
    laid = sorted(tensors.items(), key=lambda item: (_written(*item)[0], item[0].encode()))
    head: dict[str, Any] = {}
    if metadata:
        head[_METADATA] = dict(sorted(metadata.items(), key=lambda item: item[0].encode()))
    at = 0
    for key, values in laid:
        if key == _METADATA:
            raise FileFormatError(f"a tensor cannot be called {_METADATA}; take another name")
        head[key] = {
            "dtype": _written(key, values)[1],
            "shape": list(values.shape),
            "data_offsets": [at, at + values.nbytes],
        }
        at += values.nbytes
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    file = bytearray(struct.pack("<Q", len(text)) + text)
    for _, values in laid:
        file += np.ascontiguousarray(values).tobytes()
    return file


def _written(key: str, values: Array) -> tuple[int, str]:
    found = _WRITTEN.get(values.dtype)
    if found is None:
        raise FileFormatError(f"tensor {key!r}: dtype must be float64, float32, int32 or bool, got {values.dtype}")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _entry(name: str, key: str, value: Any, start: int) -> Entry:
    what = f"{name}: tensor {key[:60]!r}"
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise FileFormatError(f"{what} must have dtype, shape and data_offsets")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise FileFormatError(f"{what}: the dtype {str(dtype)[:60]!r} is not read: expected one of {' '.join(DTYPES)}")
    if not isinstance(shape, list) or len(shape) > 64 or not all(map(_is_size, shape)):
        raise FileFormatError(f"{what}: the shape must list whole numbers, got {str(shape)[:60]}")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
        raise FileFormatError(f"{what}: data_offsets must be [begin, end], got {str(offsets)[:60]}")
    needed = math.prod(shape) * DTYPES[dtype].itemsize
    if offsets[1] - offsets[0] != needed:
        raise FileFormatError(f"{what}: {shape} of {dtype} takes {needed} bytes, but data_offsets are {offsets}")
    return Entry(dtype, tuple(shape), start + offsets[0], start + offsets[1])


def _check_cover(name: str, entries: Mapping[str, Entry], start: int, file_bytes: int) -> None:
    """Tensors have to follow one another without holes or overlaps, from the first byte of data to the last."""
    reached = start
    for key, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin != reached or entry.end > file_bytes:
            raise FileFormatError(f"{name}: tensor {key[:60]!r} does not follow the one before it, or the file is cut")
        reached = entry.end
    if reached != file_bytes:
        raise FileFormatError(f"{name}: {file_bytes - reached} bytes at the end belong to no tensor")
