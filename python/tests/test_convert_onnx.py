"""ONNX files are run by another program than the one that wrote them, at another batch size than the traced one."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="writing ONNX files needs PyTorch")

from tfjs_vae import load  # noqa: E402
from tfjs_vae.convert import main  # noqa: E402

MODELS = Path(__file__).resolve().parents[2] / "test" / "golden" / "models"


needs_onnx = pytest.mark.skipif(
    not torch.__version__.startswith("1.") and find_spec("onnx") is None,
    reason="this PyTorch writes ONNX with onnx alone",
)


@needs_onnx
@pytest.mark.parametrize("name", ["mlp-v1", "conv-v1", "conditional-v1", "gaussian-optimal-v1"])
def test_runs_at_another_batch_size(name: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    source, encoder, decoder = MODELS / f"{name}.safetensors", tmp_path / "e.onnx", tmp_path / "d.onnx"
    assert main([str(source), "--onnx", str(encoder), str(decoder)]) == 0
    assert encoder.stat().st_size > 1000
    assert decoder.stat().st_size > 1000
    ort = pytest.importorskip("onnxruntime", reason="running ONNX files needs onnxruntime")
    vae, _ = load(source)
    vae.eval()
    x = torch.rand(7, *vae.input_shape)
    condition = None if vae.condition_shape is None else torch.rand(7, *vae.condition_shape)
    given = {} if condition is None else {"condition": condition.numpy()}
    mean, log_var = ort.InferenceSession(str(encoder)).run(None, {"x": x.numpy(), **given})
    (decoded,) = ort.InferenceSession(str(decoder)).run(None, {"z": mean, **given})
    with torch.no_grad():
        expected = vae.encode(x, condition)
        pixels = vae.decoder.likelihood.mean(vae.decode(expected[0], condition))
    assert mean.shape == (7, vae.latent_dim)
    assert np.abs(mean).max() > 0.01
    for found, wanted in ((mean, expected[0]), (log_var, expected[1]), (decoded, pixels)):
        assert np.abs(found - wanted.numpy()).max() < 1e-5


def test_two_files_are_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "one.onnx")
    assert main([str(MODELS / "mlp-v1.safetensors"), "--onnx", path, path]) == 1
    assert "must be two files" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_leaves_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "e.onnx").write_bytes(b"before")
    damaged = bytearray((MODELS / "mlp-v1.safetensors").read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "vae.safetensors").write_bytes(damaged)
    assert main([str(tmp_path / "vae.safetensors"), "--onnx", *(str(tmp_path / f"{c}.onnx") for c in "ed")]) == 1
    assert "is damaged: its checksum" in capsys.readouterr().err
    assert (tmp_path / "e.onnx").read_bytes() == b"before"
    assert not (tmp_path / "d.onnx").exists()
