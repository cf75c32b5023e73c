"""The versions of a post. Each exchange makes one. What the post shows while a version is the
present one, words and choices of its owner included, is kept with its exchange when another
version takes over, so going back and forth loses nothing. docs/adr/0060.

To be called with the post's row locked and its revision taken.
"""

from typing import TypedDict
from uuid import UUID

from gallery.images import GeneratedImage, ImageQuerySet
from gallery.models import Exchange, Post


class Kept(TypedDict):
    caption: str
    hashtags: list[str]
    images: list[str]
    selected: str | None


def keep(post: Post) -> None:
    """Keep the present state with the exchange that it belongs to."""
    images = list(post.images.filter(is_shown=True).order_by("position"))
    selected = next((str(image.pk) for image in images if image.is_selected), None)
    kept = Kept(
        caption=post.caption,
        hashtags=list(post.hashtags),
        images=[str(image.pk) for image in images],
        selected=selected,
    )
    Exchange.objects.filter(post=post, number=post.version).update(
        kept=kept, revision=post.revision
    )


def hide_images(images: ImageQuerySet, post: Post) -> None:
    """None of these is shown, so that others can be."""
    images.filter(is_shown=True).update(is_shown=False, is_selected=False, revision=post.revision)


def show(post: Post, exchange: Exchange) -> None:
    """Make this the present version: what was kept of it. One that was never left, because nothing
    had come of it, shows its own images, or without any of its own those that are shown."""
    kept: Kept | None = exchange.kept
    if kept is not None:
        post.caption, post.hashtags = kept["caption"], kept["hashtags"]
        _show_images(post, post.images.filter(pk__in=[UUID(one) for one in kept["images"]]))
        if kept["selected"]:
            chosen = post.images.filter(pk=UUID(kept["selected"]), deleted_at=None)
            chosen.update(is_selected=True)
    elif exchange.images.exists():
        _show_images(post, GeneratedImage.objects.filter(exchange=exchange))
    post.version = exchange.number


def _show_images(post: Post, images: ImageQuerySet) -> None:
    hide_images(post.images.all(), post)
    images.update(is_shown=True, revision=post.revision)
