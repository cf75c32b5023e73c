"""How the live channel reads conversations of the apps above; they register theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Stream:
    """A text that is being written, by its generation's id or that of its reasoning, and the
    page element (by its `data-stream`) that shows it. `is_saved`: it is also in Postgres."""

    generation_id: UUID
    element: str
    is_saved: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a page at some revision lacks: fragments of HTML that bring it to `revision`,
    whether the generation lock is held, and the texts that are being written."""

    revision: int
    busy: bool
    content: str
    streams: Sequence[Stream]


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation's row in the sidebar: its HTML, and the heading it belongs under."""

    html: str
    group: str


class LiveConversation(Protocol):
    """One kind of conversation. All of it runs in threads and checks permission anew."""

    kind: str

    def changes_since(self, *, user: Any, id: UUID, revision: int) -> Changes | None:
        """None: the user may not see it, or it is gone."""
        ...

    def mark_seen(self, *, user: Any, id: UUID, revision: int) -> None:
        """The user has seen all of it up to this revision."""
        ...

    def row(self, *, user: Any, id: UUID) -> Row | None:
        """Its row in the sidebar; None: it is not listed any more."""
        ...

    def listing(self, *, user: Any) -> str:
        """The sidebar's list as a fragment."""
        ...


_conversations: dict[str, LiveConversation] = {}


def register(conversation: LiveConversation) -> None:
    _conversations[conversation.kind] = conversation


def conversation_of_kind(kind: str) -> LiveConversation | None:
    return _conversations.get(kind)


def all_conversations() -> Sequence[LiveConversation]:
    return list(_conversations.values())
