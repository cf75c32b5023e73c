"""What the lightbox shows: an image of a post, what is known of it, and what lies beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from activity.reading import consistent_read
from files.models import File
from gallery.alt import alt_of
from gallery.browse.filters import NONE, Filters
from gallery.browse.pages import beside, place_of
from gallery.browse.positions import Position
from gallery.browse.search import TooSlow
from gallery.images import PENDING, GeneratedImage, ImageStatus
from gallery.lineage import Lineage, lineage_of
from gallery.models import ExchangeFile, Post
from gallery.works import cover_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which image of a post: by its id, else the `number`th from 1, else the one that stands at
    `place`. What is not there is made up for by what is nearest. `place` is also where one goes on
    from."""

    image_id: UUID | None = None
    number: int | None = None
    place: Position | None = None


@dataclass(frozen=True, slots=True)
class View:
    """`images`: all that the post has, of any version, in the order in which they were asked for.
    `image` is the one shown, the `number`th. `waiting` are still to come. `place` is None where
    nobody knows where in the gallery one is; there is nothing beside it then."""

    post: Post
    images: Sequence[GeneratedImage]
    waiting: Sequence[GeneratedImage]
    image: GeneratedImage
    number: int
    references: Sequence[File]
    lineage: Lineage
    place: Position | None
    has_previous: bool
    has_next: bool

    @property
    def alt(self) -> str:
        return alt_of(self.post)

    @property
    def is_only_image(self) -> bool:
        """Without it there would be no picture in the gallery to find the post by."""
        return len(self.images) == 1 and not self.post.is_waiting


ANY = Wanted()


def view_of(
    user: User, post_id: UUID, filters: Filters = NONE, wanted: Wanted = ANY
) -> View | None:
    """None where the user may not see the post, or it has no image."""
    with consistent_read():
        post = Post.objects.visible_to(user).filter(pk=post_id).first()
        images = _images(post) if post else []
        ready = [one for one in images if one.is_ready and one.file]
        if post is None or not ready:
            return None
        image = _chosen(ready, wanted)
        lineage = lineage_of(user, post)
        references = _references(image, lineage)
    place = wanted.place or _place(user, filters, image)
    return View(
        post=post,
        images=ready,
        waiting=[one for one in images if one.is_pending],
        image=image,
        number=ready.index(image) + 1,
        references=references,
        lineage=lineage,
        place=place,
        has_previous=_has_more(user, filters, place, ready, backwards=True),
        has_next=_has_more(user, filters, place, ready, backwards=False),
    )


def view_beside(
    user: User, filters: Filters, place: Position, *, backwards: bool = False
) -> View | None:
    """Of the next post in the gallery's order, or of the previous one; None at an end, or where
    what was found went meanwhile. Raises TooSlow."""
    found = beside(user, filters, place, _of_its_post(user, place), backwards=backwards)
    if found is None:
        return None
    mine = GeneratedImage.objects.visible_to(user)
    card = mine.filter(pk=found.id).only("post_id", "exchange_id").first()
    if card is None:
        return None
    return view_of(user, card.post_id, filters, Wanted(_face_of(user, filters, card), place=found))


def _face_of(user: User, filters: Filters, card: GeneratedImage) -> UUID | None:
    """Of those that were made together and are asked for, the selected one or else the first: the
    same from whichever side one comes."""
    together = filters.rows(user).filter(exchange=card.exchange_id)
    return together.order_by("-is_selected", "position").values_list("pk", flat=True).first()


def _images(post: Post) -> list[GeneratedImage]:
    """Those that the gallery has, and those of the present version that are to come."""
    shown = Q(status__in=PENDING, is_shown=True) | Q(status=ImageStatus.READY)
    rows = post.images.filter(shown, deleted_at=None).select_related("model", "file__blob")
    return list(rows.defer("words", "prompt", "error_detail").order_by("exchange", "position"))


def _chosen(ready: Sequence[GeneratedImage], wanted: Wanted) -> GeneratedImage:
    by_id = {one.pk: one for one in ready}
    if wanted.image_id in by_id:
        return by_id[wanted.image_id]
    if wanted.number is not None:
        return ready[min(max(wanted.number, 1), len(ready)) - 1]
    if wanted.place and wanted.place.id in by_id:
        return by_id[wanted.place.id]
    return cover_of(ready) or ready[0]


def _references(image: GeneratedImage, lineage: Lineage) -> list[File]:
    """What was sent to the model with the words, but for what is shown as an ancestor."""
    shown = [work.cover.file_id for work in lineage.ancestors if work.cover]
    sent = ExchangeFile.objects.filter(exchange=image.exchange_id).exclude(file__in=shown)
    return [one.file for one in sent.select_related("file__blob")]


def _place(user: User, filters: Filters, image: GeneratedImage) -> Position | None:
    try:
        return place_of(user, filters, image)
    except TooSlow:
        return None


def _has_more(
    user: User, filters: Filters, place: Position | None, own: Sequence[Any], *, backwards: bool
) -> bool:
    """A search that takes too long is asked again by whoever goes on."""
    if place is None:
        return False
    try:
        without = [one.pk for one in own]
        return beside(user, filters, place, without, backwards=backwards) is not None
    except TooSlow:
        return True


def _of_its_post(user: User, place: Position) -> list[UUID]:
    """The images of the post whose image stands there: that post's other cards are passed by."""
    own = GeneratedImage.objects.visible_to(user)
    posts = GeneratedImage.objects.filter(owner=user, pk=place.id).values("post")
    return list(own.filter(post__in=posts).values_list("pk", flat=True))
