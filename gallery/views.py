"""What is done to posts, over HTTP. Pages hear of what changed by the live channel."""

from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import Refusal, refusals_as_json
from accounts.requests import SignedInRequest
from activity.conversation import Conversation
from activity.sweeping import sweep
from gallery import editing, retrying, services
from gallery.asking import Asked
from gallery.briefs import Brief
from gallery.live import LivePost
from gallery.page_views import new_page, page
from gallery.pages import new_context
from gallery.posted import as_uuid, one_uuid, uuids
from gallery.refusals import Malformed
from gallery.services import Wish

MOST_NUMBERS = 2**31 - 1


@require_http_methods(["GET", "POST"])
@login_required
def create(request: SignedInRequest) -> HttpResponse:
    return new_page(request) if request.method == "GET" else _create(request)


@refusals_as_json
def _create(request: SignedInRequest) -> HttpResponse:
    """Answers scripts in JSON. A form that was sent before the scripts ran gets a page: the post,
    or the same form with what is wrong."""
    from_form = request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    try:
        post_id = as_uuid(request.POST.get("id", ""))
        asked = services.create(
            user=request.user,
            post_id=post_id,
            client_id=one_uuid(request, "client_id") or post_id,
            wish=_wish(request),
        )
    except Refusal as refusal:
        if not from_form or isinstance(refusal, Malformed):
            raise
        return _form_again(request, refusal)
    return redirect("gallery:post", post_id) if from_form else _as_json(asked)


def _form_again(request: SignedInRequest, refusal: Refusal) -> HttpResponse:
    wish = _wish(request)
    brief = Brief(
        prompt=wish.prompt,
        project_id=wish.project_id,
        tone=wish.tone,
        aspect_ratio=wish.aspect_ratio,
        resolution=wish.resolution,
        model_ids=list(wish.model_ids),
    )
    context = new_context(request.user, brief=brief) | {"refusal": refusal.sentence()}
    return page(request, "gallery/create.html", context, status=refusal.status)


def _wish(request: SignedInRequest) -> Wish:
    sent = request.POST
    return Wish(
        prompt=sent.get("prompt", ""),
        model_ids=uuids(request, "models"),
        project_id=one_uuid(request, "project"),
        text_model_id=one_uuid(request, "text_model"),
        tone=sent.get("tone", ""),
        language=sent.get("language", ""),
        aspect_ratio=sent.get("aspect_ratio", ""),
        resolution=sent.get("resolution", ""),
        file_ids=uuids(request, "files"),
    )


@require_GET
@login_required
def changes(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    """For a page whose websocket is down."""
    revision = request.GET.get("revision", "")
    since = int(revision) if revision.isdecimal() and len(revision) < 20 else 0
    found = LivePost().changes_since(user=request.user, id=post_id, revision=since)
    if found and found.busy and sweep(Conversation("post", post_id)):
        found = LivePost().changes_since(user=request.user, id=post_id, revision=since)
    if found is None:
        raise Http404
    return JsonResponse(
        {
            "type": "post",
            "id": str(post_id),
            "since": since,
            "revision": found.revision,
            "busy": found.busy,
            "content": found.content,
        }
    )


@require_POST
@login_required
@refusals_as_json
def stop(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    services.stop(user=request.user, post_id=post_id)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def retry(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    key = one_uuid(request, "client_id") or uuid4()
    return _as_json(retrying.retry(user=request.user, post_id=post_id, client_id=key))


@require_POST
@login_required
@refusals_as_json
def refine(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    asks = request.POST.getlist("asks")
    asked = services.refine(
        user=request.user,
        post_id=post_id,
        client_id=as_uuid(request.POST.get("client_id", "")),
        text=request.POST.get("text", ""),
        wants_caption="caption" in asks,
        wants_images="images" in asks,
        model_ids=uuids(request, "models"),
        file_ids=uuids(request, "files"),
    )
    return _as_json(asked)


@require_POST
@login_required
@refusals_as_json
def regenerate(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    asks = request.POST.getlist("asks")
    asked = services.regenerate(
        user=request.user,
        post_id=post_id,
        client_id=one_uuid(request, "client_id") or uuid4(),
        wants_caption="caption" in asks,
        wants_images="images" in asks,
        model_ids=uuids(request, "models"),
    )
    return _as_json(asked)


@require_POST
@login_required
@refusals_as_json
def edit_caption(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    revision = editing.edit_caption(
        user=request.user,
        post_id=post_id,
        caption=request.POST.get("caption", ""),
        hashtags=request.POST.get("hashtags", ""),
    )
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def go_to_version(request: SignedInRequest, post_id: UUID, number: int) -> HttpResponse:
    number = min(number, MOST_NUMBERS)
    revision = editing.go_to_version(user=request.user, post_id=post_id, number=number)
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def delete(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    editing.delete(user=request.user, post_id=post_id)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def restore(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    editing.restore(user=request.user, post_id=post_id)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def retry_image(request: SignedInRequest, post_id: UUID, image_id: UUID) -> HttpResponse:
    key = one_uuid(request, "client_id") or uuid4()
    return _as_json(
        retrying.retry_image(user=request.user, post_id=post_id, image_id=image_id, client_id=key)
    )


@require_POST
@login_required
@refusals_as_json
def select_image(request: SignedInRequest, post_id: UUID, image_id: UUID) -> HttpResponse:
    revision = editing.select_image(user=request.user, post_id=post_id, image_id=image_id)
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def delete_image(request: SignedInRequest, post_id: UUID, image_id: UUID) -> HttpResponse:
    revision = editing.delete_image(
        user=request.user,
        post_id=post_id,
        image_id=image_id,
        with_post="with_post" in request.POST,
    )
    return JsonResponse({"revision": revision})


@require_POST
@login_required
@refusals_as_json
def restore_image(request: SignedInRequest, post_id: UUID, image_id: UUID) -> HttpResponse:
    revision = editing.restore_image(user=request.user, post_id=post_id, image_id=image_id)
    return JsonResponse({"revision": revision})


def _as_json(asked: Asked) -> HttpResponse:
    generation = asked.generation
    body = {
        "post": str(generation.post_id),
        "exchange": generation.exchange.number if generation.exchange else 0,
        "revision": generation.post.revision if generation.post else 0,
    }
    return JsonResponse(body, status=200 if asked.replayed else 201)
