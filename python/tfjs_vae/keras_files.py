"""The configuration in a file of Keras: JSON, of which no class is looked up and nothing is run."""

import importlib
import json
import zipfile
from typing import Any

from tfjs_vae.errors import FileFormatError, UnsupportedError

#: The largest configuration that is read; those of large models take some hundred kB.
_MOST = 64 * 2**20


def read_config(path: str) -> dict[str, Any]:
    """The configuration of the model in a `.keras` or `.h5` file.

    Raises `FileFormatError` when the file is damaged or of another kind, or holds weights alone.
    """
    try:
        text = _keras_text(path) if path.endswith(".keras") else _h5_text(path)
        config = json.loads(text)
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as cause:
        if isinstance(cause, FileFormatError):
            raise
        raise FileFormatError(f"{path}: this is not a whole model of Keras: {str(cause)[:200]}") from cause
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileFormatError(f"{path}: its configuration does not name a class")
    return config


def _keras_text(path: str) -> str:
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("config.json").file_size
        if size > _MOST:
            raise FileFormatError(f"{path}: its configuration takes {size} bytes; {_MOST} are the most")
        return archive.read("config.json").decode()


def _h5_text(path: str) -> str:
    if not path.endswith((".h5", ".hdf5")):
        raise UnsupportedError(
            f"{path}: a model of Keras is a .keras or .h5 file; save it with model.save('model.keras')"
        )
    h5py = importlib.import_module("h5py")
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
    except OSError as cause:
        if isinstance(cause, FileNotFoundError):
            raise
        raise FileFormatError(f"{path}: this is not an HDF5 file, or a damaged one: {cause}") from cause
    if text is None:
        raise FileFormatError(f"{path}: it holds weights without a model; save the model itself: model.save(path)")
    return text.decode() if isinstance(text, bytes) else str(text)
