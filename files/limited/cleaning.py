"""A copy of an image without what it tells of its maker: place, camera, names, prompts, and what
was put behind its end. Its pixels and colours stay as they are, byte for byte, and so does the way
it is turned."""

import re
import struct
import zlib
from collections.abc import Iterator

ORIENTATION = 0x0112

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# fmt: off
_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
}
# fmt: on
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04
_GIF_APPLICATIONS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0", b"\x0bICCRGBG1012")
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class Strange(Exception):
    """Built in a way that is not understood: there is no clean copy."""


def clean_copy(content: bytes, media_type: str, orientation: int) -> bytes | None:
    """None where this one cannot be cleaned. `orientation`: as Exif has it, 1 is upright."""
    clean = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp, "image/gif": _gif}
    exif = _exif(orientation) if 1 < orientation <= 8 else b""
    try:
        return b"".join(clean[media_type](content, exif))
    except (Strange, struct.error, IndexError):
        return None


def _exif(orientation: int) -> bytes:
    """The orientation and nothing else."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def _png(content: bytes, exif: bytes) -> Iterator[bytes]:
    yield _PNG_HEAD
    at, kind = len(_PNG_HEAD), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise Strange
        if kind in _PNG_KEPT:
            yield content[at:end]
        if kind == b"IHDR" and exif:
            named = b"eXIf" + exif
            yield struct.pack(">I", len(exif)) + named + struct.pack(">I", zlib.crc32(named))
        at = end


def _jpeg(content: bytes, exif: bytes) -> Iterator[bytes]:
    yield content[:2]
    if exif:
        yield b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
    at, in_scan = 2, False
    while True:
        marker = _JPEG_MARKER.search(content, at)
        if marker is None or (not in_scan and content[at : marker.start()].strip(b"\xff")):
            raise Strange
        yield content[at : marker.start()]
        at, kind = marker.start(), content[marker.start() + 1]
        if kind == 0xD9:
            yield b"\xff\xd9"
            return
        end = at + 2 + int(struct.unpack_from(">H", content, at + 2)[0])
        if end > len(content):
            raise Strange
        if _is_needed(kind, content[at + 4 : at + 16]):
            yield content[at:end]
        at, in_scan = end, kind == 0xDA


def _is_needed(kind: int, head: bytes) -> bool:
    """Of the application segments: JFIF, colour profiles, and Adobe's colour transform."""
    if kind == 0xE2:
        return head.startswith(b"ICC_PROFILE\0")
    return kind in (0xE0, 0xEE) or not (0xE1 <= kind <= 0xEF or kind == 0xFE)


def _webp(content: bytes, exif: bytes) -> Iterator[bytes]:
    chunks = list(_webp_chunks(content))
    kind, head = chunks[0]
    if exif and kind == b"VP8X":  # without that head there is no Exif
        chunks = [(kind, bytes([head[0] | _EXIF_FLAG]) + head[1:]), *chunks[1:], (b"EXIF", exif)]
    body = b"".join(
        struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)
        for kind, data in chunks
    )
    yield struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, min(len(content), 8 + struct.unpack_from("<I", content, 4)[0])
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", content, at)
        data = content[at + 8 : at + 8 + length]
        if len(data) < length:
            raise Strange
        if kind == b"VP8X":
            data = bytes([data[0] & ~(_EXIF_FLAG | _XMP_FLAG)]) + data[1:]
        if kind in _WEBP_KEPT:
            yield kind, data
        at += 8 + length + length % 2


def _gif(content: bytes, exif: bytes) -> Iterator[bytes]:
    at = 13 + _colours(content[10])
    yield content[:at]
    while (kind := content[at]) != 0x3B:
        start = at
        if kind == 0x21:
            at = _after_blocks(content, at + 2)
            is_kept = content[start + 1] in (0xF9, 0x01) or (
                content[start + 1] == 0xFF and content.startswith(_GIF_APPLICATIONS, start + 2)
            )
        elif kind == 0x2C:
            at = _after_blocks(content, at + 11 + _colours(content[at + 9]))
            is_kept = True
        else:
            raise Strange
        if is_kept:
            yield content[start:at]
    yield b"\x3b"


def _colours(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while length := content[at]:
        at += length + 1
    return at + 1
