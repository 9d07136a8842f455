"""What a Keras file may hold that cannot be converted, or must not be run. Numbers are compared in test/python."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="converting Keras models needs Keras")
h5py = pytest.importorskip("h5py")

from tfjs_vae.convert import main  # noqa: E402
from tfjs_vae.model_file import read_model, write_model  # noqa: E402
from tfjs_vae.plain_json import to_json  # noqa: E402

layers = keras.layers
GOLDEN = Path(__file__).resolve().parents[2] / "test" / "golden"


class Sampling(layers.Layer):
    """The layer of the example page."""

    def call(self, inputs: Any) -> Any:
        z_mean, z_log_var = inputs
        return z_mean + keras.ops.exp(0.5 * z_log_var) * keras.random.normal(keras.ops.shape(z_mean))


class Scale(layers.Layer):
    """A user's layer, with a weight."""

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(shape=(1,), name="scale")

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale


def encoder(body: Callable[[Any], Any] = lambda x: x, shape: tuple[int, ...] = (6, 6, 2), size: int = 2) -> Any:
    x = keras.Input(shape)
    features = layers.Flatten()(body(x))
    moments = [layers.Dense(size, name=name)(features) for name in ("z_mean", "z_log_var")]
    return keras.Model(x, [*moments, Sampling()(moments)], name="encoder")


def decoder(body: Callable[[Any], Any] = lambda x: x, end: str = "sigmoid", size: int = 2) -> Any:
    z = keras.Input((size,))
    return keras.Model(z, layers.Dense(3, activation=end)(body(z)), name="decoder")


def convert(folder: Path, first: Any, second: Any, *more: str, ending: str = "keras") -> int:
    paths = [str(folder / f"{name}.{ending}") for name in ("encoder", "decoder")]
    for model, path in zip((first, second), paths, strict=True):
        model.save(path)
    return main(["--encoder", paths[0], "--decoder", paths[1], *more, str(folder / "out.safetensors")])


def twice(x: Any) -> Any:
    shared = layers.Dense(2)
    return shared(shared(x))


REFUSED: list[tuple[str, Callable[[], Any], Callable[[], Any], str]] = [
    ("a layer of Keras", lambda: encoder(layers.DepthwiseConv2D(3)), decoder, r"layer DepthwiseConv2D cannot be conv"),
    ("a layer of the user", lambda: encoder(Scale()), decoder, r"the layer Scale, which is not one of Keras' own, can"),
    (
        "code in the file",
        lambda: encoder(layers.Lambda(lambda x: x * 2)),
        decoder,
        r"the layer Lambda cannot be conver",
    ),
    ("an activation", lambda: encoder(layers.Activation("hard_sigmoid")), decoder, r"activation 'hard_sigmoid' cannot"),
    ("groups", lambda: encoder(layers.Conv2D(2, 3, groups=2)), decoder, r"conv2d.*groups must be 1 for tfjs, got 2"),
    ("smoothing", lambda: encoder(layers.UpSampling2D(interpolation="bilinear")), decoder, r"must be nearest"),
    ("the slope of ELU", lambda: encoder(layers.ELU(0.5)), decoder, r"alpha must be 1 for tfjs, got 0.5"),
    ("a layer used twice", lambda: encoder(twice), decoder, r"is used 2 times; give each use its own layer"),
    ("another z", encoder, lambda: decoder(size=3), r"first input of the decoder must be z \[2\].*got \[3\]"),
    ("no sigmoid", encoder, lambda: decoder(end="linear"), r"does not end in a sigmoid.*--likelihood gaussian --sigma"),
    ("an open size", lambda: encoder(layers.GlobalAveragePooling2D(), (None, 6, 2)), decoder, r"every size of input"),
]


@pytest.mark.parametrize(("first", "second", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_by_name(
    first: Callable[[], Any],
    second: Callable[[], Any],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "out.safetensors").write_bytes(b"before")
    keras.backend.clear_session()
    assert convert(tmp_path, first(), second()) == 1
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert (tmp_path / "out.safetensors").read_bytes() == b"before"


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_sampling_may_be_a_lambda_and_is_not_run(ending: str, tmp_path: Path) -> None:
    marker = tmp_path / "was run"

    def sample(moments: Any, path: str = str(marker)) -> Any:
        Path(path).touch()
        return moments[0]

    x = keras.Input((4,))
    moments = [layers.Dense(2)(x), layers.Dense(2)(x)]
    model = keras.Model(x, [layers.Lambda(sample, output_shape=(2,))(moments), *moments])
    marker.unlink(missing_ok=True)
    assert convert(tmp_path, model, decoder(), ending=ending) == 0
    assert not marker.exists()
    file = read_model(tmp_path / "out.safetensors")
    np.testing.assert_array_equal(file.tensors["encoder/0/kernel"], model.layers[1].get_weights()[0])
    np.testing.assert_array_equal(file.tensors["encoder/1/kernel"], model.layers[2].get_weights()[0])


def test_a_module_that_a_file_names_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harmful.py").write_text(f"open({str(tmp_path / 'was run')!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    encoder().save(tmp_path / "plain.keras")
    with zipfile.ZipFile(tmp_path / "plain.keras") as source, zipfile.ZipFile(tmp_path / "bad.keras", "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                sampling = next(one for one in config["config"]["layers"] if one["class_name"] == "Sampling")
                sampling["module"] = "harmful"
                content = json.dumps(config).encode()
            target.writestr(name, content)
    decoder().save(tmp_path / "decoder.keras")
    names = [str(tmp_path / name) for name in ("bad.keras", "decoder.keras", "out.safetensors")]
    assert main(["--encoder", names[0], "--decoder", names[1], names[2]]) == 0
    assert not (tmp_path / "was run").exists()


def test_a_gaussian_decoder_and_what_training_had(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    regular = layers.Dense(4, kernel_regularizer="l2", activation="relu")
    more = ("--likelihood", "gaussian", "--sigma", "0.25")
    assert convert(tmp_path, encoder(), decoder(regular, end="linear"), *more) == 0
    assert "what counts in training alone is left behind: kernel_regularizer" in capsys.readouterr().out
    part = read_model(tmp_path / "out.safetensors").config["decoder"]
    assert part["$part"] == "GaussianDecoder"
    assert {key: part["config"][key] for key in ("sigma", "mean")} == {"sigma": 0.25, "mean": "linear"}
    assert convert(tmp_path, encoder(), decoder(regular), *more) == 0
    assert read_model(tmp_path / "out.safetensors").config["decoder"]["config"]["mean"] == "sigmoid"


def test_layers_are_named_where_they_are_not_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = keras.Input((4,))
    outputs = [layers.Dense(2, name=name)(x) for name in ("a", "b", "c")]
    model = keras.Model(x, outputs)
    assert convert(tmp_path, model, decoder()) == 1
    assert "is not clear; name them with --mean and --log-var" in capsys.readouterr().err
    assert convert(tmp_path, model, decoder(), "--mean", "c", "--log-var", "nowhere") == 1
    assert "there is no layer nowhere; the layers are" in capsys.readouterr().err
    assert convert(tmp_path, model, decoder(), "--mean", "c", "--log-var", "a") == 0
    file = read_model(tmp_path / "out.safetensors")
    np.testing.assert_array_equal(file.tensors["encoder/0/kernel"], model.get_layer("c").get_weights()[0])
    np.testing.assert_array_equal(file.tensors["encoder/1/kernel"], model.get_layer("a").get_weights()[0])


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("first", [[keras.Input((2,))], []], ids=["with an input", "built by its first call"])
def test_a_sequential_decoder(first: list[Any], ending: str, tmp_path: Path) -> None:
    chain = [layers.Dense(4, activation="relu"), layers.Dropout(0.1), layers.Dense(3), layers.Activation("sigmoid")]
    model = keras.Sequential([*first, *chain])
    model(np.zeros((1, 2), np.float32))
    assert convert(tmp_path, encoder(), model, ending=ending) == 0
    file = read_model(tmp_path / "out.safetensors")
    for i, layer in enumerate((chain[0], chain[2])):
        kernel, bias = layer.get_weights()
        np.testing.assert_array_equal(file.tensors[f"decoder/{i}/kernel"], kernel)
        np.testing.assert_array_equal(file.tensors[f"decoder/{i}/bias"], bias)
    network = file.config["decoder"]["config"]["network"]["$network"]["config"]
    assert [layer["class_name"] for layer in network["layers"]] == ["InputLayer", "Dense", "Dropout", "Dense"]


def test_an_hdf5_file_in_the_form_of_keras_2(tmp_path: Path) -> None:
    """Its nodes are lists, its inputs have a `batch_input_shape`, and its layers name no module."""
    golden = GOLDEN / "keras-vae"
    topology = json.loads((golden / "model.json").read_text())["modelTopology"]["model_config"]
    numbers = np.frombuffer((golden / "group1-shard1of1.bin").read_bytes(), "<f4")
    shapes = {"hidden": (3, 3), "z_mean": (3, 2), "z_log_var": (3, 2)}
    written: dict[str, np.ndarray[Any, Any]] = {}
    with h5py.File(tmp_path / "encoder.h5", "w") as file:
        file.attrs.update(keras_version="2.15.0", backend="tensorflow", model_config=json.dumps(topology))
        weights = file.create_group("model_weights")
        listed = [layer["name"] for layer in topology["config"]["layers"]]
        weights.attrs["layer_names"] = [name.encode() for name in listed]
        for name in listed:
            group = weights.create_group(name)
            own = [f"{name}/kernel:0", f"{name}/bias:0"] if name in shapes else []
            group.attrs["weight_names"] = [path.encode() for path in own]
            for path, shape in zip(own, (shapes.get(name), shapes.get(name, ())[1:]), strict=False):
                size = int(np.prod(shape))
                written[path], numbers = numbers[:size].reshape(shape), numbers[size:]
                group[path] = written[path]
    decoder().save(tmp_path / "decoder.h5")
    names = [str(tmp_path / name) for name in ("encoder.h5", "decoder.h5", "out.safetensors")]
    assert main(["--encoder", names[0], "--decoder", names[1], names[2]]) == 0
    tensors = read_model(names[2]).tensors
    for i, name in enumerate(shapes):
        np.testing.assert_array_equal(tensors[f"encoder/{i}/kernel"], written[f"{name}/kernel:0"])
        np.testing.assert_array_equal(tensors[f"encoder/{i}/bias"], written[f"{name}/bias:0"])


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "mlp-v1",
            lambda c: c["decoder"].update({"$part": "LikelihoodDecoder"}),
            r"the decoder 'LikelihoodDecoder' can",
        ),
        (
            "mlp-v1",
            lambda c: c["encoder"].update({"$part": "PosteriorEncoder"}),
            r"the encoder 'PosteriorEncoder' canno",
        ),
        (
            "mlp-v1",
            lambda c: c.update(prior={"$part": "ConditionalPrior"}),
            r"a prior other than N\(0, I\) has no place",
        ),
        (
            "gaussian-optimal-v1",
            lambda c: c["decoder"]["config"].update(sigma="perElement"),
            r"makes two numbers of each",
        ),
        (
            "mlp-v1",
            lambda c: layer_of(c).update(class_name="LayerNormalization"),
            r"layer LayerNormalization cannot be",
        ),
        (
            "mlp-v1",
            lambda c: layer_of(c)["config"].update(units=7),
            r"encoder/0/kernel must be \[\d+, 7\], got \[\d+, \d+\]",
        ),
    ],
)
def test_to_keras_refused_by_name(
    name: str, change: Callable[[Any], Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = read_model(GOLDEN / "models" / f"{name}.safetensors")
    config = file.config
    change(config)
    write_model(tmp_path / "in.safetensors", file.tensors, {"config": to_json(config)})
    (tmp_path / "out.keras").write_bytes(b"before")
    assert main([str(tmp_path / "in.safetensors"), str(tmp_path / "out.keras")]) == 1
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert (tmp_path / "out.keras").read_bytes() == b"before"
    assert main([str(tmp_path / "in.safetensors"), str(tmp_path / "out.h5")]) == 1
    assert "Keras 3 keeps whole models in .keras files" in capsys.readouterr().err


def layer_of(config: Any) -> Any:
    """The first dense layer of the encoder."""
    listed = config["encoder"]["config"]["network"]["$network"]["config"]["layers"]
    return next(layer for layer in listed if layer["class_name"] == "Dense")


def test_damaged_files_and_files_of_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = encoder()
    model.save(tmp_path / "whole.keras")
    decoder().save(tmp_path / "decoder.keras")
    (tmp_path / "cut.keras").write_bytes((tmp_path / "whole.keras").read_bytes()[:-200])
    model.save_weights(tmp_path / "only.weights.h5")
    (tmp_path / "no.h5").write_bytes(b"nothing")
    with zipfile.ZipFile(tmp_path / "whole.keras") as source, zipfile.ZipFile(tmp_path / "bare.keras", "w") as target:
        for name in source.namelist():
            if name != "model.weights.h5":
                target.writestr(name, source.read(name))
    with zipfile.ZipFile(tmp_path / "whole.keras") as source, zipfile.ZipFile(tmp_path / "less.keras", "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "model.weights.h5":
                (tmp_path / "w.h5").write_bytes(content)
                with h5py.File(tmp_path / "w.h5", "a") as weights:
                    del weights["layers"]["dense"]["vars"]
                content = (tmp_path / "w.h5").read_bytes()
            target.writestr(name, content)
    messages = {
        "cut.keras": "is not a whole model of Keras",
        "bare.keras": "Keras cannot read its weights|no item named",
        "less.keras": "Keras cannot read its weights|the file has no values for kernel",
        "only.weights.h5": "holds weights without a model",
        "no.h5": "is not an HDF5 file, or a damaged one",
        "gone.keras": "No such file",
        "gone.h5": "[Nn]o such file",
        "folder": "is a .keras or .h5 file",
    }
    out = str(tmp_path / "out.safetensors")
    for name, message in messages.items():
        assert main(["--encoder", str(tmp_path / name), "--decoder", str(tmp_path / "decoder.keras"), out]) == 1
        error = capsys.readouterr().err
        assert re.search(message, error), (name, error)
    assert not Path(out).exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.keras"],
        ["--encoder", "a.keras", "b.safetensors"],
        ["a.keras", "b.safetensors", "--sigma", "1"],
        ["a.keras", "b.safetensors", "--likelihood", "gaussian", "--sigma", "-1"],
        ["a.keras", "b.safetensors", "--mean", "z"],
        ["a.safetensors", "b.safetensors", "--onnx", "c", "d"],
    ],
)
def test_commands_that_are_not_understood(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as found:
        main(arguments)
    assert found.value.code == 2
