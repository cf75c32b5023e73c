"""The last step of an output: the media worker has opened its image, or could not."""

from files.models import Blob
from gallery.images import ImageStatus
from gallery.slots import state_of
from imageedit import progress
from imageedit.models import Output, Turn
from imageedit.posts import post_of

TOLD = (ImageStatus.DEVELOPING, ImageStatus.FAILED)  # what had failed may have been tried again


def on_opened(blob: Blob) -> None:
    """Called in the transaction that says so, with the blob's row locked."""
    waiting = Output.objects.filter(file__blob=blob, status__in=TOLD)
    ids = waiting.values_list("turn__conversation", flat=True)
    # In the order of their ids, so that two of these cannot wait for each other.
    for conversation_id in sorted(set(ids)):
        conversation = progress.locked(conversation_id)
        revision = conversation.bump()
        mine = waiting.filter(turn__conversation=conversation)
        for output in mine.select_related("file__blob", "model", "turn__conversation"):
            values = {"error_code": "", **state_of(blob)}
            Output.objects.filter(pk=output.pk).update(**values)
            Turn.objects.filter(pk=output.turn_id).update(revision=revision)
            if values["status"] == ImageStatus.READY:
                post_of(output)
        progress.announce(conversation)
