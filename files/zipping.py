"""A ZIP that is written while it is read."""

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, cast

import structlog
from django.core.files.storage import default_storage
from django.db import connection

from files.models import Blob
from files.storage import pieces
from files.streaming import Parts

log = structlog.get_logger(__name__)


class Outlet:
    """What zipfile writes to: it cannot seek, and gives away what it has got."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
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


def originals(files: Iterable[tuple[str, Blob]]) -> Parts:
    """Files as they were brought, under these names: images, which nothing makes smaller. One
    that cannot be read is left out."""
    outlet = Outlet()
    connection.close()  # a slow download must not keep one
    with zipfile.ZipFile(cast(IO[bytes], outlet), "w") as archive:
        for name, blob in files:
            try:
                stored = default_storage.open(blob.path)
            except OSError as error:
                log.warning("file_left_out", sha256=blob.pk, error=str(error))
                continue
            with stored, archive.open(entry(name, packed=False), "w", force_zip64=True) as packed:
                for piece in pieces(stored):
                    packed.write(piece)
                    yield outlet.take()
    yield outlet.take()
