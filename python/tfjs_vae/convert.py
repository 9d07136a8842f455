"""Converts VAEs: `python -m tfjs_vae.convert`.

python -m tfjs_vae.convert --encoder encoder.keras --decoder decoder.keras vae.safetensors
python -m tfjs_vae.convert vae.keras vae.safetensors
python -m tfjs_vae.convert vae.safetensors vae.keras
python -m tfjs_vae.convert vae.safetensors --onnx encoder.onnx decoder.onnx
"""

import argparse
import sys
from collections.abc import Sequence

from tfjs_vae.errors import UnsupportedError, VaeError
from tfjs_vae.model_file import write_model
from tfjs_vae.plain_json import to_json

_KERAS = (".keras", ".h5", ".hdf5")
_OURS = ".safetensors"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command, and returns its exit status: 1 where it could not be done, 2 where it is not understood."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        for remark in _run(given, parser):
            print(remark)
    except (VaeError, OSError) as error:
        print(f"tfjs_vae.convert: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tfjs_vae.convert",
        description="Converts a VAE between Keras and tfjs-vae, and to ONNX. The ends of the names tell which.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="the file to read, and the one to write")
    parser.add_argument("--encoder", metavar="FILE", help="the encoder as a Keras model of its own (.keras, .h5)")
    parser.add_argument("--decoder", metavar="FILE", help="the decoder as a Keras model of its own")
    parser.add_argument("--onnx", nargs=2, metavar=("ENCODER", "DECODER"), help="the ONNX files to write")
    parser.add_argument("--mean", metavar="LAYER", help="the layer that gives the mean of q(z | x)")
    parser.add_argument("--log-var", metavar="LAYER", help="the layer that gives its log-variance")
    parser.add_argument("--likelihood", choices=("bernoulli", "gaussian"), help="what the outputs of the decoder mean")
    parser.add_argument("--sigma", type=_positive, help="σ of a Gaussian likelihood; 1 unless given")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number, got {text}")
    return value


def _run(given: argparse.Namespace, parser: argparse.ArgumentParser) -> list[str]:
    files: list[str] = given.files
    two = [path for path in (given.encoder, given.decoder) if path is not None]
    if len(two) == 1:
        parser.error("--encoder and --decoder go together")
    if given.onnx:
        if len(files) != 1 or two:
            parser.error("--onnx takes one model file: vae.safetensors --onnx encoder.onnx decoder.onnx")
        return _to_onnx(files[0], given.onnx[0], given.onnx[1])
    if len(files) != (1 if two else 2):
        parser.error("give the file to read and the file to write, or --encoder, --decoder and the file to write")
    if (given.mean is None) != (given.log_var is None):
        parser.error("--mean and --log-var go together")
    if given.sigma is not None and given.likelihood != "gaussian":
        parser.error("--sigma goes with --likelihood gaussian")
    target = files[-1]
    if two or files[0].endswith(_KERAS):
        return _from_keras(two or files[:1], target, given)
    if files[0].endswith(_OURS) and target.endswith(_KERAS):
        return _to_keras(files[0], target)
    raise UnsupportedError(
        f"cannot convert {files[0]} to {target}: one must be a model file, .safetensors, and the other one of Keras, "
        ".keras or .h5"
    )


def _from_keras(sources: list[str], target: str, given: argparse.Namespace) -> list[str]:
    from tfjs_vae.keras_in import Choices, from_one, from_two

    if not target.endswith(_OURS):
        raise UnsupportedError(f"{target}: a Keras model becomes a model file: give it a name that ends in {_OURS}")
    choices = Choices(given.mean, given.log_var, given.likelihood, given.sigma)
    found = from_two(sources[0], sources[1], choices) if len(sources) == 2 else from_one(sources[0], choices)
    write_model(target, found.tensors, {"config": to_json(found.config)})
    return [*found.remarks, f"wrote {target}"]


def _to_keras(source: str, target: str) -> list[str]:
    from tfjs_vae.keras_out import write_keras

    return [*write_keras(source, target), f"wrote {target}"]


def _to_onnx(source: str, encoder: str, decoder: str) -> list[str]:
    from tfjs_vae.onnx_out import write_onnx

    write_onnx(source, encoder, decoder)
    return [f"wrote {encoder} and {decoder}"]


if __name__ == "__main__":
    sys.exit(main())
