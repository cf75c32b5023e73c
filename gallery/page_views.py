"""Pages of posts and images. What is done to them is in gallery.views."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from activity.conversation import Conversation
from activity.sweeping import sweep
from gallery.browse.pages import Part, page_of
from gallery.browse.positions import read as read_position
from gallery.pages import new_context, post_context

PICKED_FROM = 48


def new_page(request: SignedInRequest) -> HttpResponse:
    """The form for a new post, of a project and with words where the address says so."""
    try:
        project_id = UUID(request.GET.get("project", ""))
    except ValueError:
        project_id = None
    context = new_context(request.user, project_id=project_id)
    context["brief"].prompt = request.GET.get("prompt", "")[: settings.MAX_PROMPT_CHARS]
    return page(request, "gallery/create.html", context)


@require_GET
@login_required
def post(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    context = post_context(request.user, post_id)
    if context and context["busy"] and sweep(Conversation("post", post_id)):
        context = post_context(request.user, post_id)
    if context is None:
        raise Http404
    return page(request, "gallery/post.html", context)


@require_GET
@login_required
def pick(request: SignedInRequest) -> HttpResponse:
    """Images to choose references from."""
    after = read_position(request.GET.get("after", ""))
    found = page_of(request.user, part=Part(after, limit=PICKED_FROM))
    return render(request, "gallery/_pick.html", {"images": found.images, "next": found.next})


def page(
    request: SignedInRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Whole, or what a page inside the shell swaps."""
    name = "gallery/_post.html" if request.headers.get("HX-Request") else template
    response = render(request, name, context, status=status)
    response.headers["Vary"] = "HX-Request"
    return response
