"""Files as people send them, whole and broken, and a media worker in this very process."""

import io
import os
import struct
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfWriter

from accounts.models import User
from files import opening, queue, services
from files.models import File

Upload = Callable[..., File]


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was given to Celery, which delivers nothing here."""
    names: list[str] = []
    monkeypatch.setattr(queue, "send", names.append)
    return names


@pytest.fixture
def upload(owner: User) -> Upload:
    """Upload and open; the file as its owner then sees it."""

    def bring(
        content: bytes, name: str = "file", *, user: User = owner, opened: bool = True
    ) -> File:
        file = services.upload(user=user, file_id=uuid.uuid4(), name=name, pieces=[content])
        if opened:
            opening.open_file(file.blob_id)
        return File.objects.select_related("blob").get(pk=file.pk)

    return bring


def image(
    kind: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **how: Any
) -> bytes:
    drawn = Image.radial_gradient("L").resize(size)
    if mode == "I;16":
        drawn = Image.new("I;16", size, 40_000)
    elif mode == "RGBA":
        drawn = Image.new("RGBA", size, (255, 0, 0, 90))
    else:
        drawn = drawn.convert(mode)
    out = io.BytesIO()
    drawn.save(out, kind, **how)
    return out.getvalue()


def animation(frames: int = 4) -> bytes:
    first, *rest = (Image.new("P", (64, 48), number * 20) for number in range(frames))
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=rest)
    return out.getvalue()


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Camera"
    return image("JPEG", exif=exif.tobytes())


def empty_png(width: int, height: int) -> bytes:
    """Black, and a thousand times smaller than its pixels."""
    squeezed = zlib.compressobj(9)
    rows = b"".join(squeezed.compress(bytes(width + 1)) for _ in range(height)) + squeezed.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def pdf(text: str = "Clay and water", *, password: str = "", filling: int = 0) -> bytes:
    """One page. `filling`: bytes that its content unpacks to beside the text."""
    from pypdf.generic import DictionaryObject, EncodedStreamObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
    })  # fmt: skip
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    squeezed = zlib.compressobj()
    content = EncodedStreamObject()
    content[NameObject("/Filter")] = NameObject("/FlateDecode")
    content._data = b"".join(
        squeezed.compress(b" " * 1_000_000) for _ in range(filling // 1_000_000)
    )
    words = b"BT /F1 12 Tf 20 200 Td (" + text.encode() + b") Tj ET"
    content._data += squeezed.compress(words) + squeezed.flush()
    page[NameObject("/Contents")] = writer._add_object(content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def noise(size: int = 3_000) -> bytes:
    return os.urandom(size)
