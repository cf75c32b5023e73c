"""What pages are told. An event only says that something changed, and up to which revision;
pages then read the change itself, so a lost or doubled event is harmless.

Channels are Redis pub/sub names: `user:<uuid>`, `thread:<uuid>`, `post:<uuid>`, and
`generation:<uuid>` for text (see `activity.streaming.store`). That a person's lists changed is
remembered for an hour, for pages that were made before and listen only since.
"""

import json
from collections.abc import Sequence
from typing import Literal, TypedDict
from uuid import UUID

import structlog
from django.db import transaction
from redis.asyncio import Redis
from redis.exceptions import RedisError

from activity.redis import client

log = structlog.get_logger(__name__)

REMEMBERED = 60 * 60 * 1000  # ms


class ConversationChanged(TypedDict):
    """Sent to the channel of a conversation: it now has this revision."""

    type: Literal["activity.conversation.changed"]
    kind: str
    id: str
    revision: int


class ListingChanged(TypedDict):
    """Sent to a user: this conversation's row in the sidebar changed. `top`: it is the newest."""

    type: Literal["activity.listing.changed"]
    kind: str
    id: str
    top: bool


class ListingRenewed(TypedDict):
    """Sent to a user: so much of the sidebar changed that it is to be read anew."""

    type: Literal["activity.listing.renewed"]


class SessionEnded(TypedDict):
    """Sent to a user: this session may have ended; "" means any of theirs. A socket looks whether
    its own has, and closes."""

    type: Literal["activity.session.ended"]
    session: str


class PreferencesChanged(TypedDict):
    """Sent to a user: something that all of their pages show was set, such as favourites."""

    type: Literal["activity.preferences.changed"]


Event = ConversationChanged | ListingChanged | ListingRenewed | SessionEnded | PreferencesChanged


def user_channel(user_id: UUID | str) -> str:
    return f"user:{user_id}"


def conversation_channel(kind: str, conversation_id: UUID) -> str:
    return f"{kind}:{conversation_id}"


def publish_on_commit(messages: Sequence[tuple[str, Event]]) -> None:
    """Send events once the transaction stands. A failure is logged and heals by revision."""
    transaction.on_commit(lambda: publish(messages), robust=True)


def publish(messages: Sequence[tuple[str, Event]]) -> None:
    try:
        with client().pipeline(transaction=False) as pipe:
            for channel, event in messages:
                if event["type"].startswith("activity.listing."):
                    pipe.set(_last_change(channel), "", px=REMEMBERED)
                pipe.publish(channel, json.dumps(event))
            pipe.execute()
    except RedisError as error:
        log.warning("events_not_published", count=len(messages), error=str(error))


async def listing_changed_within(redis: Redis, user_id: UUID, *, ms: int) -> bool:
    """Whether this person was told of a change of their lists so short a time ago, or nobody
    knows. By the clock of Redis alone."""
    if ms >= REMEMBERED:
        return True
    try:
        left: int = await redis.pttl(_last_change(user_channel(user_id)))
    except (RedisError, OSError) as error:
        log.warning("last_change_unknown", error=str(error))
        return True
    return left > REMEMBERED - ms


def _last_change(channel: str) -> str:
    return f"changed:{channel}"


def conversation_changed(kind: str, conversation_id: UUID, revision: int) -> tuple[str, Event]:
    return conversation_channel(kind, conversation_id), {
        "type": "activity.conversation.changed",
        "kind": kind,
        "id": str(conversation_id),
        "revision": revision,
    }


def listing_changed(
    user_id: UUID, kind: str, conversation_id: UUID, *, top: bool = False
) -> tuple[str, Event]:
    return user_channel(user_id), {
        "type": "activity.listing.changed",
        "kind": kind,
        "id": str(conversation_id),
        "top": top,
    }


def listing_renewed(user_id: UUID) -> tuple[str, Event]:
    return user_channel(user_id), {"type": "activity.listing.renewed"}


def session_ended(user_id: UUID | str, session_key: str = "") -> tuple[str, Event]:
    return user_channel(user_id), {"type": "activity.session.ended", "session": session_key}


def preferences_changed(user_id: UUID | str) -> tuple[str, Event]:
    return user_channel(user_id), {"type": "activity.preferences.changed"}
