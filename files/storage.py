"""Where bytes are kept. Any Django storage does that puts a file in place whole or not at all and
fails with OSError: S3 by `files.s3`, a local disk by this one."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from whitenoise.responders import SlicedFile

PIECE = 256 * 1024


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class WholeFileStorage(FileSystemStorage):
    """Writes under another name and then renames, so that a crash or a full disk leaves no half
    file under a name that promises its content. A name says what is in it: writing it again
    writes the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"allow_overwrite": True} | options))

    def _save(self, name: str, content: File[bytes]) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        # Hidden, and in the same folder: a rename within a file system is one step.
        trial = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            with trial.open("wb") as file:
                for piece in content.chunks(PIECE):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            trial.replace(path)
        except BaseException:  # also where the process is told to end: nothing half stays behind
            trial.unlink(missing_ok=True)
            raise
        return name

    def part(self, name: str, start: int, length: int) -> Readable:
        file: Readable = SlicedFile(self.open(name), start, start + length - 1)
        return file


def part(name: str, start: int, length: int) -> Readable:
    """So many bytes of a file, without reading those before. Raises OSError."""
    found: Readable = default_storage.part(name, start, length)  # type: ignore[attr-defined]
    return found


def pieces(file: Readable) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
