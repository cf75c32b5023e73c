"""Chat over HTTP: pages, sends, and the changes for a page whose websocket is down."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.refusals import Refusal, refusals_as_json
from accounts.requests import SignedInRequest
from activity.conversation import Conversation
from activity.sweeping import sweep
from chat import listing, services
from chat.asking import Sent
from chat.live import LiveThread
from chat.models import Thread
from chat.pages import new_context, thread_context
from chat.queue.services import Queued
from chat.refusals import Malformed, NotFound
from chat.tuning import tuning_of


@require_GET
@login_required
def new(request: SignedInRequest) -> HttpResponse:
    """With words to begin with, where the address brings some."""
    context = new_context(request.user)
    context["draft"] = request.GET.get("prompt", "")[: settings.MAX_MESSAGE_CHARS]
    return _page(request, context)


@require_GET
@login_required
def thread(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    context = thread_context(request.user, thread_id)
    if context and context["busy"] and sweep(Conversation("thread", thread_id)):
        context = thread_context(request.user, thread_id)
    if context is None:
        raise Http404
    return _page(request, context)


def _page(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    name = "chat/_thread.html" if request.headers.get("HX-Request") else "chat/thread.html"
    response = render(request, name, context)
    response.headers["Vary"] = "HX-Request"
    return response


@require_POST
@login_required
@refusals_as_json
def send(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """Answers scripts in JSON. A form that was sent before the scripts ran gets a page: the
    thread, or the same page with the text still in its box."""
    from_form = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    try:
        sent = services.send(
            user=request.user,
            thread_id=thread_id,
            text=request.POST.get("text", ""),
            model_id=uuid_of(request.POST["model"]) if request.POST.get("model") else None,
            client_id=uuid_of(request.POST.get("client_id", "")),
            tuning=tuning_of(request.POST) if "temperature" in request.POST else None,
            file_ids=[uuid_of(one) for one in request.POST.get("files", "").split(",") if one],
        )
    except Refusal as refusal:
        if not from_form or isinstance(refusal, NotFound):
            raise
        messages.error(request, refusal.sentence())
        context = thread_context(request.user, thread_id) or new_context(request.user)
        context["draft"] = request.POST.get("text", "")
        return render(request, "chat/thread.html", context, status=refusal.status)
    return redirect("chat:thread", thread_id) if from_form else _sent_as_json(sent)


@require_POST
@login_required
@refusals_as_json
def stop(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    services.stop(user=request.user, thread_id=thread_id)
    return HttpResponse(status=204)


@require_GET
@login_required
def changes(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    since = revision_of(request.GET.get("revision", ""))
    found = LiveThread().changes_since(user=request.user, id=thread_id, revision=since)
    if found and found.busy and sweep(Conversation("thread", thread_id)):
        found = LiveThread().changes_since(user=request.user, id=thread_id, revision=since)
    if found is None:
        raise Http404
    return JsonResponse(
        {
            "type": "thread",
            "id": str(thread_id),
            "since": since,
            "revision": found.revision,
            "busy": found.busy,
            "content": found.content,
        }
    )


@require_GET
@login_required
def threads(request: SignedInRequest) -> HttpResponse:
    page = listing.sidebar(request.user, after=request.GET.get("after", ""))
    return render(request, "chat/_threads.html", {"sidebar": page})


@require_GET
@login_required
def source(request: SignedInRequest, thread_id: UUID, message_id: UUID) -> HttpResponse:
    """A message's Markdown as it was written, for the copy button."""
    shown = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
    message = get_object_or_404(shown.messages.alive(), pk=message_id)
    return HttpResponse(message.content, content_type="text/plain; charset=utf-8")


def revision_of(value: str) -> int:
    """What cannot be one counts as the first: the page is then brought all there is."""
    try:
        return int(value)
    except ValueError:
        return 0


def uuid_of(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise Malformed from error


def _sent_as_json(sent: Sent | Queued) -> HttpResponse:
    if isinstance(sent, Sent):
        return as_json(sent)
    thread = sent.message.thread
    body = {"thread": str(thread.pk), "queued": str(sent.message.pk), "revision": thread.revision}
    return JsonResponse(body, status=200 if sent.replayed else 202)


def as_json(sent: Sent) -> HttpResponse:
    generation = sent.generation
    body = {
        "thread": str(generation.thread_id),
        "message": str(generation.message_id),
        "revision": generation.thread.revision if generation.thread else 0,
    }
    return JsonResponse(body, status=200 if sent.replayed else 201)
