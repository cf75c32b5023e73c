"""Answers that are made while they are sent, however large they are."""

from collections.abc import AsyncIterator, Generator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

Parts = Generator[bytes, None, None]


def download(
    request: HttpRequest, parts: Parts, name: str, content_type: str
) -> StreamingHttpResponse:
    is_async = isinstance(request, ASGIRequest)
    response = StreamingHttpResponse(
        _in_thread(parts) if is_async else parts, content_type=content_type
    )
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response


async def _in_thread(parts: Parts) -> AsyncIterator[bytes]:
    """The parts, each made in the request's thread when the one before was sent. Django itself
    would make all of them first."""
    try:
        while (part := await sync_to_async(_next)(parts)) is not None:
            yield part
    finally:
        await sync_to_async(parts.close)()


def _next(parts: Parts) -> bytes | None:
    return next(parts, None)
