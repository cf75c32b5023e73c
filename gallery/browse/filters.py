"""What a gallery shows, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gallery.browse import words
from gallery.images import GeneratedImage, ImageKind, ImageQuerySet
from providers.sizes import ASPECT_RATIOS

MAX_CHARS = 200  # of a search


class Sort(models.TextChoices):
    NEWEST = "newest", _("Newest")
    OLDEST = "oldest", _("Oldest")
    BEST = "best", _("Best match")


@dataclass(frozen=True, slots=True)
class Filters:
    """Nothing asked is everything, the newest first. `since` and `until` are days where the
    reader is, both included."""

    q: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    model: UUID | None = None
    ratio: str = ""
    project: UUID | None = None
    sort: str = Sort.NEWEST

    @property
    def by_rank(self) -> bool:
        """Words that must not be there put nothing in an order."""
        return self.sort == Sort.BEST and any(not term.absent for term in words.parse(self.q))

    @property
    def oldest_first(self) -> bool:
        return self.sort == Sort.OLDEST

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return replace(self, sort=Sort.NEWEST) != Filters()

    def parameters(self) -> dict[str, str]:
        """Of an address, only what differs from showing everything."""
        values = {name: getattr(self, name) for name in NAMES}
        return {name: str(value) for name, value in values.items() if value != getattr(NONE, name)}

    @property
    def query(self) -> str:
        """The same as "?…"; "?" alone where nothing is asked, which is an address, too."""
        return f"?{urlencode(self.parameters())}"

    def rows(self, user: User) -> ImageQuerySet:
        """All that the user may see of it, in no order and whatever is searched."""
        rows: ImageQuerySet = GeneratedImage.objects.visible_to(user).in_gallery().order_by()
        asked: dict[str, Any] = {
            "kind": self.kind,
            "model": self.model,
            "aspect_ratio": self.ratio,
            "project": self.project,
            "created_at__gte": self.since and _midnight(self.since),
            "created_at__lt": self.until and _midnight(self.until + timedelta(days=1)),
        }
        return rows.filter(**{name: value for name, value in asked.items() if value})


NONE = Filters()
NAMES = ("q", "kind", "since", "until", "model", "ratio", "project", "sort")


def read(parameters: Mapping[str, str]) -> Filters:
    """What is no filter is none: an old address still shows a gallery."""
    get = parameters.get
    found = Filters(
        q=" ".join(get("q", "").replace("\0", "").split())[:MAX_CHARS],
        kind=_one_of(get("kind", ""), ImageKind.values),
        since=_day(get("since", "")),
        until=_day(get("until", "")),
        model=_id(get("model", "")),
        ratio=_one_of(get("ratio", ""), ASPECT_RATIOS),
        project=_id(get("project", "")),
        sort=_one_of(get("sort", ""), Sort.values) or Sort.NEWEST,
    )
    return found if found.q or found.sort != Sort.BEST else replace(found, sort=Sort.NEWEST)


def changed(filters: Filters, **changes: Any) -> Filters:
    return replace(filters, **changes)


def _one_of(text: str, known: list[str]) -> str:
    return text if text in known else ""


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
