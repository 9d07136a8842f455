"""The file of `saveVae`: the weights by path, the configuration as JSON in the metadata, and a checksum."""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tfjs_vae.errors import FileFormatError
from tfjs_vae.plain_json import from_json
from tfjs_vae.safetensors import Array, read_bytes, to_bytes
from tfjs_vae.write_aside import write_aside

MODEL = "tfjs-vae/model"
VERSION = "1"
_KEY = b'"checksum":"'
_EMPTY = b"00000000"
_OWN = ("format", "version", "checksum")


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds.

    `tensors` are arrays by path, such as `encoder/0/kernel`; `notes` is the metadata but for the format, its version
    and the checksum, which are written anew. `notes["config"]` is the configuration as text.
    """

    tensors: dict[str, Array]
    notes: dict[str, str]
    name: str = "the model"

    @property
    def config(self) -> dict[str, Any]:
        """The configuration: an encoder, a decoder, and a prior where it is not N(0, I)."""
        found = from_json(self.notes.get("config", ""), f"{self.name}: its configuration")
        if (
            isinstance(found, dict)
            and isinstance(found.get("encoder"), dict)
            and isinstance(found.get("decoder"), dict)
        ):
            return cast("dict[str, Any]", found)
        raise FileFormatError(f"{self.name}: its configuration must name an encoder and a decoder")


def read_model(path: str | os.PathLike[str]) -> ModelFile:
    """Reads a model file.

    Raises `FileFormatError` when it is damaged, of another kind or of a version that this release does not know.
    """
    with open(path, "rb") as file:
        return parse_model(file.read(), os.fspath(path))


def parse_model(raw: bytes, name: str) -> ModelFile:
    """The model in the bytes of a file; `name` begins the errors."""
    tensors, header = read_bytes(raw, name)
    notes = header.metadata
    if notes.get("format") != MODEL:
        found = f"'{notes['format']}'" if "format" in notes else "none"
        raise FileFormatError(f"{name}: expected a file of the format '{MODEL}', got {found}; saveVae writes one")
    if notes.get("version") != VERSION:
        raise FileFormatError(
            f"{name}: this release reads version {VERSION} of '{MODEL}', the file has {notes.get('version')}; "
            "a newer tfjs_vae may read it"
        )
    at = _place_of_checksum(raw)
    if at is None or "checksum" not in notes:
        raise FileFormatError(f"{name}: the file has no checksum")
    actual = _checksum(raw, at)
    if actual != notes["checksum"]:
        raise FileFormatError(f"{name}: the file is damaged: its checksum is {actual}, not {notes['checksum']}")
    for key, entry in header.entries.items():
        if entry.dtype not in ("F32", "I32", "BOOL"):
            raise FileFormatError(f"{name}: tensor '{key}' is {entry.dtype}; saveVae writes F32, I32 and BOOL")
    kept = {key: np.array(values) for key, values in tensors.items()}
    return ModelFile(kept, {key: value for key, value in notes.items() if key not in _OWN}, name)


def model_bytes(tensors: Mapping[str, Array], notes: Mapping[str, str]) -> bytes:
    """The bytes of a model file: those that `saveVae` writes for the same weights and notes."""
    for key in notes:
        if key in _OWN:
            raise FileFormatError(f"a model file writes '{key}' itself; leave it out of the notes")
    for key, values in tensors.items():
        if values.dtype == np.float64:
            raise FileFormatError(f"tensor {key!r}: a model file holds float32, int32 or bool, got float64")
    file = to_bytes(tensors, {**notes, "format": MODEL, "version": VERSION, "checksum": _EMPTY.decode()})
    at = _place_of_checksum(file)
    assert at is not None
    file[at : at + len(_EMPTY)] = _checksum(file, at).encode()
    return bytes(file)


def write_model(path: str | os.PathLike[str], tensors: Mapping[str, Array], notes: Mapping[str, str]) -> None:
    """Writes a model file aside and renames it: what was at `path` stays whole until then.

    `notes` holds at least `config`, the text of the configuration.
    """
    write_aside(path, model_bytes(tensors, notes))


def _place_of_checksum(raw: bytes | bytearray) -> int | None:
    """The first match is the key itself: keys are sorted, and no text before it can hold an unescaped quote."""
    length = int.from_bytes(raw[:8], "little")
    at = raw.find(_KEY, 8, 8 + length)
    return None if at < 0 else at + len(_KEY)


def _checksum(raw: bytes | bytearray, at: int) -> str:
    """CRC-32 of the file as it was before the sum was written into it."""
    whole = memoryview(raw)
    total = zlib.crc32(whole[at + len(_EMPTY) :], zlib.crc32(_EMPTY, zlib.crc32(whole[:at])))
    return f"{total:08x}"
