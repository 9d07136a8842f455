"""The command: data, resume, kills, refusals."""

import json
import signal
import time
from pathlib import Path

import jobs
import numpy as np
import pytest
import small_models

from tfjs_vae.model_file import read_model
from tfjs_vae.run_file import Run, run_text
from tfjs_vae.train import main
from tfjs_vae.vae import load

COMMAND = ["-m", "tfjs_vae.train"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_models.write(tmp_path / "conv.safetensors", small_models.conv("optimal"))
    small_models.write(tmp_path / "mlp.safetensors", small_models.mlp())
    small_models.write_data(tmp_path / "data.idx", 50)
    return tmp_path


def arguments(folder: Path, model: str, out: str, *more: str) -> list[str]:
    given = ["--data", str(folder / "data.idx"), "--out", str(folder / out), "--batch-size", "7", "--seed", "3"]
    return [*COMMAND, str(folder / f"{model}.safetensors"), *given, *more]


def weights(folder: Path, out: str) -> dict[str, np.ndarray]:
    return read_model(folder / out).tensors


def test_one_and_two_processes_train_the_same_model(folder: Path) -> None:
    more = ["--epochs", "2", "--float64", "--validation", str(folder / "data.idx")]
    for processes in (1, 2):
        history = ["--history", str(folder / f"{processes}.json")]
        outputs = jobs.succeed(arguments(folder, "conv", f"{processes}.safetensors", *more, *history), processes)
        assert "epoch 2/2" in outputs[0]
        assert all(out == "" for out in outputs[1:])
    alone, together = weights(folder, "1.safetensors"), weights(folder, "2.safetensors")
    start = weights(folder, "conv.safetensors")
    for path, values in alone.items():
        assert not np.array_equal(values, start[path]), path
        np.testing.assert_allclose(together[path], values, rtol=1e-6, atol=1e-7, err_msg=path)
    first, second = (json.loads((folder / f"{n}.json").read_text()) for n in (1, 2))
    assert len(first) == 2
    for one, two in zip(first, second, strict=True):
        assert one.keys() == {"elbo", "reconstruction", "kl", "val_elbo", "val_reconstruction", "val_kl"}
        for key in one:
            assert one[key] == pytest.approx(two[key], rel=1e-7)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_run_goes_on_bit_for_bit(folder: Path, processes: int) -> None:
    more = ["--epochs", "10", "--checkpoint-every", "1"]
    jobs.succeed(arguments(folder, "conv", "whole.safetensors", *more), processes)
    killed = arguments(folder, "conv", "killed.safetensors", *more)
    checkpoint = folder / "killed.safetensors.checkpoint"
    for round_ in range(2):
        before = checkpoint.stat().st_mtime_ns if round_ else 0
        started = jobs.start(killed, processes)
        while not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before:
            time.sleep(0.01)
            assert all(process.poll() is None for process in started), started[0].communicate()
        time.sleep(0.1 * round_)
        victim = started[round_ % processes]
        victim.send_signal(signal.SIGKILL)
        end = time.monotonic() + 10
        for process in started:
            _, error = process.communicate(timeout=max(end - time.monotonic(), 0.1))
            if process is not victim and process.returncode != 0:
                assert "the job has lost a process" in error
                assert "start the same command again" in error
        assert not (folder / "killed.safetensors").exists()
    outputs = jobs.succeed(killed, processes)
    assert "goes on from" in outputs[0]
    assert (folder / "killed.safetensors").read_bytes() == (folder / "whole.safetensors").read_bytes()
    assert not list(folder.glob(".*.tmp"))


def test_more_epochs_go_on_and_other_runs_are_refused(folder: Path) -> None:
    jobs.succeed(arguments(folder, "mlp", "six.safetensors", "--epochs", "6"))
    jobs.succeed(arguments(folder, "mlp", "out.safetensors", "--epochs", "2"))
    codes, _, errors = jobs.run(arguments(folder, "mlp", "out.safetensors", "--epochs", "6", "--learning-rate", "0.1"))
    assert codes == [1]
    assert "run.optimizer changed" in errors[0]
    assert "--fresh" in errors[0]
    codes, _, errors = jobs.run(arguments(folder, "conv", "out.safetensors"))
    assert codes == [1]
    assert "model changed" in errors[0]
    jobs.succeed(arguments(folder, "mlp", "out.safetensors", "--epochs", "6"))
    assert (folder / "out.safetensors").read_bytes() == (folder / "six.safetensors").read_bytes()
    again = jobs.succeed(arguments(folder, "mlp", "out.safetensors", "--epochs", "6"))
    assert "epoch 7" in again[0]
    damaged = folder / "out.safetensors.checkpoint"
    damaged.write_bytes(damaged.read_bytes()[:-7])
    codes, _, errors = jobs.run(arguments(folder, "mlp", "out.safetensors", "--epochs", "6"))
    assert codes == [1]
    assert "the checkpoint is damaged" in errors[0]


def test_other_conditions_are_another_run(tmp_path: Path) -> None:
    model = Path(__file__).parents[2] / "test" / "golden" / "models" / "conditional-v1.safetensors"
    vae, _ = load(model)
    assert vae.condition_shape is not None
    np.save(tmp_path / "x.npy", np.full((6, *vae.input_shape), 0.5, np.float32))
    for name, first in (("a", 0), ("b", 1)):
        vectors = np.zeros((6, *vae.condition_shape), np.float32)
        vectors[:, first] = 1
        np.save(tmp_path / f"{name}.npy", vectors)

    def arguments_with(condition: str) -> list[str]:
        data = [str(model), "--data", str(tmp_path / "x.npy"), "--condition", str(tmp_path / f"{condition}.npy")]
        return [*COMMAND, *data, "--out", str(tmp_path / "out.safetensors"), "--epochs"]

    jobs.succeed([*arguments_with("a"), "1"])
    codes, _, errors = jobs.run([*arguments_with("b"), "2"])
    assert codes == [1]
    assert "condition changed" in errors[0]
    jobs.succeed([*arguments_with("a"), "2"])


def test_data_that_are_not_right_are_refused_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "short.idx").write_bytes((folder / "data.idx").read_bytes()[:-1])
    np.save(folder / "wide.npy", np.zeros((4, 31), np.uint8))
    np.save(folder / "big.npy", np.full((4, 30), 2, np.float32))
    np.save(folder / "objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    (folder / "flow.json").write_text(run_text(Run()).replace('"elbo"', '"iwae"'))
    (folder / "newer.json").write_text(run_text(Run()).replace('"version":1', '"version":2'))
    (folder / "utf16.json").write_bytes(run_text(Run()).encode("utf-16"))
    (folder / "typo.json").write_text(run_text(Run()).replace('"epochs"', '"epocs"'))
    model, data, out = (str(folder / name) for name in ("mlp.safetensors", "data.idx", "o.safetensors"))
    cases = [
        ([model, "--data", str(folder / "short.idx")], "it is cut short"),
        ([model, "--data", str(folder / "wide.npy")], r"rows are [31], but the model takes [6, 5, 1]"),
        ([model, "--data", str(folder / "big.npy")], "holds 2.0, but values must be within [0, 1]"),
        ([model, "--data", str(folder / "objects.npy")], "not an array of numbers"),
        ([model, "--data", str(folder / "none.idx")], "there is no such file"),
        ([str(folder / "no.safetensors"), "--data", data], "No such file"),
        ([model, "--data", data, "--condition", data], "leave --condition out"),
        ([model, "--data", data, "--run", str(folder / "flow.json")], "the objective 'iwae' is not known here"),
        ([model, "--data", data, "--run", str(folder / "newer.json")], "the file has 2"),
        ([model, "--data", data, "--run", str(folder / "utf16.json")], "is not UTF-8 text"),
        ([model, "--data", data, "--run", str(folder / "typo.json")], "'epocs' is not known"),
        ([model, "--data", data, "--epochs", "0"], "epochs must be a positive whole number, got 0"),
        ([model, "--data", data, "--checkpoint", str(folder / "no" / "c")], "the folder"),
    ]
    assert main([model, "--data", data, "--out", str(folder)]) == 1
    assert "is a folder; give the path of a file\n" in capsys.readouterr().err
    assert not Path(f"{folder}.checkpoint").exists()
    for case, said in cases:
        assert main([*case, "--out", out]) == 1
        error = capsys.readouterr().err
        assert said in error
        assert "Traceback" not in error
    assert not Path(out).exists()


def test_a_rank_with_bad_data_ends_the_others(folder: Path) -> None:
    # The last row is seen by the last rank alone.
    values = np.zeros((50, 30), np.float32)
    values[49] = np.nan
    np.save(folder / "bad.npy", values)
    (folder / "run.json").write_text(run_text(Run(shuffle=False, batch_size=50)))
    command = [*COMMAND, str(folder / "mlp.safetensors"), "--data", str(folder / "bad.npy")]
    codes, _, errors = jobs.run(
        [*command, "--run", str(folder / "run.json"), "--out", str(folder / "o.safetensors")], 2
    )
    assert codes == [1, 1]
    assert "row 49 holds nan" in errors[1]
    assert "the job has lost a process" in errors[0]
