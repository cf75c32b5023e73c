"""The trash over HTTP. Scripts get JSON, or pieces of the page; forms without them get pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import Refusal
from accounts.requests import SignedInRequest
from gallery.batches import services as batches
from gallery.batches.sentences import told
from gallery.refusals import Malformed
from gallery.trash import kinds, listing, selected, services
from gallery.trash.listing import MOST, PAGE
from gallery.trash.selected import Outcome, Thing
from gallery.trash.together import together

QUESTION = require_http_methods(["GET", "POST"])
View = Callable[..., HttpResponse | str]


def answered(view: View) -> Callable[..., HttpResponse]:
    """For views that answer with a page or a question, or else with a sentence that says what was
    done: scripts get it as JSON, who has none above the trash. A refusal goes the same way."""

    @wraps(view)
    def wrapped(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        accepted = request.get_preferred_type(["text/html", "application/json"])
        is_page = accepted == "text/html" and "HX-Request" not in request.headers
        try:
            answer = view(request, *args, **kwargs)
        except Refusal as refusal:
            if is_page and refusal.status == 404:
                raise Http404 from refusal
            if is_page:
                messages.error(request, refusal.sentence())
                return redirect("gallery:trash")
            body = {"error": refusal.code, "message": refusal.sentence()}
            return JsonResponse(body, status=refusal.status)
        if isinstance(answer, HttpResponse):
            return answer
        if is_page:
            messages.success(request, answer)
            return redirect("gallery:trash")
        return JsonResponse({"message": answer})

    return wrapped


@require_GET
@login_required
def trash(request: SignedInRequest) -> HttpResponse:
    """The page; for scripts its further rows, or with `shown` all of it anew with so many."""
    after = request.GET.get("after", "")
    is_piece = bool(request.headers.get("HX-Request"))
    shown = request.GET.get("shown", "")
    size = max(PAGE, min(int(shown), MOST)) if shown.isdecimal() and len(shown) < 9 else PAGE
    context: dict[str, Any] = {"page": listing.page(request.user, after=after, size=size)}
    name = "gallery/trash/_rows.html"
    if not (is_piece and after):
        name = "gallery/trash/_trash.html" if is_piece else "gallery/trash/trash.html"
        contents = listing.contents(request.user)
        context |= {"contents": contents, "trash_days": settings.TRASH_DAYS}
        context["together"] = [] if after else together(request.user)
    response = render(request, name, context)
    response.headers["Vary"] = "HX-Request"
    return response


@require_POST
@login_required
@answered
def restore(request: SignedInRequest, kind: str, item_id: UUID) -> str:
    services.restore(user=request.user, kind=kind, id=item_id)
    return _("Restored.")


@require_POST
@login_required
@answered
def restore_together(request: SignedInRequest, batch_id: UUID) -> str:
    batch = batches.undo(user=request.user, batch_id=batch_id)
    return told(batch)


@require_POST
@login_required
@answered
def put_back(request: SignedInRequest, kind: str, item_id: UUID) -> str:
    services.put_back(user=request.user, kind=kind, id=item_id)
    return _("Moved to the trash.")


@QUESTION
@login_required
@answered
def delete(request: SignedInRequest, kind: str, item_id: UUID) -> HttpResponse | str:
    """For good: asks first."""
    if request.method == "POST":
        services.delete_for_good(user=request.user, kind=kind, id=item_id)
        return _("Deleted for good.")
    one = kinds.listed().get(kind)
    item = one and listing.item(request.user, one, item_id)
    if item is None:
        raise Http404
    return _ask(request, {"item": item})


@require_POST
@login_required
@answered
def restore_selected(request: SignedInRequest) -> str:
    outcome = selected.restore(user=request.user, things=_things(request))
    text = ngettext("%(count)s item restored.", "%(count)s items restored.", outcome.done)
    return _told(text, outcome, _gone(outcome))


@require_POST
@login_required
@answered
def put_selected_back(request: SignedInRequest) -> str:
    outcome = selected.put_back(user=request.user, things=_things(request))
    text = ngettext(
        "%(count)s item moved to the trash.", "%(count)s items moved to the trash.", outcome.done
    )
    left = ngettext("%(n)s could not be moved.", "%(n)s could not be moved.", outcome.left)
    return _told(text, outcome, left)


@require_POST
@login_required
@answered
def delete_selected(request: SignedInRequest) -> HttpResponse | str:
    """For good: asks first."""
    things = _things(request)
    if "sure" not in request.POST:
        return _ask(request, {"things": things, "number": selected.count(request.user, things)})
    outcome = selected.delete_for_good(user=request.user, things=things)
    text = ngettext(
        "%(count)s item deleted for good.", "%(count)s items deleted for good.", outcome.done
    )
    return _told(text, outcome, _gone(outcome))


@QUESTION
@login_required
@answered
def empty(request: SignedInRequest) -> HttpResponse | str:
    """Asks first, and then deletes what was in the trash when it asked."""
    if request.method == "POST":
        services.empty(user=request.user, until=_moment(request.POST.get("until", "")))
        return _("The trash is empty.")
    return _ask(request, {"contents": listing.contents(request.user)})


def _ask(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    is_piece = bool(request.headers.get("HX-Request"))
    name = "gallery/trash/_question.html" if is_piece else "gallery/trash/question.html"
    response = render(request, name, context)
    response.headers["Vary"] = "HX-Request"
    return response


def _things(request: SignedInRequest) -> Sequence[Thing]:
    return selected.things(request.POST.getlist("item"))


def _gone(outcome: Outcome) -> str:
    return ngettext(
        "%(n)s is not in the trash any more.",
        "%(n)s are not in the trash any more.",
        outcome.left,
    )


def _told(text: str, outcome: Outcome, left: str) -> str:
    """`text` and `left` take the numbers of what was done and what was not."""
    sentence = text % {"count": outcome.done}
    return f"{sentence} {left % {'n': outcome.left}}" if outcome.left else sentence


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Malformed
    return moment
