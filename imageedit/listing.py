"""The list of a person's edit conversations, by day, and what is found in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from activity.keyset import page_of, read_cursor
from files.models import File
from gallery.browse.words import parse, query
from gallery.images import ImageStatus
from imageedit.models import ConversationQuerySet, EditConversation, Output, Turn

PAGE = 30
MOST = 300  # rows that are read anew at once


@dataclass(frozen=True, slots=True)
class Listed:
    """A row: the newest image and the one that it began with, where they are there."""

    conversation: EditConversation
    latest: File | None
    source: File | None
    is_working: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """`groups`: rows by the reader's days. `next_cursor` is "" on the last page."""

    groups: Sequence[tuple[str, Sequence[Listed]]]
    next_cursor: str
    is_first: bool
    words: str


def listing(user: User, *, words: str = "", after: str = "", size: int = 0) -> Listing:
    """A page of at least PAGE and at most MOST rows. An unreadable cursor gives the first one."""
    position = read_cursor(after)
    found = _found(EditConversation.objects.visible_to(user), words)
    found = found.select_related("activity").annotate(
        latest_file=Subquery(_newest()),
        source_file=Subquery(_source()),
    )
    page, next_cursor = page_of(
        found.newest_first(), "updated_at", position, size=min(max(size, PAGE), MOST)
    )
    files = _files(page)
    today = timezone.localdate()
    rows = [_row(one, files) for one in page]
    days = groupby(rows, key=lambda row: _day(row.conversation, today))
    groups = [(label, list(listed)) for label, listed in days]
    return Listing(groups, next_cursor, is_first=position is None, words=words)


def count(user: User) -> int:
    return EditConversation.objects.visible_to(user).count()


def _found(rows: ConversationQuerySet, words: str) -> ConversationQuerySet:
    """In titles and instructions; all where nothing is looked for."""
    terms = parse(words)
    if not terms:
        return rows
    wanted = query(terms)
    turns = Turn.objects.filter(conversation=OuterRef("pk"), search=wanted)
    return rows.filter(Q(search=wanted) | Exists(turns))


def _newest() -> "QuerySet[Output, Any]":
    outputs = Output.objects.filter(
        turn__conversation=OuterRef("pk"),
        image__status=ImageStatus.READY,
        image__deleted_at=None,
    )
    return outputs.order_by("-turn__number", "position").values("image__file_id")[:1]


def _source() -> "QuerySet[EditConversation, Any]":
    rows = EditConversation.objects.filter(pk=OuterRef("pk"), source__deleted_at=None)
    return rows.values("source__file_id")[:1]


def _files(page: Sequence[EditConversation]) -> dict[UUID, File]:
    ids = {getattr(one, name) for one in page for name in ("latest_file", "source_file")} - {None}
    return File.objects.select_related("blob").in_bulk(ids)


def _row(conversation: EditConversation, files: dict[UUID, File]) -> Listed:
    activity = getattr(conversation, "activity", None)
    return Listed(
        conversation,
        files.get(conversation.latest_file),  # type: ignore[attr-defined]  # annotated
        files.get(conversation.source_file),  # type: ignore[attr-defined]
        is_working=bool(activity and activity.is_generating),
    )


def _day(conversation: EditConversation, today: object) -> str:
    day = timezone.localtime(conversation.updated_at).date()
    if day == today:
        return _("Today")
    return date_format(day, "F Y")
