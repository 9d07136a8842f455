"""The Python side of tfjs-vae: model files, training in PyTorch, converters."""

from tfjs_vae.model_file import ModelFile, read_model, write_model

__all__ = ["ModelFile", "read_model", "write_model"]
