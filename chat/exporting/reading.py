"""Threads and messages in pages, each a query of its own: a slow download holds no connection,
and memory holds a page. What is exported is fixed by its ids when the export begins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from accounts.models import User
from chat.attaching import with_files
from chat.models import Message, Thread

PAGE = 500  # messages
THREADS = 100


def all_ids(thread: Thread) -> list[UUID]:
    """Every message of the tree, the oldest first."""
    return list(thread.messages.alive().order_by("created_at", "id").values_list("pk", flat=True))


def path_ids(thread: Thread) -> list[UUID]:
    """The messages that the thread shows, the first one first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE path AS (
                SELECT m.id, m.parent_id, 1 AS depth FROM chat_message m
                WHERE m.id = %s AND m.thread_id = %s
                UNION ALL
                SELECT m.id, m.parent_id, path.depth + 1
                FROM chat_message m JOIN path ON m.id = path.parent_id
            )
            SELECT id FROM path ORDER BY depth DESC
            """,
            [thread.leaf_id, thread.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def pages(ids: Sequence[UUID]) -> Iterator[list[Message]]:
    """The messages with these ids, in their order. One that is deleted meanwhile is left out."""
    for start in range(0, len(ids), PAGE):
        wanted = ids[start : start + PAGE]
        rows = {message.pk: message for message in _messages().filter(pk__in=wanted)}
        rest()
        yield [rows[one] for one in wanted if one in rows]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A thread and all its messages, the oldest first; None where they are more than a page,
    and are to be read by pages."""

    thread: Thread
    count: int
    messages: Sequence[Message] | None


def threads_of(user: User) -> Iterator[Loaded]:
    """A person's threads, the newest first: two queries for a hundred, and three for each page of
    messages, whether they are of one thread or of many."""
    newest = Thread.objects.visible_to(user).newest_first()
    ids = list(newest.values_list("pk", flat=True))
    for start in range(0, len(ids), THREADS):
        threads = list(newest.filter(pk__in=ids[start : start + THREADS]).select_related("model"))
        counts = _counts(threads)
        for group in _groups(threads, counts):
            yield from _load(group, counts)


def _counts(threads: Sequence[Thread]) -> dict[UUID, int]:
    rows = Message.objects.alive().filter(thread__in=threads).order_by()
    return dict(rows.values_list("thread").annotate(count=Count("pk")))


def _groups(threads: Sequence[Thread], counts: Mapping[UUID, int]) -> Iterator[list[Thread]]:
    """Threads that have a page of messages together, or one alone that has more."""
    group: list[Thread] = []
    room = PAGE
    for thread in threads:
        count = counts.get(thread.pk, 0)
        if group and count > room:
            yield group
            group, room = [], PAGE
        group.append(thread)
        room -= count
    if group:
        yield group


def _load(group: Sequence[Thread], counts: Mapping[UUID, int]) -> Iterator[Loaded]:
    found: dict[UUID, list[Message]] = {thread.pk: [] for thread in group}
    is_large = counts.get(group[0].pk, 0) > PAGE
    if not is_large:
        for message in _messages().filter(thread__in=group).order_by("created_at", "id"):
            found[message.thread_id].append(message)
    rest()
    for thread in group:
        messages = found[thread.pk]
        yield Loaded(thread, counts.get(thread.pk, 0), None if is_large else messages)


def _messages() -> QuerySet[Message]:
    # Prefetched, not joined: a page has many messages of few models.
    return Message.objects.alive().prefetch_related("model", with_files()).defer("html")


def rest() -> None:
    """Give the connection back until the next page is asked for."""
    if not connection.in_atomic_block:
        connection.close()
