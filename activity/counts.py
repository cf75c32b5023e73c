"""Thread activity and counters: numbers that only the database adds up."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from activity.events import listing_changed, publish_on_commit
from activity.models import Counter, Generation, RefusedSend, ThreadActivity
from activity.waiting import all_waiting


def change_activity(*, thread_id: UUID, user_id: UUID, by: int) -> None:
    """Add to a thread's count of generations in flight and of what waits to become one, never
    below 0. To be called in the transaction that changes their state."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO activity_threadactivity AS a
                (thread_id, user_id, active_count, is_generating, updated_at)
            VALUES (%(thread)s, %(user)s, greatest(%(by)s, 0), %(by)s > 0, clock_timestamp())
            ON CONFLICT (thread_id) DO UPDATE SET
                active_count = greatest(a.active_count + %(by)s, 0),
                is_generating = a.active_count + %(by)s > 0,
                updated_at = clock_timestamp()
            """,
            {"thread": thread_id, "user": user_id, "by": by},
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
    """Make every thread's count equal to the ledger and to what waits; returns how many differed.

    A candidate is compared again under its row lock: whoever changes a generation's state
    changes this row in the same transaction, so under the lock the two can be compared.
    """
    waiting, values = _waiting_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(a.thread_id, g.thread_id)
            FROM activity_threadactivity a
            FULL JOIN (
                SELECT thread_id, count(*) AS n FROM (
                    SELECT thread_id FROM activity_generation
                    WHERE state IN ('queued', 'running') AND thread_id IS NOT NULL
                    {waiting}
                ) active GROUP BY thread_id
            ) g ON g.thread_id = a.thread_id
            WHERE coalesce(a.active_count, 0) <> coalesce(g.n, 0)
            """,  # noqa: S608 (compiled querysets)
            values,
        )
        suspects = [row[0] for row in cursor.fetchall()]
    repaired = sum(_reconcile(thread_id) for thread_id in suspects)
    if repaired:
        count("activity_drift", repaired)
    return repaired


def _waiting_sql() -> tuple[str, list[Any]]:
    parts = ""
    values: list[Any] = []
    for rows in all_waiting():
        sql, params = rows.values("thread_id").query.sql_with_params()
        parts += f" UNION ALL {sql}"
        values += params
    return parts, values


def _reconcile(thread_id: UUID) -> bool:
    with transaction.atomic():
        sources = [Generation.objects.in_flight(), *all_waiting()]
        counted = [rows.filter(thread_id=thread_id) for rows in sources]
        row = ThreadActivity.objects.select_for_update().filter(thread_id=thread_id).first()
        if row is None:
            owners = [rows.values_list("thread__owner_id", flat=True).first() for rows in counted]
            owner = next(filter(None, owners), None)
            if owner is None:
                return False
            change_activity(thread_id=thread_id, user_id=owner, by=0)
            row = ThreadActivity.objects.select_for_update().get(thread_id=thread_id)
        actual = sum(rows.count() for rows in counted)
        if row.active_count == actual:
            return False
        row.active_count, row.is_generating = actual, actual > 0
        row.save(update_fields=["active_count", "is_generating", "updated_at"])
        publish_on_commit([listing_changed(row.user_id, "thread", thread_id)])
        return True
