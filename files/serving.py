"""Bytes of the storage as answers: parts of them, and never as a page of ours."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import structlog
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

from files.content import IMAGES
from files.models import Blob, Rendition
from files.previews import FORMATS
from files.sentences import failure
from files.storage import PIECE, Readable, part, pieces

log = structlog.get_logger(__name__)

# What a browser shows is no page: it runs nothing and loads nothing.
ALONE = "default-src 'none'; sandbox"
SHOWN = {*IMAGES, *FORMATS.values()}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def answer(request: HttpRequest, made: Blob | Rendition, *, name: str) -> HttpResponseBase:
    """Bytes that never change. Only raster images are shown in the browser; anything else is
    saved under its name."""
    etag = f'"{made.etag}"'
    if _is_among(etag, request.headers.get("If-None-Match", "")):
        return _lasting(HttpResponseNotModified(), etag)
    wanted = _wanted(request, etag, made.size)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{made.size}"})
    start, end = wanted
    try:
        response = _response(request, made, start, end)
    except FileNotFoundError:
        raise Http404 from None
    except OSError as error:
        log.warning("storage_failed", path=made.path, error=str(error))
        return _away()
    response.headers["Content-Type"] = _content_type(made.media_type)
    response.headers["Content-Length"] = str(end - start)
    if (start, end) != (0, made.size):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{made.size}"
    disposition = content_disposition_header(made.media_type not in SHOWN, name)
    response.headers["Content-Disposition"] = disposition or "inline"
    return _lasting(response, etag)


def _is_among(etag: str, header: str) -> bool:
    named = parse_etags(header)
    return named == ["*"] or etag in (one.removeprefix("W/") for one in named)


def _wanted(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """The first byte asked for and the one after the last; None where there is no such byte.
    All of them for a header that is not understood, for several ranges, which may be answered
    so, and for a part of what was another file."""
    whole = (0, size)
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", etag) != etag:
        return whole
    first, last = found.groups()
    if (not first and not last) or (first and last and int(last) < int(first)):
        return whole
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    return (start, end) if start < end else None


def _content_type(media_type: str) -> str:
    return media_type if media_type in SHOWN else "application/octet-stream"


def _response(
    request: HttpRequest, made: Blob | Rendition, start: int, end: int
) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    file = part(made.path, start, end - start)
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_read_async(file))
    return StreamingHttpResponse(_read(file))


def _read(file: Readable) -> Iterator[bytes]:
    try:
        yield from pieces(file)
    finally:
        file.close()


async def _read_async(file: Readable) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()


def _lasting(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, max_age=31_536_000, immutable=True)
    return response


def _away() -> HttpResponse:
    response = HttpResponse(failure("storage_away"), status=503, content_type="text/plain")
    response.headers["Retry-After"] = "5"
    return response
