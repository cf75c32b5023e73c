"""A ZIP that is written while it is read."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol, cast

import structlog
from django.core.files.storage import default_storage
from django.db import connection
from msgspec import json

from files.models import Blob
from files.storage import pieces
from files.streaming import Parts

log = structlog.get_logger(__name__)

IN_MEMORY = 256 * 1024  # bytes of what grows with the number of files; the rest is on disk


class Outlet:
    """What zipfile writes to: it cannot seek, and gives away what it has got. With a `spill`, a
    file, it writes there what comes all at once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.spill: IO[bytes] | None = None

    def write(self, data: bytes) -> int:
        if self.spill is not None:
            return self.spill.write(data)
        self.parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self.parts, self.size = b"".join(self.parts), [], 0
        return taken


def entry(name: str, at: datetime | None = None, *, packed: bool = True) -> zipfile.ZipInfo:
    at = at or datetime.now(UTC)
    info = zipfile.ZipInfo(name, max((1980, 1, 1, 0, 0, 0), at.timetuple()[:6]))
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    return info


class Directory:
    """What zipfile remembers of the files that it has written: on disk, so that a hundred thousand
    of them need no more memory than one. All are of one kind and differ in these fields only."""

    FIELDS = ("filename", "date_time", "CRC", "compress_size", "file_size", "header_offset")
    SHARED = ("flag_bits", "compress_type", "external_attr", "create_version", "extract_version")

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, info: zipfile.ZipInfo) -> None:
        values = [getattr(info, name) for name in (*self.FIELDS, *self.SHARED)]
        self._file.write(json.encode(values) + b"\n")
        self._count += 1

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self._file.seek(0)
        for line in self._file:
            values = dict(zip((*self.FIELDS, *self.SHARED), json.decode(line), strict=True))
            info = zipfile.ZipInfo(values.pop("filename"), tuple(values.pop("date_time")))
            for name, value in values.items():
                setattr(info, name, value)
            yield info


class Unnamed(dict[str, zipfile.ZipInfo]):
    """In place of zipfile's index by name, which only readers need: it stays empty."""

    def __setitem__(self, name: str, info: zipfile.ZipInfo) -> None:
        pass


class Closing(Protocol):
    """What comes last into an archive. `left_out` hears of a file that could not be read."""

    name: str

    def left_out(self, name: str) -> None: ...

    def parts(self) -> Iterable[bytes]: ...


def originals(files: Iterable[tuple[str, Blob]], closing: Closing | None = None) -> Parts:
    """Files as they were brought, under these names: images, which nothing makes smaller. One
    that cannot be read is left out. The memory that it takes does not grow with their number."""
    outlet = Outlet()
    connection.close()  # a slow download must not keep one
    with (
        SpooledTemporaryFile(IN_MEMORY) as known,
        zipfile.ZipFile(cast(IO[bytes], outlet), "w") as archive,
    ):
        archive.filelist = cast(list[zipfile.ZipInfo], Directory(cast(IO[bytes], known)))
        archive.NameToInfo = Unnamed()
        for name, blob in files:
            try:
                stored = default_storage.open(blob.path)
            except OSError as error:
                log.warning("file_left_out", sha256=blob.pk, error=str(error))
                if closing:
                    closing.left_out(name)
                continue
            with stored, archive.open(entry(name, packed=False), "w", force_zip64=True) as packed:
                for piece in pieces(stored):
                    packed.write(piece)
                    yield outlet.take()
        if closing:
            with archive.open(entry(closing.name), "w", force_zip64=True) as packed:
                for part in closing.parts():
                    packed.write(part)
                    yield outlet.take()
        yield from _end(archive, outlet)


def _end(archive: zipfile.ZipFile, outlet: Outlet) -> Iterator[bytes]:
    """The list of all files, which zipfile writes at once."""
    yield outlet.take()
    with SpooledTemporaryFile(IN_MEMORY) as spill:
        outlet.spill = cast(IO[bytes], spill)
        archive.close()
        spill.seek(0)
        yield from pieces(spill)
