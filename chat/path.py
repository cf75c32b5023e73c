"""The messages that a thread shows: the path from its leaf up to the first message."""

from collections.abc import Mapping
from uuid import UUID

from chat.attaching import read_files
from chat.models import Message, Thread

PAGE = 50
# What `read` takes of chat_message m: all but the search vector, which no page needs.
COLUMNS = ", ".join(
    [
        *(f"m.{field.column}" for field in Message._meta.concrete_fields if field.name != "search"),
        "EXISTS (SELECT FROM chat_attachment a WHERE a.message_id = m.id) AS has_files",
    ]
)


def read(query: str, params: Mapping[str, object]) -> list[Message]:
    """The messages of a query for COLUMNS, with all that a page shows of them."""
    messages = list(Message.objects.raw(query, params).prefetch_related("model", "author"))
    read_files(messages)
    return messages


def path(thread: Thread, *, limit: int = PAGE, below: UUID | None = None) -> list[Message]:
    """The newest `limit` messages of the path, oldest first; with `below`, those before that
    message. Walks parents by primary key, so its cost does not grow with the thread."""
    start = thread.leaf_id
    if below is not None:
        start = thread.messages.filter(pk=below).values_list("parent_id", flat=True).first()
    if start is None:
        return []
    return read(
        f"""
        WITH RECURSIVE path AS (
            SELECT m.id, m.parent_id, 1 AS depth FROM chat_message m
            WHERE m.id = %(start)s AND m.thread_id = %(thread)s
            UNION ALL
            SELECT m.id, m.parent_id, path.depth + 1
            FROM chat_message m JOIN path ON m.id = path.parent_id
            WHERE path.depth < %(limit)s
        )
        SELECT {COLUMNS} FROM chat_message m JOIN path ON m.id = path.id
        ORDER BY path.depth DESC
        """,  # noqa: S608 (our own column names)
        {"start": start, "thread": thread.pk, "limit": limit},
    )
