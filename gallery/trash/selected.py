"""Things in the trash that were selected, of any kinds. What may be part of another comes back
after it, which brings what was deleted with it; and goes before it, which takes it along."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from accounts.refusals import Refusal
from activity import events
from gallery.refusals import Malformed
from gallery.trash import kinds, purging, services
from gallery.trash.kinds import TrashKind
from gallery.trash.listing import MOST
from gallery.trash.refusals import NothingSelected, TooMany


@dataclass(frozen=True, slots=True)
class Thing:
    kind: str
    id: UUID

    @classmethod
    def read(cls, text: str) -> "Thing":
        """Of "kind:id". Raises Malformed."""
        kind, _colon, id = text.partition(":")
        try:
            return cls(kind, UUID(id))
        except ValueError as error:
            raise Malformed from error


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of how many things it was done, and how many could not be."""

    done: int
    left: int


Change = Callable[..., None]


def things(texts: Sequence[str]) -> Sequence[Thing]:
    """Each once. Raises Malformed, NothingSelected, TooMany."""
    if not texts:
        raise NothingSelected
    if len(texts) > MOST:
        raise TooMany(limit=MOST)
    return list(dict.fromkeys(Thing.read(one) for one in texts))


def restore(*, user: User, things: Sequence[Thing]) -> Outcome:
    return _each(services.restore, user, _in_order(things))


def put_back(*, user: User, things: Sequence[Thing]) -> Outcome:
    """Take a restoring back."""
    return _each(services.put_back, user, _in_order(things)[::-1])


def count(user: User, things: Sequence[Thing]) -> int:
    """How many of them are in the user's trash still."""
    return sum(len(ids) for _kind, ids in _found(user, things))


def delete_for_good(*, user: User, things: Sequence[Thing]) -> Outcome:
    """With their files that nothing else points to. There is no way back."""
    done = 0
    names: set[str] = set()
    try:
        for kind, ids in _found(user, _in_order(things)[::-1]):
            for id in ids:
                kind.stop(id)  # what is in the trash begins nothing new
            for group in _groups(ids, kind.together):
                erased = purging.erase(kind, group, lambda _at: True, wait=True)
                done += erased.things
                names |= erased.names
    finally:  # what is gone is gone, whatever became of the rest
        events.publish([events.listing_renewed(user.pk)])
        services.remove_bytes(names)
    return Outcome(done, len(things) - done)


def _each(change: Change, user: User, things: Sequence[Thing]) -> Outcome:
    """One that is gone, or busy, keeps the others from nothing."""
    done = 0
    for thing in things:
        try:
            change(user=user, kind=thing.kind, id=thing.id)
        except Refusal:
            continue
        done += 1
    return Outcome(done, len(things) - done)


def _in_order(things: Sequence[Thing]) -> Sequence[Thing]:
    """Wholes before their parts."""
    places = {name: place for place, name in enumerate(kinds.listed())}
    return sorted(things, key=lambda thing: places.get(thing.kind, len(places)))


def _found(user: User, things: Sequence[Thing]) -> Iterator[tuple[TrashKind, Sequence[UUID]]]:
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for thing in things:
        wanted[thing.kind].append(thing.id)
    for name, ids in wanted.items():
        if kind := kinds.listed().get(name):
            rows = kind.listed(user).filter(pk__in=ids).order_by("pk")
            yield kind, list(rows.values_list("pk", flat=True))


def _groups(ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
