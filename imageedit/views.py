"""Edit conversations over HTTP. Pages hear of what changed by the live channel."""

from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import Refusal, refusals_as_json
from accounts.requests import SignedInRequest
from activity.conversation import Conversation
from activity.sweeping import sweep
from gallery.asking import Asked
from gallery.posted import as_uuid, one_uuid, uuids
from gallery.projects.views import piece_or_page
from imageedit import listing, services
from imageedit.live import LiveEdit
from imageedit.pages import conversation_context, start_context


@require_GET
@login_required
def conversations(request: SignedInRequest) -> HttpResponse:
    """The page; for scripts its further rows, or with `shown` all of them anew, so many."""
    words, after, shown = (request.GET.get(name, "") for name in ("q", "after", "shown"))
    size = int(shown) if shown.isdecimal() and len(shown) < 9 else 0
    found = listing.listing(request.user, words=words, after=after, size=size)
    context = {"listing": found, "count": listing.count(request.user), "is_anew": bool(size)}
    piece = "imageedit/_rows.html" if after or size else "imageedit/_list.html"
    return piece_or_page(request, piece, "imageedit/list.html", context)


@require_GET
@login_required
def conversation(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    context = conversation_context(request.user, conversation_id)
    if context and context["busy"] and sweep(Conversation("edit", conversation_id)):
        context = conversation_context(request.user, conversation_id)
    if context is None:
        raise Http404
    return piece_or_page(
        request, "imageedit/_conversation.html", "imageedit/conversation.html", context
    )


@require_GET
@login_required
def changes(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """For a page whose websocket is down."""
    revision = request.GET.get("revision", "")
    since = int(revision) if revision.isdecimal() and len(revision) < 20 else 0
    live = LiveEdit()
    found = live.changes_since(user=request.user, id=conversation_id, revision=since)
    if found and found.busy and sweep(Conversation("edit", conversation_id)):
        found = live.changes_since(user=request.user, id=conversation_id, revision=since)
    if found is None:
        raise Http404
    return JsonResponse(
        {
            "type": live.kind,
            "id": str(conversation_id),
            "since": since,
            "revision": found.revision,
            "busy": found.busy,
            "content": found.content,
        }
    )


@require_http_methods(["GET", "POST"])
@login_required
def start(request: SignedInRequest, image_id: UUID) -> HttpResponse:
    """The form, a fragment for the dialog or a page of its own, and what it asks for."""
    if request.method == "POST":
        return _start(request, image_id)
    context = start_context(request.user, image_id)
    if context is None:
        raise Http404
    return piece_or_page(request, "imageedit/_start.html", "imageedit/start.html", context)


@refusals_as_json
def _start(request: SignedInRequest, image_id: UUID) -> HttpResponse:
    """Scripts get JSON, who has none the conversation, or the form with what is wrong."""
    from_form = _is_from_form(request)
    conversation_id = as_uuid(request.POST.get("id", ""))
    try:
        asked = services.start(
            user=request.user,
            conversation_id=conversation_id,
            client_id=one_uuid(request, "client_id") or conversation_id,
            image_id=image_id,
            text=request.POST.get("text", ""),
            model_ids=uuids(request, "models"),
            file_ids=uuids(request, "files"),
        )
    except Refusal as refusal:
        context = start_context(request.user, image_id)
        if not from_form or context is None:
            raise
        models = uuids(request, "models")
        context["chosen"] = [model for model in context["models"] if model.pk in models]
        context |= {"refusal": refusal.sentence(), "text": request.POST.get("text", "")}
        return render(request, "imageedit/start.html", context, status=refusal.status)
    if from_form:
        return redirect("imageedit:conversation", conversation_id)
    return _as_json(asked)


@require_POST
@login_required
@refusals_as_json
def send(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    """Scripts get JSON, who has none the page, with what is wrong and the words."""
    from_form = _is_from_form(request)
    text = request.POST.get("text", "")
    try:
        asked = services.send(
            user=request.user,
            conversation_id=conversation_id,
            client_id=as_uuid(request.POST.get("client_id", "")),
            text=text,
            model_ids=uuids(request, "models"),
            file_ids=uuids(request, "files"),
        )
    except Refusal as refusal:
        context = conversation_context(request.user, conversation_id)
        if not from_form or context is None:
            raise
        context |= {"refusal": refusal.sentence(), "text": text}
        return render(request, "imageedit/conversation.html", context, status=refusal.status)
    if from_form:
        return redirect("imageedit:conversation", conversation_id)
    return _as_json(asked)


@require_POST
@login_required
@refusals_as_json
def stop(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    services.stop(user=request.user, conversation_id=conversation_id)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def retry(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    turn = request.POST.get("turn", "")
    number = int(turn) if turn.isdecimal() and len(turn) < 9 else None
    return _retry(request, conversation_id, number=number)


@require_POST
@login_required
@refusals_as_json
def retry_output(request: SignedInRequest, conversation_id: UUID, output_id: UUID) -> HttpResponse:
    return _retry(request, conversation_id, output_id=output_id)


def _retry(
    request: SignedInRequest,
    conversation_id: UUID,
    *,
    output_id: UUID | None = None,
    number: int | None = None,
) -> HttpResponse:
    asked = services.retry(
        user=request.user,
        conversation_id=conversation_id,
        client_id=one_uuid(request, "client_id") or uuid4(),
        output_id=output_id,
        number=number,
    )
    return _as_json(asked)


@require_POST
@login_required
@refusals_as_json
def rename(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    revision = services.rename(
        user=request.user,
        conversation_id=conversation_id,
        title=request.POST.get("title", ""),
    )
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def delete(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    services.delete(user=request.user, conversation_id=conversation_id)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def restore(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    services.restore(user=request.user, conversation_id=conversation_id)
    return HttpResponse(status=204)


def _is_from_form(request: SignedInRequest) -> bool:
    """Sent by the browser itself, which shows what comes."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _as_json(asked: Asked) -> HttpResponse:
    edit, turn = asked.generation.edit, asked.generation.turn
    body = {
        "conversation": str(asked.generation.edit_id),
        "turn": turn.number if turn else 0,
        "revision": edit.revision if edit else 0,
    }
    return JsonResponse(body, status=200 if asked.replayed else 201)
