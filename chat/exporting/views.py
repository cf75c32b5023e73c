"""Downloads. They are sent while they are read, however large they are."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from chat.exporting.archive import archive
from chat.exporting.documents import Parts, Words, as_json, as_markdown
from chat.exporting.names import download_name
from chat.exporting.reading import all_ids, pages, path_ids
from chat.models import Thread


@require_GET
@login_required
def thread_json(request: SignedInRequest, thread_id: UUID) -> StreamingHttpResponse:
    """The whole tree of a thread."""
    thread = _thread(request, thread_id)
    parts = as_json(thread, pages(all_ids(thread)))
    return _download(request, parts, download_name(thread, "json"), "application/json")


@require_GET
@login_required
def thread_markdown(request: SignedInRequest, thread_id: UUID) -> StreamingHttpResponse:
    """The messages that a thread shows."""
    thread = _thread(request, thread_id)
    parts = as_markdown(thread, pages(path_ids(thread)), Words.now())
    return _download(request, parts, download_name(thread, "md"), "text/markdown; charset=utf-8")


@require_GET
@login_required
def everything(request: SignedInRequest) -> StreamingHttpResponse:
    """All threads of a person as an archive."""
    name = f"Atelier {datetime.now(UTC):%Y-%m-%d}.zip"
    return _download(request, archive(request.user, Words.now()), name, "application/zip")


def _thread(request: SignedInRequest, thread_id: UUID) -> Thread:
    rows = Thread.objects.visible_to(request.user).select_related("model")
    return get_object_or_404(rows, pk=thread_id)


def _download(
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
