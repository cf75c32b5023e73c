"""Selections and batches over HTTP, for scripts. Pages read what goes on as a piece of HTML."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from files.streaming import download as streamed
from gallery.batches import selection, services
from gallery.batches.archive import archive
from gallery.batches.models import Batch, BatchKind
from gallery.batches.refusals import NotFound, SearchTooSlow, TooMany
from gallery.batches.selection import Selection, parameters, strictly
from gallery.batches.sentences import told
from gallery.batches.services import MAX_IDS
from gallery.browse import positions
from gallery.browse.pages import count_of
from gallery.browse.search import TooSlow
from gallery.refusals import Malformed

PAGE = {"one", "other", "at", "after", "before", "sort"}  # of an address: not what is asked for


@require_http_methods(["GET", "POST"])
@login_required
@refusals_as_json
def batches(request: SignedInRequest) -> HttpResponse:
    """GET: what is going on, to be swapped into a page. POST: begin one."""
    if request.method == "GET":
        shown = [(batch, told(batch)) for batch in services.shown(request.user)]
        return render(request, "gallery/batches/_batches.html", {"batches": shown})
    sent = request.POST
    batch = services.begin(
        user=request.user,
        batch_id=_uuid(sent.get("id", "")),
        kind=sent.get("kind", ""),
        selection=_selection(sent),
        project_id=_uuid(sent["project"]) if sent.get("project") else None,
    )
    return _as_json(batch)


@require_GET
@login_required
@refusals_as_json
def matching(request: SignedInRequest) -> HttpResponse:
    """How many images a gallery shows now, up to a thousand, and what time it is."""
    filters, until = strictly(_address(request.GET)), timezone.now()
    try:
        count = count_of(request.user, filters)
    except TooSlow as slow:
        raise SearchTooSlow from slow
    body = {"number": count.number, "more": count.more, "until": until.isoformat()}
    return JsonResponse(body)


@require_GET
@login_required
@refusals_as_json
def between(request: SignedInRequest) -> HttpResponse:
    """The positions of the images of a gallery from one to another, however they stand to each
    other and whatever of them the page holds."""
    given = request.GET
    one, other = positions.read(given.get("one", "")), positions.read(given.get("other", ""))
    if one is None or other is None:
        raise Malformed
    filters = strictly(_address(given) | {"sort": given.get("sort", "")})
    try:
        keys = selection.between(request.user, filters, one, other, MAX_IDS)
    except TooSlow as slow:
        raise SearchTooSlow from slow
    if len(keys) > MAX_IDS:
        raise TooMany(limit=MAX_IDS)
    return JsonResponse({"keys": keys})


@require_POST
@login_required
@refusals_as_json
def undo(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    return _as_json(services.undo(user=request.user, batch_id=batch_id))


@require_POST
@login_required
@refusals_as_json
def stop(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    return _as_json(services.stop(user=request.user, batch_id=batch_id))


@require_POST
@login_required
@refusals_as_json
def dismiss(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    services.dismiss(user=request.user, batch_id=batch_id)
    return HttpResponse(status=204)


@require_GET
@login_required
def download(request: SignedInRequest, batch_id: UUID) -> HttpResponseBase:
    try:
        batch = services.downloadable(request.user, batch_id)
    except NotFound as refusal:
        raise Http404 from refusal
    day = timezone.localdate(batch.created_at).isoformat()
    return streamed(request, archive(batch), f"Atelier {day}.zip", "application/zip")


def _as_json(batch: Batch) -> HttpResponse:
    body: dict[str, Any] = {"id": batch.pk, "under_way": batch.is_under_way}
    if batch.kind == BatchKind.DOWNLOAD:
        body["url"] = reverse("gallery:batch-download", args=[batch.pk])
    else:
        body["sentence"] = told(batch)
        body["undo"] = batch.can_be_undone and reverse("gallery:batch-undo", args=[batch.pk])
    return JsonResponse(body)


def _selection(sent: QueryDict) -> Selection:
    """`ids`, with commas between them; or with `filters`, the query of a gallery's address, all of
    that except these, until a moment."""
    ids = [_uuid(one) for one in sent.get("ids", "").split(",") if one]
    ids = list(dict.fromkeys(ids))
    if "filters" not in sent:
        return Selection(ids)
    zone = str(timezone.get_current_timezone())
    filters = strictly(_address(QueryDict(sent.get("filters", "").removeprefix("?"))))
    return Selection(ids, parameters(filters), _moment(sent.get("until", "")), zone)


def _address(given: QueryDict) -> dict[str, str]:
    """What an address asks of a gallery, without what is said of the page that it shows."""
    return {name: given.get(name, "") for name in given if name not in PAGE}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Malformed from error


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Malformed
    return min(moment, timezone.now())
