"""Bytes of the storage as answers: parts of them, and never as a page of ours."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import IO

from django.core.files.storage import default_storage
from django.core.handlers.asgi import ASGIRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header, parse_etags
from whitenoise.responders import SlicedFile, StaticFile

from files.content import IMAGES
from files.storage import PIECE, pieces

# What a browser shows is no page: it runs nothing and loads nothing.
ALONE = "default-src 'none'; sandbox"


def answer(
    request: HttpRequest, *, path: str, media_type: str, size: int, etag: str, name: str
) -> HttpResponseBase:
    """A file whose content never changes. Only raster images are shown in the browser; anything
    else is saved under its name."""
    etag = f'"{etag}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _finished(HttpResponseNotModified(), etag)
    wanted = _range(request.headers.get("Range", ""), size)
    if wanted is None:
        refused = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        return _finished(refused, etag)
    try:
        file = default_storage.open(path)
    except FileNotFoundError:
        raise Http404 from None
    start, end = wanted
    body = _body(request, SlicedFile(file, start, end))
    response = StreamingHttpResponse(body, content_type=_content_type(media_type))
    response.headers["Content-Length"] = str(end - start + 1)
    if (start, end) != (0, size - 1):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    disposition = content_disposition_header(media_type not in IMAGES, name)
    response.headers["Content-Disposition"] = disposition or "inline"
    return _finished(response, etag)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for: all of them where the header is not understood, None where
    it asks for what there is not."""
    whole = (0, size - 1)
    if not header:
        return whole
    try:
        start, end = StaticFile.parse_byte_range(header)
    except ValueError:
        return whole
    if start < 0:
        return max(0, size + start), size - 1
    last = size - 1 if end is None else min(end, size - 1)
    return (start, last) if start <= last else None


def _content_type(media_type: str) -> str:
    return media_type if media_type in IMAGES else "application/octet-stream"


def _body(request: HttpRequest, file: IO[bytes]) -> Iterator[bytes] | AsyncIterator[bytes]:
    return _read_async(file) if isinstance(request, ASGIRequest) else _read(file)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from pieces(file)


async def _read_async(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


def _finished(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, max_age=31_536_000, immutable=True)
    return response
