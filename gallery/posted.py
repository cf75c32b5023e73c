"""Ids among what a page sent."""

from uuid import UUID

from accounts.requests import SignedInRequest
from gallery.refusals import Malformed


def as_uuid(value: str) -> UUID:
    """Raises Malformed."""
    try:
        return UUID(value)
    except ValueError as error:
        raise Malformed from error


def one_uuid(request: SignedInRequest, name: str) -> UUID | None:
    """None where the field is empty or missing."""
    value = request.POST.get(name, "")
    return as_uuid(value) if value else None


def uuids(request: SignedInRequest, name: str) -> list[UUID]:
    """Of fields of one name, each of which may hold several with commas between them."""
    values = ",".join(request.POST.getlist(name)).split(",")
    return [as_uuid(value.strip()) for value in values if value.strip()]
