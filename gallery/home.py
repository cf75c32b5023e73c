"""The first page: recent posts, projects, and chats."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import SignedInRequest
from gallery.projects.pages import project_page
from gallery.projects.views import deleted_project, piece_or_page
from gallery.works import recent, sidebar_posts

POSTS = 8
PROJECTS = 5  # and a place for a new one


@require_GET
@login_required
def home(request: SignedInRequest) -> HttpResponse:
    """The page, or for scripts what changes on it."""
    context = {
        "works": recent(request.user, POSTS),
        "projects": project_page(request.user, size=PROJECTS),
        "deleted": deleted_project(request),
        "hail": hail(request.user, timezone.localtime()),
    }
    return piece_or_page(request, "gallery/_home.html", "gallery/home.html", context)


@require_GET
@login_required
def recent_posts(request: SignedInRequest) -> HttpResponse:
    """The sidebar's list."""
    return render(request, "gallery/_recent.html", {"recent_posts": sidebar_posts(request.user)})


def hail(user: User, now: datetime) -> str:
    """By the reader's clock, and by their first name where it is known."""
    first = user.name.split()[:1]
    names = {"name": first[0]} if first else {}
    if 5 <= now.hour < 12:
        return _("Good morning, %(name)s") % names if names else _("Good morning")
    if 12 <= now.hour < 18:
        return _("Good afternoon, %(name)s") % names if names else _("Good afternoon")
    return _("Good evening, %(name)s") % names if names else _("Good evening")


def sidebar(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the sidebar's posts, read once, and only by pages that show them."""
    user = request.user
    if not isinstance(user, User):
        return {}
    return {"recent_posts": SimpleLazyObject(lambda: sidebar_posts(user))}
