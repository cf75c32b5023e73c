"""Rows by COPY, several times as fast as by INSERT."""

from collections.abc import Iterable

from django.db import connection, models


def copy(
    model: type[models.Model], rows: Iterable[models.Model], *, numbered: bool = False
) -> None:
    """Insert rows. `numbered`: they bring the numbers that the database would give them."""
    fields = [
        one
        for one in model._meta.concrete_fields
        if not one.generated and (numbered or not isinstance(one, models.AutoField))
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as target,
    ):
        for row in rows:
            target.write_row(
                [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]
            )
