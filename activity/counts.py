"""Activity and counters: numbers that only the database adds up."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from activity.conversation import KINDS, Conversation, Kind
from activity.events import listing_changed, publish_on_commit
from activity.models import ConversationActivity, Counter, Generation, RefusedSend
from activity.waiting import all_waiting


def change_activity(conversation: Conversation, *, user_id: UUID, by: int) -> None:
    """Add to a conversation's count of generations in flight and of what waits to become one,
    never below 0. To be called in the transaction that changes their state."""
    column = conversation.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO activity_conversationactivity AS a
                ({column}, user_id, active_count, is_generating, updated_at)
            VALUES (%(id)s, %(user)s, greatest(%(by)s, 0), %(by)s > 0, clock_timestamp())
            ON CONFLICT ({column}) DO UPDATE SET
                active_count = greatest(a.active_count + %(by)s, 0),
                is_generating = a.active_count + %(by)s > 0,
                updated_at = clock_timestamp()
            """,  # noqa: S608 (a column's own name)
            {"id": conversation.id, "user": user_id, "by": by},
        )


def count(name: str, by: int = 1) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO activity_counter AS c (name, value) VALUES (%s, %s)
            ON CONFLICT (name) DO UPDATE SET value = c.value + excluded.value
            """,
            [name, by],
        )


def counter(name: str) -> int:
    return Counter.objects.filter(name=name).values_list("value", flat=True).first() or 0


def count_refused_send(*, user_id: UUID, reason: str) -> None:
    """To be called after the refused transaction was rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {RefusedSend._meta.db_table} AS r (user_id, day, reason, count)
            VALUES (%s, %s, %s, 1)
            ON CONFLICT (user_id, day, reason) DO UPDATE SET count = r.count + 1
            """,  # noqa: S608 (the table's own name)
            [user_id, datetime.now(UTC).date(), reason],
        )


def reconcile_activity() -> int:
    """Make every conversation's count equal to the ledger and to what waits; returns how many
    differed.

    A candidate is compared again under its row lock: whoever changes a generation's state
    changes this row in the same transaction, so under the lock the two can be compared.
    """
    suspects = [one for kind in KINDS for one in _suspects(kind)]
    repaired = sum(_reconcile(conversation) for conversation in suspects)
    if repaired:
        count("activity_drift", repaired)
    return repaired


def _suspects(kind: Kind) -> list[Conversation]:
    column = f"{kind}_id"
    waiting, values = _waiting_sql(kind)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(a.{column}, g.{column})
            FROM (
                SELECT {column}, active_count FROM activity_conversationactivity
                WHERE {column} IS NOT NULL
            ) a
            FULL JOIN (
                SELECT {column}, count(*) AS n FROM (
                    SELECT {column} FROM activity_generation
                    WHERE state IN ('queued', 'running') AND {column} IS NOT NULL
                    {waiting}
                ) active GROUP BY {column}
            ) g ON g.{column} = a.{column}
            WHERE coalesce(a.active_count, 0) <> coalesce(g.n, 0)
            """,  # noqa: S608 (compiled querysets and a column's own name)
            values,
        )
        return [Conversation(kind, row[0]) for row in cursor.fetchall()]


def _waiting_sql(kind: Kind) -> tuple[str, list[Any]]:
    parts = ""
    values: list[Any] = []
    for rows in all_waiting(kind):
        sql, params = rows.values(f"{kind}_id").query.sql_with_params()
        parts += f" UNION ALL {sql}"
        values += params
    return parts, values


def _reconcile(conversation: Conversation) -> bool:
    kind = conversation.kind
    with transaction.atomic():
        sources = [Generation.objects.in_flight(), *all_waiting(kind)]
        counted = [rows.filter(**conversation.key) for rows in sources]
        rows = ConversationActivity.objects.select_for_update().filter(**conversation.key)
        row = rows.first()
        if row is None:
            owners = [each.values_list(f"{kind}__owner_id", flat=True).first() for each in counted]
            owner = next(filter(None, owners), None)
            if owner is None:
                return False
            change_activity(conversation, user_id=owner, by=0)
            row = rows.get()
        actual = sum(each.count() for each in counted)
        if row.active_count == actual:
            return False
        row.active_count, row.is_generating = actual, actual > 0
        row.save(update_fields=["active_count", "is_generating", "updated_at"])
        publish_on_commit([listing_changed(row.user_id, kind, conversation.id)])
        return True
