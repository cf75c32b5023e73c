"""What people and staff may do with generations."""

from activity import ledger
from activity.conversation import Conversation
from activity.models import Generation, GenerationLock, State


def stop(*, generation: Generation) -> bool:
    """End a generation at its user's wish; the text so far is kept. False: it had ended.
    The page shows the end at once, whether or not the worker is alive to hear of it."""
    return ledger.end_from_outside(generation.pk, state=State.STOPPED)


def release(*, lock: GenerationLock) -> bool:
    """Free a conversation by force: its generation ends as interrupted."""
    return ledger.end_from_outside(
        lock.generation_id, state=State.INTERRUPTED, error_code="interrupted"
    )


def in_flight_in(conversation: Conversation) -> Generation | None:
    return Generation.objects.in_flight().writing_to(conversation).first()
