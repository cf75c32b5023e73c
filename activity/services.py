"""What people and staff may do with generations."""

from uuid import UUID

from activity import ledger
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


def in_flight_of_thread(thread_id: UUID) -> Generation | None:
    return Generation.objects.in_flight().filter(thread_id=thread_id).first()
