"""The branches of a thread over HTTP. Pages hear of what changed by the live channel."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from chat import branches
from chat.views import as_json, uuid_of


@require_POST
@login_required
@refusals_as_json
def retry(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    sent = branches.retry(
        user=request.user,
        thread_id=thread_id,
        message_id=message_id,
        client_id=uuid_of(request.POST.get("client_id", "")),
    )
    return as_json(sent)


@require_POST
@login_required
@refusals_as_json
def regenerate(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    sent = branches.regenerate(
        user=request.user,
        thread_id=thread_id,
        message_id=message_id,
        client_id=uuid_of(request.POST.get("client_id", "")),
        model_id=_model_id(request),
    )
    return as_json(sent)


@require_POST
@login_required
@refusals_as_json
def edit(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    sent = branches.edit(
        user=request.user,
        thread_id=thread_id,
        message_id=message_id,
        text=request.POST.get("text", ""),
        client_id=uuid_of(request.POST.get("client_id", "")),
        model_id=_model_id(request),
    )
    return as_json(sent)


@require_POST
@login_required
@refusals_as_json
def show(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    revision = branches.show(user=request.user, thread_id=thread_id, message_id=message_id)
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def delete(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    revision = branches.delete(user=request.user, thread_id=thread_id, message_id=message_id)
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def restore(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    revision = branches.restore(user=request.user, thread_id=thread_id, message_id=message_id)
    return JsonResponse({"revision": revision})


def _model_id(request: SignedInRequest) -> UUID | None:
    return uuid_of(request.POST["model"]) if request.POST.get("model") else None
