"""Rows of every kind of file, schedules, and what runs are refused."""

import gzip
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tfjs_vae.data import open_data
from tfjs_vae.draws import SeededDraws
from tfjs_vae.errors import FileFormatError, VaeError
from tfjs_vae.rows import RowOptions, fits, open_rows
from tfjs_vae.run import parse
from tfjs_vae.run_file import Run, parse_run, run_text
from tfjs_vae.safetensors import to_bytes
from tfjs_vae.schedules import schedule
from tfjs_vae.transforms import transform

PIXELS = np.random.default_rng(3).integers(0, 256, (9, 4, 5), dtype=np.uint8)
FLOATS = np.random.default_rng(4).standard_normal((9, 4, 5)).astype(np.float32)


def idx(values: np.ndarray, code: int, dtype: str) -> bytes:
    head = bytes([0, 0, code, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    return head + values.astype(dtype).tobytes()


def test_every_kind_of_file_has_the_same_rows(tmp_path: Path) -> None:
    files: dict[str, tuple[bytes, RowOptions]] = {
        "a.idx": (idx(PIXELS, 8, "u1"), RowOptions()),
        "a.idx.gz": (gzip.compress(idx(PIXELS, 8, "u1")), RowOptions()),
        "a.bin": (b"head" + PIXELS.tobytes(), RowOptions(shape=(4, 5), dtype="uint8", offset=4)),
        "f.idx": (idx(FLOATS, 13, ">f4"), RowOptions()),
        "d.idx": (idx(FLOATS, 14, ">f8"), RowOptions()),
        "f.bin": (FLOATS.tobytes(), RowOptions(shape=(4, 5), dtype="float32")),
        "f.safetensors": (bytes(to_bytes({"x": FLOATS, "y": FLOATS[:2]}, {})), RowOptions(tensor="x")),
        "i.idx": (idx(PIXELS, 12, ">i4"), RowOptions(scale=1 / 255)),
    }
    np.save(tmp_path / "a.npy", PIXELS)
    rows = np.array([8, 0, 3, 3])
    expected = (PIXELS[rows].astype(np.float64) / 255).astype(np.float32)
    np.testing.assert_allclose(open_rows(str(tmp_path / "a.npy"), RowOptions()).read(rows), expected, rtol=1e-7)
    for name, (content, options) in files.items():
        (tmp_path / name).write_bytes(content)
        found = open_rows(str(tmp_path / name), options)
        assert (found.count, found.event) == (9, (4, 5))
        wanted = FLOATS[rows] if name.startswith(("f", "d")) else expected
        np.testing.assert_allclose(found.read(rows), wanted, rtol=1e-7, err_msg=name)
        assert found.read(rows).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "content", "options", "said"),
    [
        ("a.idx", idx(PIXELS, 8, "u1")[:-1], RowOptions(), "cut short"),
        ("a.idx", idx(PIXELS, 8, "u1") + b"0", RowOptions(), "too long"),
        ("a.gz", gzip.compress(idx(PIXELS, 8, "u1"))[:-9], RowOptions(), "damaged or cut short"),
        ("a.bin", b"12345", RowOptions(shape=(2,), dtype="uint8"), "not a positive multiple of the 2 bytes"),
        ("a.bin", b"12345", RowOptions(), "give --shape and --dtype"),
        ("a.bin", b"12345", RowOptions(shape=(1,), dtype="int7"), "one of uint8, int32, float32"),
        ("a.safetensors", bytes(to_bytes({"x": FLOATS, "y": FLOATS}, {})), RowOptions(), "name one of its tensors"),
        ("a.safetensors", bytes(to_bytes({"x": FLOATS}, {}))[:-4], RowOptions(), "cut"),
        ("a.idx", idx(PIXELS[:0], 8, "u1"), RowOptions(), "at least one row"),
    ],
)
def test_damaged_files_get_one_error_each(
    tmp_path: Path, name: str, content: bytes, options: RowOptions, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileFormatError, match=said):
        open_rows(str(tmp_path / name), options)


def test_a_condition_that_is_not_finite_is_named(tmp_path: Path) -> None:
    vectors = np.ones((9, 3), np.float32)
    vectors[7, 1] = np.nan
    np.save(tmp_path / "x.npy", FLOATS)
    np.save(tmp_path / "c.npy", vectors)
    vae = SimpleNamespace(input_shape=(4, 5), condition_shape=(3,))
    data = open_data(vae, str(tmp_path / "x.npy"), str(tmp_path / "c.npy"), RowOptions())  # type: ignore[arg-type]
    assert data.read(np.array([6, 0]), torch.zeros(())).condition is not None
    with pytest.raises(FileFormatError, match="row 7 holds a number that is not finite"):
        data.read(np.array([6, 7]), torch.zeros(()))


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"RANK": "one", "WORLD_SIZE": "2"}, "RANK must be a whole number below WORLD_SIZE, got one of 2"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "got 2 of 2"),
        ({"RANK": "0", "WORLD_SIZE": "2"}, "process 0 of 2 cannot join a job"),
    ],
)
def test_a_job_that_cannot_be_joined_is_said_in_one_line(job: dict[str, str], said: str) -> None:
    others = {key: value for key, value in os.environ.items() if not key.startswith("MASTER_")}
    command = [sys.executable, "-m", "tfjs_vae.run", "sleep", "60"]
    environment = {**others, **job, "PYTHONPATH": str(Path(__file__).parents[1])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_launcher_takes_what_separates_options_from_the_program() -> None:
    assert parse(["--timeout", "9", "--", "node", "--", "x"]).program == ["node", "--", "x"]
    for options in (["--", "--timeout"], ["--timeout", "9", "node", "--timeout"]):
        assert parse(options).program[-1] == "--timeout"
    with pytest.raises(SystemExit):
        parse(["--timeout", "inf", "node"])


def test_rows_fit_where_their_numbers_lie_alike() -> None:
    assert fits((28, 28), (28, 28, 1))
    assert fits((784,), (28, 28, 1))
    assert fits((28, 28), (784,))
    # Channels first would be another picture.
    assert not fits((3, 32, 32), (32, 32, 3))
    assert not fits((28, 27), (28, 28, 1))


def test_schedules_have_the_values_of_their_formulas() -> None:
    linear = schedule("beta", {"schedule": "linear", "from": 0, "to": 1, "steps": 4})
    assert [linear(step) for step in (0, 1, 4, 9)] == [0, 0.25, 1, 1]
    warm = schedule(
        "rate", {"schedule": "warmup", "steps": 2, "to": {"schedule": "cosine", "from": 2, "to": 0, "steps": 2}}
    )
    assert [warm(step) for step in (0, 1, 2, 3, 4)] == pytest.approx([1, 2, 2, 1, 0])
    with pytest.raises(FileFormatError, match="must be a number or a schedule"):
        schedule("beta", {"schedule": "step"})
    with pytest.raises(FileFormatError, match="lacks an option"):
        schedule("beta", {"schedule": "linear", "from": 0, "to": 1})
    with pytest.raises(VaeError, match="'form' is not known"):
        schedule("beta", {"schedule": "linear", "form": 0, "to": 1, "steps": 4})


def test_a_run_is_read_as_it_was_written() -> None:
    run = Run(
        objective={"kind": "elbo", "beta": {"schedule": "cyclical", "from": 0, "to": 1, "period": 10, "cycles": 4}},
        clip_norm=1.5,
        transforms=({"kind": "addNoise", "stddev": 0.1, "clip": False},),
    )
    assert parse_run(run_text(run), "run") == run


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"objective": {"kind": "elbo", "beta": 1, "capacity": {"target": 1}}}, "capacity takes the place"),
        ({"objective": {"kind": "elbo", "freeBits": {"nats": -1}}}, "freeBits.nats must be 0 or more"),
        ({"objective": {"kind": "elbo", "freeBits": {"nats": 1, "per": "unit"}}}, "freeBits.per must be one of"),
        ({"objective": {"kind": "elbo", "gamma": 1}}, "'gamma' is not known"),
        ({"optimizer": {"kind": "sgd"}}, "'sgd' is not known"),
        ({"transforms": ({"kind": "crop"},)}, "'crop' is not known"),
        ({"transforms": ({"kind": "dequantisation", "levels": 0},)}, "levels must be a whole number above 1, got 0"),
        ({"transforms": ({"kind": "addNoise"},)}, "stddev must be a number of 0 or more, got None"),
        ({"transforms": ({"kind": "addNoise", "stddev": float("nan")},)}, "stddev must be a number of 0 or more"),
        ({"transforms": ({"kind": "addNoise", "stddev": 1, "clip": 1},)}, "clip must be true or false"),
        ({"clip_norm": 0}, "clipNorm must be a positive number"),
        ({"batch_size": 1.5}, "batchSize must be a positive whole number"),
    ],
)
def test_runs_that_cannot_be_made_are_refused_by_name(changes: dict[str, object], said: str) -> None:
    with pytest.raises(VaeError, match=said):
        Run(**changes)  # type: ignore[arg-type]


def test_transforms_follow_their_formulas() -> None:
    x = torch.linspace(0, 1, 256).repeat(200, 1)
    draws = SeededDraws(1, np.arange(200))
    binary = transform(x, [{"kind": "dynamicBinarisation"}], draws)
    assert set(binary.x.unique().tolist()) == {0.0, 1.0}
    assert binary.target is binary.x
    torch.testing.assert_close(binary.x.mean(0), x[0], atol=0.2, rtol=0)
    spread = transform(x, [{"kind": "dequantisation", "levels": 256}], draws)
    assert torch.equal((spread.x * 256).floor(), (x * 255).round())
    noisy = transform(x, [{"kind": "addNoise", "stddev": 0.5}], draws)
    assert noisy.target is x
    assert abs((noisy.x - x).std().item() - 0.5) < 0.01
