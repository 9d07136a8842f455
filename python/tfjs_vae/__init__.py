"""The Python side of tfjs-vae: model files, training in PyTorch, converters."""

from typing import TYPE_CHECKING, Any

from tfjs_vae.errors import FileFormatError, UnsupportedError, VaeError
from tfjs_vae.model_file import ModelFile, read_model, write_model

if TYPE_CHECKING:
    from tfjs_vae.vae import Vae, load, save

__all__ = [
    "FileFormatError",
    "ModelFile",
    "UnsupportedError",
    "Vae",
    "VaeError",
    "load",
    "read_model",
    "save",
    "write_model",
]


def __getattr__(name: str) -> Any:
    """PyTorch is imported when a model is wanted: reading a file takes numpy alone."""
    if name in ("Vae", "load", "save"):
        from tfjs_vae import vae

        return getattr(vae, name)
    raise AttributeError(f"module 'tfjs_vae' has no attribute {name!r}")
