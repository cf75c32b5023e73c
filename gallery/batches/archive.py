"""The images of a batch as one ZIP, made while it is sent. Of any number of them memory holds some
hundred at a time, and the connection is given back while their files are read."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.db import connection
from msgspec import json

from files.models import Blob
from files.storage import pieces
from files.streaming import Parts
from files.zipping import IN_MEMORY, originals
from gallery.batches.models import Batch
from gallery.batches.names import file_name
from gallery.batches.selection import portion
from gallery.images import GeneratedImage, ImageStatus

FORMAT = "atelier.images"
VERSION = 1
PAGE = 200


class Manifest:
    """`manifest.json`: what each file is, and what is missing. It grows on disk."""

    name = "manifest.json"

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._last: dict[str, Any] | None = None
        self._count = self._missing = 0

    def add(self, row: dict[str, Any]) -> None:
        """Of the file that is written next: whether it could be read is known after it."""
        self._write_last()
        self._last = row

    def left_out(self, name: str) -> None:
        if self._last is not None:
            self._last["missing"] = True
            self._missing += 1

    def parts(self) -> Iterator[bytes]:
        self._write_last()
        head = {"format": FORMAT, "version": VERSION, "images": self._count}
        head["missing"] = self._missing
        yield json.encode(head)[:-1] + b',"files":[\n'
        self._file.seek(0)
        yield from pieces(self._file)
        yield b"\n]}\n"

    def _write_last(self) -> None:
        if self._last is not None:
            self._file.write((b",\n" if self._count else b"") + json.encode(self._last))
            self._count += 1
            self._last = None


def archive(batch: Batch) -> Parts:
    """Its bytes. What went to the trash meanwhile is not in it; a file that the storage does not
    have is named as missing."""
    with SpooledTemporaryFile(IN_MEMORY) as file:
        manifest = Manifest(cast(IO[bytes], file))
        yield from originals(_files(batch, manifest), manifest)


def _files(batch: Batch, manifest: Manifest) -> Iterator[tuple[str, Blob]]:
    number = 0
    for image in _images(batch):
        file = image.file
        if file is not None:
            number += 1
            name = file_name(image, file.blob.media_type, number)
            manifest.add(_row(image, name))
            yield name, file.blob


def _images(batch: Batch) -> Iterator[GeneratedImage]:
    position, is_last = "", False
    while not is_last:
        found = portion(batch, position, PAGE)
        position, is_last = found.position, found.is_last
        rows = _ready(batch).in_bulk(list(found.ids))
        _rest()
        yield from (rows[one] for one in found.ids if one in rows)


def _ready(batch: Batch) -> Any:
    visible = GeneratedImage.objects.visible_to(batch.owner).filter(post__deleted_at=None)
    rows = visible.filter(status=ImageStatus.READY).select_related("post", "file__blob")
    return rows.defer("words", "error_detail")


def _row(image: GeneratedImage, name: str) -> dict[str, Any]:
    return {
        "file": name,
        "image": image.pk,
        "post": image.post_id,
        "prompt": image.prompt or image.post.prompt,
        "caption": image.post.caption,
        "hashtags": image.post.hashtags,
        "model": image.model_name,
        "date": image.created_at,
        "width": image.width,
        "height": image.height,
        "cost": image.cost,
    }


def _rest() -> None:
    """Give the connection back until the next page is asked for."""
    if not connection.in_atomic_block:
        connection.close()
