"""What an import did, in numbers and with reasons: kept as JSON with the job."""

from collections import Counter
from typing import Any

import msgspec

from chat.importing.conversation import Conversation

MAX_NAMED = 100


class Skipped(msgspec.Struct):
    title: str
    reason: str


class Report(msgspec.Struct):
    """Threads and messages that were added, or were there before; `skipped` names the first
    chats that were left out, `reasons` counts all of them, `left_out` what is missing inside
    those that were imported."""

    added: int = 0
    grown: int = 0
    present: int = 0
    messages: int = 0
    messages_present: int = 0
    skipped: list[Skipped] = msgspec.field(default_factory=list)
    reasons: dict[str, int] = msgspec.field(default_factory=dict)
    left_out: dict[str, int] = msgspec.field(default_factory=dict)

    @classmethod
    def load(cls, saved: dict[str, Any]) -> "Report":
        return msgspec.convert(saved, cls)

    def dump(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    def skip(self, reason: str, title: str) -> None:
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.skipped) < MAX_NAMED:
            self.skipped.append(Skipped(title[:200], reason))

    def leave_out(self, conversation: Conversation) -> None:
        self.left_out = dict(Counter(self.left_out) + conversation.left_out)

    @property
    def chats(self) -> int:
        """How many were recognised as chats, whatever became of them."""
        unknown = self.reasons.get("unknown", 0)
        return self.added + self.grown + self.present + sum(self.reasons.values()) - unknown
