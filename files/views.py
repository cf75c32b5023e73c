"""Files over HTTP. An upload's body is the file itself: nothing has to be taken apart before its
limits are checked."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from files import queue, services
from files.models import Blob, File, State
from files.refusals import Cut
from files.serving import answer
from files.storage import pieces


@require_http_methods(["GET", "POST"])
@login_required
@refusals_as_json
def file(request: SignedInRequest, file_id: UUID) -> HttpResponseBase:
    """GET: how far it is. POST: an upload."""
    if request.method == "POST":
        arrived = services.upload(
            user=request.user,
            file_id=file_id,
            name=unquote(request.headers.get("X-File-Name", "")),
            pieces=_body(request),
            size=_announced(request),
        )
        return JsonResponse(as_json(arrived), status=201)
    shown = _visible(request, file_id)
    if shown.blob.state in (State.WAITING, State.DECODING) and queue.sweep(shown.blob_id):
        shown.blob.refresh_from_db()
    return JsonResponse(as_json(shown))


def _upload(request: SignedInRequest, file_id: UUID) -> HttpResponseBase:
    try:
        arrived = services.upload(
            user=request.user,
            file_id=file_id,
            name=unquote(request.headers.get("X-File-Name", "")),
            pieces=pieces(request),
            size=_announced(request),
        )
    except UnreadablePostError as error:
        raise Cut from error
    return JsonResponse(as_json(arrived), status=201)


@require_POST
@login_required
@refusals_as_json
def again(request: SignedInRequest, file_id: UUID) -> HttpResponseBase:
    return JsonResponse(as_json(services.try_again(user=request.user, file_id=file_id)))


@require_safe
@login_required
def original(request: SignedInRequest, file_id: UUID) -> HttpResponseBase:
    shown = _visible(request, file_id)
    if not shown.blob.is_ready:  # nobody has looked into it
        raise Http404
    return answer(request, shown.given_to(request.user), name=shown.name)


@require_safe
@login_required
def preview(request: SignedInRequest, file_id: UUID, edge: int, ending: str) -> HttpResponseBase:
    shown = _visible(request, file_id)
    rendition = get_object_or_404(shown.blob.renditions, name=f"{edge}.{ending}")
    return answer(request, rendition, name=f"{shown.name}.{rendition.name}")


def as_json(shown: File) -> dict[str, Any]:
    """What the composer must know. `passing`: it may be tried again as it is."""
    blob: Blob = shown.blob
    return {
        "id": str(shown.pk),
        "name": shown.name,
        "size": blob.size,
        "state": {State.READY: "ready", State.FAILED: "failed"}.get(State(blob.state), "checking"),
        "image": blob.is_image,
        "width": blob.width or 0,
        "height": blob.height or 0,
        "message": shown.problem,
        "passing": blob.can_be_tried_again,
    }


def _visible(request: SignedInRequest, file_id: UUID) -> File:
    rows = File.objects.visible_to(request.user).select_related("blob")
    return get_object_or_404(rows, pk=file_id)


def _body(request: HttpRequest) -> Iterator[bytes]:
    try:
        yield from pieces(request)
    except UnreadablePostError:
        raise Cut from None


def _announced(request: HttpRequest) -> int | None:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
