"""Names made from a generation's id."""

from uuid import UUID, uuid5


def thoughts_id(generation_id: UUID) -> UUID:
    """Under this id the reasoning of a generation streams, as a text beside its answer."""
    return uuid5(generation_id, "thoughts")


def scope_of(text_id: UUID) -> str:
    """What keeps the ids in one rendered text apart from those of others on a page."""
    return text_id.hex[:8]
