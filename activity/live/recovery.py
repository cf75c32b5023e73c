"""Text of a running generation when Redis has none: flushed, restarted, or away."""

from uuid import UUID

from activity.models import TextChunk
from activity.streaming.ids import scope_of
from activity.streaming.markdown import render
from activity.streaming.store import Snapshot


def snapshot_from_chunks(generation_id: UUID) -> Snapshot:
    """The saved chunks as one open tail. Its epoch is nobody's: the worker's next frame does not
    follow on it, so the page then reads what the worker has written to Redis anew."""
    chunks = TextChunk.objects.filter(generation_id=generation_id).order_by("offset")
    text = "".join(chunks.values_list("text", flat=True))
    tail = render(text, scope=scope_of(generation_id))
    return Snapshot(epoch=-1, offset=len(text.encode()), closed="", tail=tail)
