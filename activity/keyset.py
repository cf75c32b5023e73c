"""Pages of long lists by position: the thousandth costs what the first does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=Model)
Position = tuple[datetime, UUID]
signer = Signer(salt="keyset")


def page_of(
    rows: "QuerySet[Row]", moment: str, position: Position | None, *, size: int
) -> tuple[Sequence[Row], str]:
    """A page of rows that are ordered by a moment and their id, both falling, below a position;
    and the cursor of the next page, "" after the last one."""
    if position:
        at, row_id = position
        below: dict[str, Any] = {moment: at, "id__gte": row_id}
        rows = rows.filter(**{f"{moment}__lte": at}).exclude(**below)
    page = list(rows[: size + 1])
    if len(page) <= size:
        return page, ""
    last = page[size - 1]
    return page[:size], cursor(getattr(last, moment), last.pk)


def cursor(moment: datetime, row_id: UUID) -> str:
    return signer.sign(f"{moment.isoformat()}|{row_id}")


def read_cursor(cursor: str) -> Position | None:
    """None for what was not made here: the first page is shown then."""
    try:
        at, _sep, row_id = signer.unsign(cursor).partition("|")
        moment = parse_datetime(at)
        return (moment, UUID(row_id)) if moment else None
    except (BadSignature, ValueError):
        return None
