"""Encoded images on their way in and out."""

import base64
import binascii

from providers.base import ImageData, MalformedAnswer


def media_type(content: bytes) -> str | None:
    """By the file's first bytes; None for what is not PNG, JPEG, WebP or GIF."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return None


def image_from_bytes(content: bytes) -> ImageData:
    """The image, its type taken from its bytes and not from what the endpoint says."""
    found = media_type(content)
    if found is None:
        raise MalformedAnswer("the answer's image is not a PNG, JPEG, WebP or GIF")
    return ImageData(content, found)


def image_from_base64(text: str) -> ImageData:
    try:
        content = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        raise MalformedAnswer("the answer's image is not base64") from None
    return image_from_bytes(content)


def image_from_data_url(url: str) -> ImageData:
    head, comma, body = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise MalformedAnswer("the answer's image is not a base64 data URL")
    return image_from_base64(body)


def data_url(image: ImageData) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.content).decode()}"
