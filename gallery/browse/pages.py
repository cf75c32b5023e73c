"""A page of a person's gallery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from gallery.alt import alt_of
from gallery.browse import words
from gallery.browse.filters import NONE, Filters
from gallery.browse.positions import Position, beyond, order
from gallery.browse.search import Search, TooSlow
from gallery.days import day_of
from gallery.images import GeneratedImage

PAGE = 60
MOST = 240  # that a page asked for with its end may have
COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """Images in the gallery's order, each with its position as `key`, its `url`, `day` and `alt`.
    `next` and `previous` are positions that the pages after and before it go on from; None at an
    end. `is_slow`: the search was given up."""

    images: Sequence[Any] = ()
    next: Position | None = None
    previous: Position | None = None
    is_slow: bool = False

    @property
    def last(self) -> str:
        """The key of the last image; "" where there is none."""
        return self.images[-1].key if self.images else ""


@dataclass(frozen=True, slots=True)
class Count:
    """`more`: there are more than `number`."""

    number: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Where in a gallery: after a position or before one; nothing is its beginning. `bounded`:
    from there, or from the beginning, up to `before`, which is included."""

    after: Position | None = None
    before: Position | None = None
    limit: int = PAGE
    bounded: bool = False

    @property
    def backwards(self) -> bool:
        return self.before is not None and not self.bounded


START = Part()


def page_of(user: User, filters: Filters = NONE, part: Part = START) -> Page:
    """What is in the trash is in no gallery."""
    try:
        found, more = _found(user, filters, part)
    except TooSlow:
        return Page(is_slow=True)
    images = _images(found)
    backwards = part.backwards
    first, last = (found[0], found[-1]) if found else (None, None)
    return Page(
        images,
        next=last if more or backwards else None,
        previous=first if (more if backwards else part.after) else None,
    )


def count_of(user: User, filters: Filters = NONE) -> Count:
    """Never slow: up to COUNTED. Raises TooSlow."""
    terms = words.parse(filters.q)
    if filters.q and not terms:
        return Count(0)
    if terms:
        number = Search(user, filters, words.query(terms)).count(COUNTED + 1)
    else:
        # In order: else a scan of the whole table may be taken for the short way to a thousand.
        rows = filters.rows(user).order_by(*order(filters)).values("id")
        number = rows[: COUNTED + 1].count()
    return Count(min(number, COUNTED), more=number > COUNTED)


def ids_of(user: User, filters: Filters, part: Part) -> list[Position]:
    """Positions alone: for what is done to all that match, part by part. Raises TooSlow."""
    return _found(user, filters, part)[0]


def place_of(user: User, filters: Filters, image: GeneratedImage) -> Position | None:
    """Where an image stands in this order, whether or not it is left out; None in an order of
    matches that it is not among. Raises TooSlow."""
    if not filters.by_rank:
        return Position(image.created_at, image.pk)
    found = _asked(user, filters, Q(pk=image.pk), 1, backwards=False)
    return found[0] if found else None


def beside(
    user: User,
    filters: Filters,
    place: Position,
    without: Sequence[UUID] = (),
    *,
    backwards: bool = False,
) -> Position | None:
    """The nearest image after a position, or before it, that is none of these. Raises TooSlow."""
    where = beyond(filters, place, backwards=backwards) & ~Q(pk__in=without)
    found = _asked(user, filters, where, 1, backwards)
    return found[0] if found else None


def _found(user: User, filters: Filters, part: Part) -> tuple[list[Position], bool]:
    """Positions in the gallery's order, and whether there are more on that side."""
    backwards = part.backwards
    found = _asked(user, filters, _where(filters, part), part.limit + 1, backwards)
    page = found[: part.limit]
    return (page[::-1] if backwards else page), len(found) > part.limit


def _where(filters: Filters, part: Part) -> Q:
    where = Q()
    if part.after:
        where &= beyond(filters, part.after)
    if part.before:
        before = beyond(filters, part.before, backwards=True)
        where &= (before | Q(pk=part.before.id)) if part.bounded else before
    return where


def _asked(user: User, filters: Filters, where: Q, limit: int, backwards: bool) -> list[Position]:
    terms = words.parse(filters.q)
    if terms:
        return Search(user, filters, words.query(terms)).page(where, limit, backwards=backwards)
    if filters.q:  # of signs alone
        return []
    rows = filters.rows(user).filter(where).order_by(*order(filters, backwards=backwards))
    # Of the index alone; the rows themselves are read by their keys.
    return [Position(*row) for row in rows.values_list("created_at", "id")[:limit]]


def _images(found: Sequence[Position]) -> list[Any]:
    keys = [position.id for position in found]
    rows = GeneratedImage.objects.filter(pk__in=keys).defer("words", "error_detail")
    by_key: dict[UUID, Any] = {
        image.pk: image for image in rows.select_related("post", "model", "file__blob")
    }
    posts = reverse("gallery:create").removesuffix("create/")  # once for all of the page
    images: list[Any] = []
    for position in found:
        if image := by_key.get(position.id):  # or it went meanwhile
            image.key = str(position)
            image.url = f"{posts}{image.post_id}/"
            image.day = day_of(image.created_at)
            image.alt = alt_of(image.post)
            images.append(image)
    return images
