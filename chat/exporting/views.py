"""Downloads. They are sent while they are read, however large they are."""

from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from chat.exporting.archive import archive
from chat.exporting.documents import Words, as_json, as_markdown
from chat.exporting.names import download_name
from chat.exporting.reading import all_ids, pages, path_ids
from chat.models import Thread
from files.streaming import download


@require_GET
@login_required
def thread_json(request: SignedInRequest, thread_id: UUID) -> StreamingHttpResponse:
    """The whole tree of a thread."""
    thread = _thread(request, thread_id)
    parts = as_json(thread, pages(all_ids(thread)))
    return download(request, parts, download_name(thread, "json"), "application/json")


@require_GET
@login_required
def thread_markdown(request: SignedInRequest, thread_id: UUID) -> StreamingHttpResponse:
    """The messages that a thread shows."""
    thread = _thread(request, thread_id)
    parts = as_markdown(thread, pages(path_ids(thread)), Words.now())
    return download(request, parts, download_name(thread, "md"), "text/markdown; charset=utf-8")


@require_GET
@login_required
def everything(request: SignedInRequest) -> StreamingHttpResponse:
    """All threads of a person as an archive."""
    name = f"Atelier {datetime.now(UTC):%Y-%m-%d}.zip"
    return download(request, archive(request.user, Words.now()), name, "application/zip")


def _thread(request: SignedInRequest, thread_id: UUID) -> Thread:
    rows = Thread.objects.visible_to(request.user).select_related("model")
    return get_object_or_404(rows, pk=thread_id)
