"""Emptying the tables after a test that commits. Django truncates them all and makes content types
and permissions anew, which takes longer than most of these tests."""

from functools import cache

from django.db import connection, transaction

KEPT = {"django_migrations", "django_content_type", "auth_permission"}  # no test changes them
GROWN = 512 * 1024
"""Bytes from which a table is truncated. Nothing vacuums here, so what is deleted stays in the way
of whoever reads the whole table."""


def empty_tables() -> None:
    """In one transaction, at whose end foreign keys are checked: the order does not matter."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class"
            " WHERE relname = ANY(%s) AND pg_relation_size(oid) > 0",
            [tables()],
        )
        used: dict[str, int] = dict(cursor.fetchall())
        if max(used.values(), default=0) > GROWN:
            cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, tables()))}")
        elif used:
            cursor.execute(
                "; ".join(f"DELETE FROM {connection.ops.quote_name(name)}" for name in used)
            )


@cache
def tables() -> list[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(found) - KEPT)
