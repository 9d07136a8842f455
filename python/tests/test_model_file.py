"""The file of saveVae: golden bytes of the library, damage, other kinds."""

import os
from pathlib import Path

import numpy as np
import pytest

from tfjs_vae.errors import FileFormatError
from tfjs_vae.model_file import model_bytes, parse_model, read_model, write_model
from tfjs_vae.plain_json import from_json, to_json

TENSORS = {
    "encoder/0/kernel": np.arange(6, dtype="<f4").reshape(2, 3),
    "decoder/sigma/count": np.array(3, dtype="<f4"),
    "é/😀": np.array([True, False]),
    "é/\uffff": np.array([1], dtype="<i4"),
}
NOTES = {"config": '{"encoder":{},"decoder":{"σ":"\\n"}}', "note": 'a "checksum":"deadbeef" in text\n\u2028\x7f'}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_model(path, TENSORS, NOTES)
    found = read_model(path)
    assert found.notes == NOTES
    assert found.tensors.keys() == TENSORS.keys()
    for key, values in TENSORS.items():
        np.testing.assert_array_equal(found.tensors[key], values)
        assert found.tensors[key].dtype == values.dtype
    assert model_bytes(found.tensors, found.notes) == path.read_bytes()
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_every_damaged_byte_is_noticed() -> None:
    raw = model_bytes({"a": np.zeros(3, "<f4")}, {"config": "{}"})
    for at in range(len(raw)):
        damaged = bytearray(raw)
        damaged[at] ^= 1
        with pytest.raises(FileFormatError):
            parse_model(bytes(damaged), "m")
        with pytest.raises(FileFormatError):
            parse_model(raw[:at], "m")


def test_other_files_are_named() -> None:
    raw = model_bytes({"a": np.zeros(3, "<f4")}, {"config": "{}"})
    with pytest.raises(FileFormatError, match=r"expected a file of the format 'tfjs-vae/model', got 'tfjs-vae/weight'"):
        parse_model(_renamed(raw), "m")
    with pytest.raises(FileFormatError, match="reads version 1 of 'tfjs-vae/model', the file has 2"):
        parse_model(raw.replace(b'"version":"1"', b'"version":"2"'), "m")
    with pytest.raises(FileFormatError, match="must name an encoder and a decoder"):
        _ = parse_model(raw, "m").config


def _renamed(raw: bytes) -> bytes:
    length = int.from_bytes(raw[:8], "little") + 1
    return length.to_bytes(8, "little") + raw[8:].replace(b'"tfjs-vae/model"', b'"tfjs-vae/weight"', 1)


def test_an_unfit_tensor_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_model(path, TENSORS, NOTES)
    before = path.read_bytes()
    with pytest.raises(FileFormatError, match="holds float32, int32 or bool, got float64"):
        write_model(path, {"a": np.zeros(3)}, NOTES)
    assert path.read_bytes() == before


def test_numbers_that_json_lacks() -> None:
    assert (
        to_json({"a": float("inf"), "b": [-0.0, 1.0, 0.5]}) == '{"a":{"number":"Infinity"},"b":[{"number":"-0"},1,0.5]}'
    )
    assert from_json('{"a":{"number":"-Infinity"}}', "t") == {"a": float("-inf")}
    for text in ("NaN", "[1,", '{"a":1,"a":2}', "[" * 5000):
        with pytest.raises(FileFormatError):
            from_json(text, "t")
