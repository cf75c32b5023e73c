"""The part of a thread's path that a page holds, and the parts next to it in both directions.

Every part is at most a page, found by primary keys. Only below a fork, and around a message that
may be anywhere, is the way up from the leaf walked, which takes as long as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from chat.models import Message, Thread
from chat.path import COLUMNS, PAGE, path, read

ABOVE_UNREAD = 10  # messages that lead to the first unread one
MOST_UNREAD = 1_000  # messages that are looked through

# From the leaf up to the message below `top`; to the first message where `top` is not above it.
_UP = """
    SELECT id, parent_id, 1 AS height FROM chat_message
    WHERE id = %(leaf)s AND id <> %(top)s
    UNION ALL
    SELECT m.id, m.parent_id, up.height + 1 FROM chat_message m JOIN up ON m.id = up.parent_id
    WHERE up.parent_id <> %(top)s
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbours on the path, oldest first, and whether it goes on beyond them."""

    messages: Sequence[Message]
    more_above: bool = False
    more_below: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """The first unread answer of a path, its place counted from the leaf (1: the leaf itself),
    and how many there are."""

    first: UUID | None = None
    height: int = 0
    count: int = 0


def newest(thread: Thread) -> Window:
    messages = path(thread)
    return Window(messages, more_above=_begins_below(messages))


def above(thread: Thread, message: UUID) -> Window:
    messages = path(thread, below=message)
    return Window(messages, more_above=_begins_below(messages), more_below=True)


def below(thread: Thread, message: UUID) -> Window:
    """What follows a message that is on the path."""
    messages = _only_children(thread, message, PAGE)
    last = messages[-1].pk if messages else message
    if last != thread.leaf_id and len(messages) < PAGE:  # a fork
        messages += _towards_leaf(thread, last, PAGE - len(messages))
        last = messages[-1].pk if messages else message
    return Window(messages, more_above=True, more_below=last != thread.leaf_id)


def around(thread: Thread, message: UUID, *, before: int = PAGE // 2) -> Window | None:
    """A page with a message in it; None when the message is not on the path."""
    messages = read(
        f"""
        WITH RECURSIVE up AS ({_UP}), after AS (
            SELECT id, row_number() OVER (ORDER BY height DESC) AS place FROM up
            ORDER BY height DESC LIMIT %(after)s
        ), before AS (
            SELECT id, parent_id, 0 AS place FROM chat_message
            WHERE id = %(top)s AND thread_id = %(thread)s
            UNION ALL
            SELECT m.id, m.parent_id, before.place - 1
            FROM chat_message m JOIN before ON m.id = before.parent_id
            WHERE before.place > -%(before)s
        ), page AS (SELECT id, place FROM before UNION ALL SELECT id, place FROM after)
        SELECT {COLUMNS} FROM chat_message m JOIN page ON m.id = page.id
        WHERE %(top)s = %(leaf)s OR EXISTS (SELECT FROM up WHERE parent_id = %(top)s)
        ORDER BY page.place
        """,  # noqa: S608 (our own column names)
        {
            "top": message,
            "leaf": thread.leaf_id,
            "thread": thread.pk,
            "before": before,
            "after": PAGE - before - 1,
        },
    )
    if not messages:
        return None
    more_below = messages[-1].pk != thread.leaf_id
    return Window(messages, more_above=_begins_below(messages), more_below=more_below)


def at_first_unread(thread: Thread) -> tuple[Window, Unread]:
    """Where a thread opens: with the newest messages, or where the unread ones begin further up."""
    unread = unread_of(thread)
    if unread.first is None or unread.height <= PAGE:
        return newest(thread), unread
    return around(thread, unread.first, before=ABOVE_UNREAD) or newest(thread), unread


def unread_of(thread: Thread) -> Unread:
    """Along a path revisions grow, so what was not seen is at its end."""
    if not thread.unread or thread.seen_revision is None:
        return Unread()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE up AS (
                SELECT id, parent_id, role, status, 1 AS height FROM chat_message
                WHERE id = %(leaf)s AND revision > %(seen)s
                UNION ALL
                SELECT m.id, m.parent_id, m.role, m.status, up.height + 1
                FROM chat_message m JOIN up ON m.id = up.parent_id
                WHERE m.revision > %(seen)s AND up.height < %(most)s
            )
            SELECT id, height, count(*) OVER () FROM up
            WHERE role = 'assistant' AND status <> 'generating' ORDER BY height DESC LIMIT 1
            """,
            {"leaf": thread.leaf_id, "seen": thread.seen_revision, "most": MOST_UNREAD},
        )
        row = cursor.fetchone()
    return Unread(*row) if row else Unread()


def _begins_below(messages: Sequence[Message]) -> bool:
    return bool(messages) and messages[0].parent_id is not None


def _only_children(thread: Thread, message: UUID, limit: int) -> list[Message]:
    """Down from a message for as long as there is one way to go."""
    return read(
        f"""
        WITH RECURSIVE down AS (
            SELECT id, 0 AS depth FROM chat_message WHERE id = %(top)s AND thread_id = %(thread)s
            UNION ALL
            SELECT child.id, down.depth + 1 FROM down CROSS JOIN LATERAL (
                SELECT (array_agg(c.id))[1] AS id FROM chat_message c
                WHERE c.thread_id = %(thread)s AND c.parent_id = down.id AND c.deleted_at IS NULL
                HAVING count(*) = 1
            ) child
            WHERE down.depth < %(limit)s
        )
        SELECT {COLUMNS} FROM chat_message m JOIN down ON m.id = down.id
        WHERE down.depth > 0 ORDER BY down.depth
        """,  # noqa: S608 (our own column names)
        {"top": message, "thread": thread.pk, "limit": limit},
    )


def _towards_leaf(thread: Thread, message: UUID, limit: int) -> list[Message]:
    """The messages next below one, found from the leaf upwards; [] when it is not above it."""
    return read(
        f"""
        WITH RECURSIVE up AS ({_UP}), nearest AS (
            SELECT id, height FROM up WHERE EXISTS (SELECT FROM up WHERE parent_id = %(top)s)
            ORDER BY height DESC LIMIT %(limit)s
        )
        SELECT {COLUMNS} FROM chat_message m JOIN nearest ON m.id = nearest.id
        ORDER BY nearest.height DESC
        """,  # noqa: S608 (our own column names)
        {"leaf": thread.leaf_id, "top": message, "limit": limit},
    )
