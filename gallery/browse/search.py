"""Which images have the words, page by page. The planner cannot know how common the beginning of
a word is, so the way is chosen here, by what is found. docs/adr/0070."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.search import SearchQueryCombinable, SearchRank
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast
from psycopg.errors import QueryCanceled

from accounts.models import User
from gallery.browse.filters import Filters
from gallery.browse.positions import Position, order
from gallery.images import IN_GALLERY, GeneratedImage, ImageQuerySet
from gallery.search_fields import OwnedBy

WALK = 2_000  # images that are looked at one by one, before the index of words is asked
COMMON = WALK // 20  # matches among these: the word is common
RANKED = 1_000  # the newest matches of a common word, put in order by relevance
SECONDS = 2.0
ALL = 100_000_000  # rows: a limit keeps the planner from taking two steps as one

TABLE = GeneratedImage._meta.db_table
# What filters and orders ask of an image.
COLUMNS = (
    "id", "owner_id", "created_at", "status", "deleted_at", "kind", "model_id", "aspect_ratio",
    "project_id", "search",
)  # fmt: skip
NEWEST = ("-created_at", "-id")


class TooSlow(Exception):
    """The search was given up after SECONDS."""


class Search:
    """What one person looks for in one gallery. All of it raises TooSlow."""

    def __init__(self, user: User, filters: Filters, words: SearchQueryCombinable) -> None:
        self.user, self.filters, self.words = user, filters, words

    def page(self, where: Q, limit: int, *, backwards: bool = False) -> list[Position]:
        """In their order, at most so many, of those that `where` says."""
        wanted = order(self.filters, backwards=backwards)
        with _limited() as cursor:
            if self.filters.by_rank:
                return self._by_rank(cursor, where, wanted, limit)
            return self._by_date(cursor, where, wanted, limit)

    def count(self, limit: int) -> int:
        """How many there are, up to `limit`."""
        with _limited() as cursor:
            _use_bitmaps(cursor)
            return len(_read(cursor, self._hits(), _columns(self._rows())[:limit]))

    def _by_date(
        self, cursor: CursorWrapper, where: Q, wanted: list[str], limit: int
    ) -> list[Position]:
        """A common word fills the page from the images that come first; others are found by the
        index."""
        rows = self._rows().filter(where).order_by(*wanted)
        matching = _images().filter(search=self.words).order_by(*wanted)
        _use_indexes(cursor)
        found = _read(cursor, rows.values(*COLUMNS)[:WALK], _columns(matching)[:limit])
        if len(found) == limit or not rows.values_list("id")[WALK : WALK + 1]:
            return found
        _use_bitmaps(cursor)
        return _read(cursor, self._hits(), _columns(rows)[:limit])

    def _by_rank(
        self, cursor: CursorWrapper, where: Q, wanted: list[str], limit: int
    ) -> list[Position]:
        rank = Cast(SearchRank(F("search"), self.words), FloatField())
        rows = self._rows().annotate(rank=rank).filter(where).order_by(*wanted)
        newest = self._rows().order_by(*NEWEST).values(*COLUMNS)
        matching = _columns(_images().filter(search=self.words))[:COMMON]
        _use_indexes(cursor)
        if len(_read(cursor, newest[:WALK], matching)) == COMMON:
            body = newest.filter(search=self.words)[:RANKED]
        else:
            body = self._hits()
            _use_bitmaps(cursor)
        return _read(cursor, body, _columns(rows, "rank")[:limit])

    def _rows(self) -> ImageQuerySet:
        return self.filters.rows(self.user)

    def _hits(self) -> Any:
        """By the index of words alone."""
        mine = _images().filter(IN_GALLERY, search=OwnedBy(self.user.pk))
        return mine.filter(search=self.words).values(*COLUMNS)[:ALL]


def _images() -> ImageQuerySet:
    rows: ImageQuerySet = GeneratedImage.objects.all()
    return rows


def _columns(rows: ImageQuerySet, *more: str) -> Any:
    return rows.values_list("created_at", "id", *more)


def _read(cursor: CursorWrapper, body: Any, rows: Any) -> list[Position]:
    """`rows` read of `body` in place of the table: it takes its name."""
    body_sql, body_params = body.query.sql_with_params()
    sql, params = rows.query.sql_with_params()
    cursor.execute(f'WITH "{TABLE}" AS ({body_sql}) {sql}', (*body_params, *params))
    return [Position(*row) for row in cursor.fetchall()]


@contextmanager
def _limited() -> Iterator[CursorWrapper]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}")
            cursor.execute("SET LOCAL enable_seqscan = off")
            yield cursor
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def _use_indexes(cursor: CursorWrapper) -> None:
    """In the gallery's order, up to where there are enough: what takes few to match would read
    them all and sort."""
    _set(cursor, bitmapscan="off", indexscan="on", sort="off")


def _use_bitmaps(cursor: CursorWrapper) -> None:
    """The index of words has no other way to be read, and what it finds is sorted: ten thousand
    matches take ten milliseconds."""
    _set(cursor, bitmapscan="on", indexscan="off", sort="on")


def _set(cursor: CursorWrapper, **ways: str) -> None:
    cursor.execute("; ".join(f"SET LOCAL enable_{way} = {to}" for way, to in ways.items()))
