"""A thread's messages as a tree: siblings, the leaf to show below a message, and branches.

What changes the tree is to be called with the thread's row locked.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from chat.models import Message, Thread

OLDEST_FIRST = ("created_revision", "created_at", "pk")


def with_siblings(thread: Thread, messages: Sequence[Message]) -> Sequence[Message]:
    """Give messages of one thread their places among their siblings, in one query."""
    families: dict[UUID | None, list[UUID]] = defaultdict(list)
    if messages:
        parents = {message.parent_id for message in messages}
        for parent_id, pk in _children(thread, parents).values_list("parent_id", "pk"):
            families[parent_id].append(pk)
    for message in messages:
        family = families[message.parent_id]
        if message.pk not in family:
            continue  # deleted since it was read
        index = family.index(message.pk)
        message.place, message.siblings = index + 1, len(family)
        message.previous_sibling = family[index - 1] if index else None
        message.next_sibling = family[index + 1] if index + 1 < len(family) else None
    return messages


def _children(thread: Thread, parents: set[UUID | None]) -> Any:
    below = Q(parent__in=[parent for parent in parents if parent])
    if None in parents:
        below |= Q(parent=None)
    return thread.messages.alive().filter(below).order_by(*OLDEST_FIRST)


def neighbour(thread: Thread, message: Message) -> Message | None:
    """The sibling to show in a message's place: the one before it, else the one after."""
    with_siblings(thread, [message])
    beside = message.previous_sibling or message.next_sibling
    return thread.messages.get(pk=beside) if beside else None


def leaf_to_show(message: Message) -> UUID:
    """Where the path through a message ends: the leaf last seen below it, else its newest."""
    seen = message.seen_leaf
    if seen is not None and seen.deleted_at is None:
        return seen.pk
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below AS (
                SELECT id, created_revision, created_at, 1 AS depth
                FROM chat_message WHERE id = %s
                UNION ALL
                SELECT m.id, m.created_revision, m.created_at, below.depth + 1
                FROM chat_message m JOIN below ON m.parent_id = below.id
                WHERE m.deleted_at IS NULL
            )
            SELECT id FROM below
            WHERE NOT EXISTS (
                SELECT FROM chat_message m WHERE m.parent_id = below.id AND m.deleted_at IS NULL
            )
            ORDER BY created_revision DESC, created_at DESC, depth DESC, id DESC LIMIT 1
            """,
            [message.pk],
        )
        leaf: UUID = cursor.fetchone()[0]
        return leaf


def remember_leaf(thread: Thread, parent_id: UUID | None) -> None:
    """Before the thread shows another child of `parent_id` (None: another first message): keep
    its leaf at the child that it shows now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE up AS (
                SELECT id, parent_id FROM chat_message WHERE id = %(leaf)s::uuid
                UNION ALL
                SELECT m.id, m.parent_id FROM chat_message m JOIN up ON m.id = up.parent_id
                WHERE up.parent_id IS DISTINCT FROM %(parent)s::uuid
            )
            UPDATE chat_message SET seen_leaf_id = %(leaf)s::uuid
            WHERE id = (SELECT id FROM up WHERE parent_id IS NOT DISTINCT FROM %(parent)s::uuid)
            """,
            {"leaf": thread.leaf_id, "parent": parent_id},
        )


def set_deleted(message: Message, at: datetime | None) -> set[UUID]:
    """Delete a message and all below it, or with None bring back what was deleted together with
    it; returns their ids. What was deleted earlier below it stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE branch AS (
                SELECT id FROM chat_message WHERE id = %(top)s
                UNION ALL
                SELECT m.id FROM chat_message m JOIN branch ON m.parent_id = branch.id
                WHERE m.deleted_at IS NOT DISTINCT FROM %(before)s::timestamptz
            )
            UPDATE chat_message m SET deleted_at = %(after)s::timestamptz
            FROM branch WHERE m.id = branch.id
            RETURNING m.id
            """,
            {"top": message.pk, "before": message.deleted_at, "after": at},
        )
        return {row[0] for row in cursor.fetchall()}
