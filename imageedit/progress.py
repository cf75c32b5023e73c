"""What pages of edit conversations are told. To be called with the conversation's row locked, by
whatever changes a part of it."""

from uuid import UUID

from accounts.models import User
from activity import events
from imageedit.models import EditConversation
from imageedit.refusals import NotFound


def locked(conversation_id: UUID) -> EditConversation:
    """The conversation as it is now, locked until the transaction ends. Raises NotFound."""
    rows = EditConversation.objects.select_for_update(no_key=True)
    conversation = rows.filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


def locked_of(user: User, conversation_id: UUID) -> EditConversation:
    """The user's own. Raises NotFound, also for one in the trash."""
    conversation = locked(conversation_id)
    if conversation.owner_id != user.pk or conversation.deleted_at:
        raise NotFound
    return conversation


def announce(conversation: EditConversation, *, top: bool = False) -> None:
    """On commit. Its revision was taken before."""
    events.publish_on_commit(
        [
            events.conversation_changed("edit", conversation.pk, conversation.revision),
            events.listing_changed(conversation.owner_id, "edit", conversation.pk, top=top),
        ]
    )
