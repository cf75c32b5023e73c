"""The queue of a thread over HTTP. Pages hear of what changed by the live channel."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from chat.models import Thread
from chat.queue import services
from chat.queue.running import waiting_in
from chat.views import uuid_of


@require_POST
@login_required
@refusals_as_json
def pause(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    return _changed(services.hold(user=request.user, thread_id=thread_id))


@require_POST
@login_required
@refusals_as_json
def resume(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    return _changed(services.resume(user=request.user, thread_id=thread_id))


@require_POST
@login_required
@refusals_as_json
def remove(request: SignedInRequest, thread_id: UUID, queued_id: UUID) -> HttpResponse:
    revision = services.remove(user=request.user, thread_id=thread_id, queued_id=queued_id)
    return _changed(revision)


@require_POST
@login_required
@refusals_as_json
def restore(request: SignedInRequest, thread_id: UUID, queued_id: UUID) -> HttpResponse:
    revision = services.restore(user=request.user, thread_id=thread_id, queued_id=queued_id)
    return _changed(revision)


@require_POST
@login_required
@refusals_as_json
def move(request: SignedInRequest, thread_id: UUID, queued_id: UUID) -> HttpResponse:
    """`before`: the message to put it before; without one it goes to the end."""
    revision = services.move(
        user=request.user,
        thread_id=thread_id,
        queued_id=queued_id,
        before=uuid_of(request.POST["before"]) if request.POST.get("before") else None,
    )
    return _changed(revision)


@require_POST
@login_required
@refusals_as_json
def edit(request: SignedInRequest, thread_id: UUID, queued_id: UUID) -> HttpResponse:
    revision = services.edit(
        user=request.user,
        thread_id=thread_id,
        queued_id=queued_id,
        text=request.POST.get("text", ""),
        model_id=uuid_of(request.POST["model"]) if request.POST.get("model") else None,
    )
    return _changed(revision)


@require_GET
@login_required
def source(request: SignedInRequest, thread_id: UUID, queued_id: UUID) -> HttpResponse:
    """A queued message's whole text, for its editor."""
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
    queued = get_object_or_404(waiting_in(thread), pk=queued_id)
    return HttpResponse(queued.text, content_type="text/plain; charset=utf-8")


def _changed(revision: int) -> HttpResponse:
    return JsonResponse({"revision": revision})
