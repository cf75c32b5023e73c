"""Every output becomes a post of its own: in the gallery at once, and to be changed again."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from gallery.edited import Edited, make_post
from gallery.images import GeneratedImage
from imageedit.models import Output

BATCH = 200


def post_of(output: Output) -> GeneratedImage:
    """Make the post of an output that is ready and has none. To be called with the row of its
    conversation locked. The file is the post's from now on."""
    turn = output.turn
    conversation = turn.conversation
    assert output.file is not None  # noqa: S101  it is ready
    references = list(turn.references.select_related("file", "image"))
    image = make_post(
        Edited(
            owner=conversation.owner,
            file=output.file,
            instruction=turn.instruction,
            prompt=output.prompt,
            model=output.model,
            model_name=output.model_name,
            aspect_ratio=conversation.aspect_ratio,
            resolution=conversation.resolution,
            created_at=output.created_at,
            parent_id=_parent_of(output),
            references=[reference.file for reference in references],
            seconds=output.seconds,
            cost=output.cost,
        )
    )
    output.image, output.file = image, None
    output.save(update_fields=["image", "file"])
    return image


def _parent_of(output: Output) -> UUID | None:
    """The post of the first image that it was made of, else that of the conversation's source."""
    for reference in output.turn.references.all():
        if reference.image:
            return reference.image.post_id
    source = output.turn.conversation.source
    return source.post_id if source else None


def backfill(*, dry_run: bool = False) -> Iterator[int]:
    """Make the posts of outputs that have none, some a transaction; yields how many each time.
    May be cut off and begun again at any time."""
    after = UUID(int=0)
    while True:
        ids = list(
            Output.objects.without_post()
            .filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not ids:
            return
        after = ids[-1]
        yield len(ids) if dry_run else _backfill(ids)


def _backfill(ids: list[UUID]) -> int:
    with transaction.atomic(durable=True):
        # Another run of this holds some: those are its own.
        rows = Output.objects.without_post().select_for_update(of=("self",), skip_locked=True)
        found = rows.filter(pk__in=ids).select_related(
            "file__blob", "model", "turn__conversation__owner", "turn__conversation__source"
        )
        made = [post_of(output) for output in found]
        return len(made)
