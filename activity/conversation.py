"""What generations write to: one conversation each, of one of these kinds."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Kind = Literal["thread", "post", "edit"]
KINDS: tuple[Kind, ...] = ("thread", "post", "edit")


@dataclass(frozen=True, slots=True)
class Conversation:
    """`kind` is also the name of the foreign keys that point to it."""

    kind: Kind
    id: UUID

    @property
    def column(self) -> str:
        return f"{self.kind}_id"

    @property
    def key(self) -> dict[str, UUID]:
        """What selects the rows that belong to it."""
        return {self.column: self.id}
