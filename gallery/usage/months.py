"""Months of the reader's time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

FIRST_YEAR, LAST_YEAR = 2000, 9998


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    number: int

    @property
    def slug(self) -> str:
        """ "2026-11" """
        return f"{self.year}-{self.number:02}"

    @property
    def name(self) -> str:
        return date_format(date(self.year, self.number, 1), "YEAR_MONTH_FORMAT")

    @property
    def start(self) -> datetime:
        """Its first moment where the reader is."""
        return datetime(self.year, self.number, 1, tzinfo=timezone.get_current_timezone())

    @property
    def end(self) -> datetime:
        """The first moment that is not in it."""
        return self.next.start

    @property
    def days(self) -> list[date]:
        following = self.next
        count = (date(following.year, following.number, 1) - date(self.year, self.number, 1)).days
        return [date(self.year, self.number, day) for day in range(1, count + 1)]

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)


def month_of(moment: datetime) -> Month:
    local = timezone.localtime(moment)
    return Month(local.year, local.month)


def read_month(slug: str) -> Month | None:
    """None for what names no month."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", slug, re.ASCII)
    if found is None:
        return None
    month = Month(int(found[1]), int(found[2]))
    known = FIRST_YEAR <= month.year <= LAST_YEAR and 1 <= month.number <= 12
    return month if known else None
