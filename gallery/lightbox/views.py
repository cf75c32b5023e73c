"""The lightbox's content, read by static/js/lightbox.js. Addresses carry the gallery's filters:
what lies beside a post depends on them."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.requests import SignedInRequest
from gallery.browse import filters, positions
from gallery.browse.search import TooSlow
from gallery.lightbox.pages import View, Wanted, view_beside, view_of


@require_GET
@never_cache
@login_required
def lightbox(request: SignedInRequest, post_id: UUID) -> HttpResponse:
    """A post: `image` by its id, or `img` by its number; `from` is where in the gallery one is."""
    view = view_of(request.user, post_id, filters.read(request.GET), _wanted(request.GET))
    if view is None:
        raise Http404
    return _shown(request, view)


@require_GET
@never_cache
@login_required
def beside(request: SignedInRequest) -> HttpResponse:
    """The post after the position `from`, or with `to=previous` before it; 204 at an end."""
    place = positions.read(request.GET.get("from", ""))
    if place is None:
        return HttpResponse(status=204)
    backwards = request.GET.get("to") == "previous"
    try:
        view = view_beside(request.user, filters.read(request.GET), place, backwards=backwards)
    except TooSlow:
        return HttpResponse(status=503)
    return _shown(request, view) if view else HttpResponse(status=204)


def _wanted(parameters: QueryDict) -> Wanted:
    number = parameters.get("img", "")
    try:
        image_id = UUID(parameters.get("image", ""))
    except ValueError:
        image_id = None
    return Wanted(
        image_id,
        int(number) if number.isdecimal() and len(number) < 9 else None,
        positions.read(parameters.get("from", "")),
    )


def _shown(request: SignedInRequest, view: View) -> HttpResponse:
    context = {"view": view, "post": view.post, "image": view.image}
    context["filters"] = filters.read(request.GET)
    return render(request, "gallery/lightbox/_view.html", context)
