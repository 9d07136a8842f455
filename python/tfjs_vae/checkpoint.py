"""The checkpoint of a run: written aside and renamed, locked while a run uses it, and never a pickle."""

import os
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from tfjs_vae.errors import FileFormatError, VaeError
from tfjs_vae.plain_json import from_json, to_json
from tfjs_vae.safetensors import Array, read_bytes, to_bytes
from tfjs_vae.write_aside import write_aside

FORMAT = "tfjs-vae/torch-checkpoint"
VERSION = "1"


class Checkpoint(NamedTuple):
    """What a run needs to go on exactly."""

    #: Weights, moments of the optimizer, running statistics.
    tensors: dict[str, Array]
    #: Where it stands, and the settings that it was made with.
    progress: dict[str, Any]
    settings: dict[str, Any]


def to_file(checkpoint: Checkpoint) -> bytes:
    """The bytes of a checkpoint."""
    notes = {
        "format": FORMAT,
        "version": VERSION,
        "progress": to_json(checkpoint.progress),
        "settings": to_json(checkpoint.settings),
    }
    body = bytes(to_bytes(checkpoint.tensors, notes))
    return body + zlib.crc32(body).to_bytes(4, "little")


def from_file(raw: bytes, name: str) -> Checkpoint:
    """The checkpoint in the bytes of a file."""
    body = raw[:-4]
    if len(raw) < 12 or zlib.crc32(body).to_bytes(4, "little") != raw[-4:]:
        raise FileFormatError(f"{name}: the checkpoint is damaged; delete it, or give --fresh to start anew")
    tensors, header = read_bytes(body, name)
    notes = header.metadata
    if notes.get("format") != FORMAT or notes.get("version") != VERSION:
        raise FileFormatError(
            f"{name}: expected version {VERSION} of '{FORMAT}', got {notes.get('version')} of {notes.get('format')}; "
            "give another --checkpoint, or --fresh to start anew"
        )
    progress, settings = (from_json(notes[key], f"{name}: its {key}") for key in ("progress", "settings"))
    return Checkpoint(tensors, progress, settings)


class CheckpointFile:
    """The place of the checkpoints of one run. A second run at the same place is refused."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise VaeError(f"{self.path}: the folder {self.path.parent} is not there; make it first")
        self._lock = self._take_lock()
        # What a killed run was writing; nobody else writes here now.
        for left in self.path.parent.glob(f".{self.path.name}.*.tmp"):
            left.unlink(missing_ok=True)

    def read(self) -> bytes | None:
        """The bytes of the last checkpoint, where there is one."""
        return self.path.read_bytes() if self.path.exists() else None

    def write(self, checkpoint: Checkpoint) -> None:
        """Puts a checkpoint in place of the last one, which stays whole until then."""
        write_aside(self.path, to_file(checkpoint))

    def close(self) -> None:
        """Lets another run have the place."""
        os.close(self._lock)

    def _take_lock(self) -> int:
        """The lock ends with the process, however that ends."""
        handle = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
        try:
            import fcntl
        except ImportError:
            # Windows: there is no lock of this kind.
            return handle
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            os.close(handle)
            raise VaeError(
                f"{self.path}: another run is writing checkpoints there; give another --checkpoint"
            ) from cause
        return handle
