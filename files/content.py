"""What a file is, told from its bytes and never from its name. Knows nothing of Django: the
program that opens files in a limited process shares it."""

import codecs
import re

HEAD = 64 * 1024
"""Bytes from which a kind is told."""

IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
PDF = "application/pdf"
TEXT = "text/plain"

_MARKS = (  # the longer ones first: the mark of UTF-32 begins as that of UTF-16 does
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
# What no text has: control characters but tab, line ends, form feed, backspace and escape.
_CONTROLS = re.compile("[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_FEW = 0.7  # the least share of letters, figures, spaces and common marks in an old text
_COMMON = re.compile(r"[\w\s.,;:!?'\"()\-/]")
IMAGE_NAMES = re.compile(
    r"\.(png|jpe?g|jfif|webp|gif|bmp|tiff?|heic|heif|avif|ico|svgz?|psd)$", re.IGNORECASE
)


def media_type_of(head: bytes, name: str) -> str | None:
    """The media type of a file that begins so; None for what is not taken. `name` is heard only
    where it speaks against: text that calls itself an image is a mistake, or an SVG."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if b"%PDF-" in head[:1024]:  # readers accept what stands before it, too
        return PDF
    if IMAGE_NAMES.search(name) or _SVG.search(head[:4096]) or decoded(head, whole=False) is None:
        return None
    return TEXT


def decoded(content: bytes, *, whole: bool = True) -> str | None:
    """The text of a text file, None where it is none. With `whole` false its last character may
    be cut."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding, whole=whole)
    text = _strictly(content, "utf-8", whole=whole)
    # Windows' form of Latin-1, which gives quotation marks where that has controls.
    return text if text is not None else _old(_strictly(content, "cp1252", whole=whole))


def _strictly(content: bytes, encoding: str, *, whole: bool) -> str | None:
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(content, final=whole)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text


def _old(text: str | None) -> str | None:
    """Nearly any bytes are Latin-1, so this must look like something that people write."""
    if text is None or len(_COMMON.findall(text)) < _FEW * len(text):
        return None
    return text
