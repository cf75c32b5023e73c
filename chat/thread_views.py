"""Threads as a whole over HTTP: what the menu of a row does, the archive, and search."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from chat import listing, thread_services
from chat.palette import palette
from chat.refusals import Malformed


@require_POST
@login_required
@refusals_as_json
def rename(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    title = request.POST.get("title", "")
    thread_services.rename(user=request.user, thread_id=thread_id, title=title)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def pin(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    thread_services.pin(user=request.user, thread_id=thread_id, pinned=_is_on(request))
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def archive(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    thread_services.archive(user=request.user, thread_id=thread_id, archived=_is_on(request))
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def mute(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    thread_services.mute(user=request.user, thread_id=thread_id, muted=_is_on(request))
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def delete(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    thread_services.delete(user=request.user, thread_id=thread_id)
    return HttpResponse(status=204)


@require_POST
@login_required
@refusals_as_json
def restore(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    thread_services.restore(user=request.user, thread_id=thread_id)
    return HttpResponse(status=204)


@require_GET
@login_required
def archive_page(request: SignedInRequest) -> HttpResponse:
    """The page, or for scripts the list alone."""
    page = listing.archive(request.user, after=request.GET.get("after", ""))
    name = "chat/_archive.html" if request.headers.get("HX-Request") else "chat/archive.html"
    response = render(request, name, {"archive": page})
    response.headers["Vary"] = "HX-Request"
    return response


@require_GET
@login_required
def search(request: SignedInRequest) -> HttpResponse:
    """What the search dialog lists for a query; with `after`, further messages."""
    found = palette(request.user, request.GET.get("q", ""), after=request.GET.get("after", ""))
    return render(request, "chat/_palette_results.html", {"palette": found})


def _is_on(request: SignedInRequest) -> bool:
    """Whether the state is wanted or no longer wanted: a repeat changes nothing."""
    wanted = request.POST.get("on", "")
    if wanted not in ("true", "false"):
        raise Malformed
    return wanted == "true"
