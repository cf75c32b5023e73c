"""The messages that a thread shows: the path from its leaf up to the first message."""

from collections.abc import Sequence
from uuid import UUID

from chat.models import Message, Thread

PAGE = 50
# All but the search vector, which no page needs.
COLUMNS = ", ".join(
    f"m.{field.column}" for field in Message._meta.concrete_fields if field.name != "search"
)


def path(thread: Thread, *, limit: int = PAGE, below: UUID | None = None) -> Sequence[Message]:
    """The newest `limit` messages of the path, oldest first; with `below`, those before that
    message. Walks parents by primary key, so its cost does not grow with the thread."""
    start = thread.leaf_id
    if below is not None:
        start = thread.messages.filter(pk=below).values_list("parent_id", flat=True).first()
    if start is None:
        return []
    rows = Message.objects.raw(
        f"""
        WITH RECURSIVE path AS (
            SELECT m.id, m.parent_id, 1 AS depth FROM chat_message m
            WHERE m.id = %s AND m.thread_id = %s
            UNION ALL
            SELECT m.id, m.parent_id, path.depth + 1
            FROM chat_message m JOIN path ON m.id = path.parent_id
            WHERE path.depth < %s
        )
        SELECT {COLUMNS} FROM chat_message m JOIN path ON m.id = path.id
        ORDER BY path.depth DESC
        """,  # noqa: S608 (our own column names)
        [start, thread.pk, limit],
    ).prefetch_related("model", "author")
    return list(rows)
