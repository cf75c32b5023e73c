"""The gallery: the page, and parts of it as one scrolls."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import SignedInRequest
from gallery.browse import filters, positions
from gallery.browse.filters import Filters, Sort
from gallery.browse.pages import MOST, Part, count_of, page_of
from gallery.browse.positions import Position
from gallery.browse.search import TooSlow
from gallery.images import GeneratedImage, ImageKind
from gallery.models import Project
from providers.models import AIModel
from providers.sizes import ASPECT_RATIOS

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@require_GET
@login_required
def gallery(request: SignedInRequest) -> HttpResponse:
    asked = filters.read(request.GET)
    part = _part(request.GET, asked)
    context = _shown(request.user, asked, part) | _choices(request.user, asked)
    return render(request, "gallery/gallery.html", context | _counted(request.user, asked))


@require_GET
@login_required
def part(request: SignedInRequest) -> HttpResponse:
    """After a position, before one, or between two. With `counted`, also how many there are."""
    asked = filters.read(request.GET)
    context = _shown(request.user, asked, _part(request.GET, asked))
    if "counted" in request.GET:
        context |= _counted(request.user, asked)
    return render(request, "gallery/_part.html", context)


def _part(parameters: QueryDict, asked: Filters) -> Part:
    after = positions.read(parameters.get("after", "")) or _at(parameters.get("at", ""), asked)
    until = positions.read(parameters.get("until", ""))
    if until:
        return Part(after, until, MOST, bounded=True)
    return Part(after, None if after else positions.read(parameters.get("before", "")))


def _at(text: str, asked: Filters) -> Position | None:
    """Where a day begins in this order; None in an order that is not of days."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if asked.by_rank or not 1970 <= day.year < 9999:
        return None
    begin = datetime.combine(day, time(), timezone.get_current_timezone())
    if asked.oldest_first:
        return Position(begin - timedelta(microseconds=1), LAST)
    return Position(begin + timedelta(days=1), FIRST)


def _shown(user: User, asked: Filters, part: Part) -> dict[str, Any]:
    return {"page": page_of(user, asked, part), "after": part.after or "", "filters": asked}


def _counted(user: User, asked: Filters) -> dict[str, Any]:
    """No count where finding one would take too long: that is told where the images would be."""
    try:
        return {"count": count_of(user, asked)}
    except TooSlow:
        return {"count": None}


def _choices(user: User, asked: Filters) -> dict[str, Any]:
    """What can be asked for."""
    mine = GeneratedImage.objects.visible_to(user).in_gallery().order_by()
    kinds = [("", None), *ImageKind.choices]
    return {
        "kinds": [(value, label, _with(asked, kind=value)) for value, label in kinds],
        "models": _models(mine),
        "ratios": ASPECT_RATIOS,
        "projects": Project.objects.visible_to(user).order_by("name", "pk"),
        "sorts": [one for one in Sort.choices if asked.q or one[0] != Sort.BEST],
    }


def _models(mine: QuerySet[GeneratedImage]) -> QuerySet[AIModel]:
    """Those that drew something that is still there: a look at the index for each."""
    drew = Exists(mine.filter(model=OuterRef("pk")))
    return AIModel.objects.image().filter(drew).order_by("name", "pk")


def _with(asked: Filters, **changes: Any) -> str:
    return filters.changed(asked, **changes).query
