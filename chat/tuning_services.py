"""Setting a thread's system prompt and temperature."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from activity import events
from chat.asking import locked_thread
from chat.tuning import Tuning


def tune(*, user: User, thread_id: UUID, tuning: Tuning) -> int:
    """From now on the thread's models are asked so; an answer that waits for a worker is, too.
    Returns the thread's revision. Raises NotFound."""
    with transaction.atomic(durable=True):
        thread = locked_thread(user, thread_id)
        if Tuning(thread.system_prompt, thread.temperature) == tuning:
            return thread.revision
        thread.system_prompt, thread.temperature = tuning.system_prompt, tuning.temperature
        thread.save(update_fields=["system_prompt", "temperature"])
        revision = thread.bump()
        events.publish_on_commit([events.conversation_changed("thread", thread.pk, revision)])
    return revision
