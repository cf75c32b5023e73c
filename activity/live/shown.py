"""What a page shows: one open conversation, and the texts in it that are being written."""

from dataclasses import dataclass, field
from uuid import UUID

from activity import events
from activity.live.conversations import LiveConversation
from activity.live.stream import FollowedText


@dataclass(eq=False, slots=True)
class Shown:
    """One word of the page about what it shows. Saying it again makes another one, so whoever
    reads for an earlier word can tell that its answer is void. `texts` are by channel."""

    conversation: LiveConversation
    id: UUID
    revision: int
    texts: dict[str, FollowedText] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        return events.conversation_channel(self.conversation.kind, self.id)
