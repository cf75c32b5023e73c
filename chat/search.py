"""Search over titles and messages: which threads, the newest first, and the words that matched.

A word finds itself with or without accents, and other forms of itself in English or Portuguese;
the last word, which may not be finished, also finds longer ones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db import OperationalError, connection, transaction
from django.db.models import Value
from psycopg.errors import QueryCanceled

from accounts.models import User
from activity.search_fields import STEMMED, bare, without_accents
from chat.models import Thread

MAX_WORDS, MAX_CHARS = 12, 200
# Shorter beginnings are of so many words that finding them all would take seconds.
MIN_PREFIX = 3
# A word that is common is found in the newest threads, so these are gone through first. For any
# other the index names all messages that have it, up to CAP: it does not know whose they are.
NEWEST, CAP = 30, 20_000
SECONDS = 2.0

Position = tuple[datetime, UUID]


class TooSlow(Exception):
    """The search was given up after SECONDS."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, as `to_tsquery` takes it; "" for nothing."""

    in_titles: str
    in_messages: str


@dataclass(frozen=True, slots=True)
class Found:
    """The newest message of a thread that matches."""

    message_id: UUID
    thread_id: UUID
    last_activity_at: datetime

    @property
    def position(self) -> Position:
        return self.last_activity_at, self.thread_id


def parse(text: str) -> Query:
    words = re.findall(r"[^\W_]+", text[:MAX_CHARS])[:MAX_WORDS]
    if not words:
        return Query("", "")
    open_end = text[:MAX_CHARS][-1].isalnum()
    prefix = [f"'{word}'" for word in words]
    prefix[-1] += ":*" if open_end else ""
    whole = [*prefix[:-1], f"'{words[-1]}'"]
    long_enough = len(words[-1]) >= MIN_PREFIX
    return Query(" & ".join(prefix), " & ".join(prefix if long_enough else whole))


def titles(user: User, query: Query, *, limit: int) -> Sequence[Thread]:
    """Threads whose titles match, the newest first."""
    text = Value(query.in_titles)
    wanted = SearchQuery(bare(text), config="simple", search_type="raw")
    for language in STEMMED:
        wanted |= SearchQuery(text, config=language, search_type="raw")
    matching = Thread.objects.visible_to(user).filter(search=wanted)
    return list(matching.newest_first()[:limit])


def messages(
    user: User, query: Query, *, limit: int, below: Position | None = None
) -> Sequence[Found]:
    """Threads with messages that match, each with the newest of these. Raises TooSlow."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}")
            cursor.execute("SET LOCAL enable_seqscan = off")
            return _found(cursor, _Search(user, query, limit, below))
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def _found(cursor: Any, search: "_Search") -> Sequence[Found]:
    """The planner cannot know how common the beginning of a word is, so the way is chosen here,
    by what is found."""
    cursor.execute("SET LOCAL enable_bitmapscan = off")
    cursor.execute(*search.by_thread(NEWEST))
    rows = cursor.fetchall()
    if len(rows) < search.limit:
        cursor.execute("SET LOCAL enable_bitmapscan = on")
        cursor.execute(*search.by_index())
        counted = cursor.fetchall()
        rows = [row for _count, *row in counted if row[0]]
        if counted[0][0] > CAP:
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(*search.by_thread(None))
            rows = cursor.fetchall()
    return [Found(*row) for row in rows]


class _Search:
    """The statements of one search. Each is SQL and the values of its names."""

    def __init__(self, user: User, query: Query, limit: int, below: Position | None) -> None:
        self.limit = limit
        visible = Thread.objects.visible_to(user).values("id", "last_activity_at")
        sql, params = visible.query.sql_with_params()
        names = {f"visible{number}": value for number, value in enumerate(params)}
        self._threads = sql % tuple(f"%({name})s" for name in names)
        self._values = names | {
            "text": query.in_messages,
            "bare": without_accents(query.in_messages),
            "limit": limit,
        }
        if below:
            self._threads = (
                f"SELECT * FROM ({self._threads}) seen"  # noqa: S608 (Django's own SQL)
                " WHERE (seen.last_activity_at, seen.id) < (%(at)s, %(id)s)"
            )
            self._values |= {"at": below[0], "id": below[1]}

    def by_thread(self, newest: int | None) -> tuple[str, dict[str, Any]]:
        """The user's threads from the newest on, `newest` of them, until enough have a match."""
        return (
            f"""
            SELECT hit.id, t.id, t.last_activity_at FROM (
                {self._threads} ORDER BY last_activity_at DESC, id DESC LIMIT %(newest)s
            ) t
            CROSS JOIN LATERAL (
                SELECT m.id FROM chat_message m
                WHERE m.thread_id = t.id AND m.search @@ {MATCH} AND m.deleted_at IS NULL
                ORDER BY m.revision DESC LIMIT 1
            ) hit
            ORDER BY t.last_activity_at DESC, t.id DESC LIMIT %(limit)s
            """,  # noqa: S608
            self._values | {"newest": newest},
        )

    def by_index(self) -> tuple[str, dict[str, Any]]:
        """All messages that match, up to one more than CAP, and which of the user's threads
        these are in. The first column of each row says how many there were."""
        return (
            f"""
            WITH hits AS MATERIALIZED (
                SELECT id, thread_id, revision FROM chat_message
                WHERE search @@ {MATCH} AND deleted_at IS NULL LIMIT {CAP + 1}
            )
            SELECT counted.n, found.* FROM (SELECT count(*) AS n FROM hits) counted
            LEFT JOIN (
                SELECT DISTINCT ON (t.last_activity_at, t.id) hits.id, t.id AS thread_id,
                    t.last_activity_at
                FROM hits JOIN ({self._threads}) t ON t.id = hits.thread_id
                ORDER BY t.last_activity_at DESC, t.id DESC, hits.revision DESC
                LIMIT %(limit)s
            ) found ON true
            ORDER BY found.last_activity_at DESC, found.thread_id DESC
            """,  # noqa: S608
            self._values,
        )


# The same as in `titles`.
MATCH = " || ".join(
    ["(to_tsquery('simple', %(bare)s)", *(f"to_tsquery('{each}', %(text)s)" for each in STEMMED)]
) + ")"  # fmt: skip
