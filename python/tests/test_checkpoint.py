"""Checkpoints: two runs at one place, what a killed write leaves, damage."""

from pathlib import Path

import numpy as np
import pytest

from tfjs_vae.checkpoint import Checkpoint, CheckpointFile, from_file, to_file
from tfjs_vae.errors import FileFormatError, VaeError
from tfjs_vae.write_aside import write_aside

HELD = Checkpoint(
    {"model/a": np.arange(3, dtype="<f4"), "optimizer/step/a": np.array(4, dtype="<f4"), "b": np.zeros(2)},
    {"epoch": 1, "sums": [0.1, -1e-300]},
    {"run": {"beta": 1}},
)


def test_what_is_written_is_read() -> None:
    found = from_file(to_file(HELD), "c")
    assert found.progress == HELD.progress
    assert found.settings == HELD.settings
    for key, values in HELD.tensors.items():
        np.testing.assert_array_equal(found.tensors[key], values)
        assert found.tensors[key].dtype == values.dtype
        assert found.tensors[key].shape == values.shape


def test_damage_and_other_files_are_refused() -> None:
    raw = to_file(HELD)
    for at in range(0, len(raw), 7):
        damaged = bytearray(raw)
        damaged[at] ^= 4
        with pytest.raises(FileFormatError, match="the checkpoint is damaged; delete it, or give --fresh"):
            from_file(bytes(damaged), "c")
        with pytest.raises(FileFormatError):
            from_file(raw[:at], "c")


def test_a_second_run_at_one_place_is_refused(tmp_path: Path) -> None:
    first = CheckpointFile(str(tmp_path / "c"))
    with pytest.raises(VaeError, match="another run is writing checkpoints there; give another --checkpoint"):
        CheckpointFile(str(tmp_path / "c"))
    first.write(HELD)
    first.close()
    second = CheckpointFile(str(tmp_path / "c"))
    assert second.read() == to_file(HELD)
    second.close()


def test_what_a_killed_write_left_is_cleared_away(tmp_path: Path) -> None:
    other = tmp_path / ".other.abc.tmp"
    left = tmp_path / ".c.abc.tmp"
    for path in (other, left):
        path.write_bytes(b"half")
    place = CheckpointFile(str(tmp_path / "c"))
    assert place.read() is None
    assert not left.exists()
    assert other.exists()
    place.close()


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "c"
    write_aside(target, b"old")

    def fail(handle: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        write_aside(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
