"""What a thread's page shows of its queue."""

from typing import Any

from chat.models import Thread
from chat.queue.models import Pause
from chat.queue.running import waiting_in


def queue_context(thread: Thread) -> dict[str, Any]:
    """For `chat/queue/_queue.html`. One query, whatever waits."""
    rows = list(waiting_in(thread).excerpts().select_related("author", "model"))
    reason = Pause(thread.queue_pause).label if thread.queue_pause else ""
    return {"queue": rows, "queue_pause": reason}
