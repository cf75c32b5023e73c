"""The last step of an image: the media worker has opened it, or could not."""

from files.models import Blob
from gallery import progress
from gallery.images import IN_GALLERY, GeneratedImage, ImageStatus
from gallery.slots import state_of

TOLD = (ImageStatus.DEVELOPING, ImageStatus.FAILED)  # what had failed may have been tried again


def on_opened(blob: Blob) -> None:
    """Called in the transaction that says so, with the blob's row locked."""
    waiting = GeneratedImage.objects.filter(file__blob=blob, status__in=TOLD)
    # In the order of their ids, so that two of these cannot wait for each other.
    for post_id in sorted(set(waiting.values_list("post", flat=True))):
        post = progress.locked(post_id)
        revision = post.bump()
        values = {"error_code": "", **state_of(blob)}
        pks = list(waiting.filter(post=post).values_list("pk", flat=True))
        mine = GeneratedImage.objects.filter(pk__in=pks)
        mine.update(revision=revision, **values)
        if post.deleted_at:  # the gallery looks at the images alone
            mine.filter(IN_GALLERY).update(deleted_at=post.deleted_at)
        progress.renew(post)
