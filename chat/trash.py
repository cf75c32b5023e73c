"""Chats in the trash, and what is deleted inside of living ones."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from activity import services as generations
from activity.conversation import Conversation
from activity.models import Generation
from chat import refusals, thread_services
from chat.models import IN_TRASH, Attachment, Message, Thread
from chat.queue.models import QueuedAttachment
from gallery.trash.kinds import Item
from gallery.trash.refusals import NotFound
from gallery.usage.keeping import keep_answers


class TrashedThreads:
    name, plural = "thread", "chats"

    def deleted(self) -> QuerySet[Thread]:
        return Thread.objects.filter(IN_TRASH)

    def listed(self, user: User) -> QuerySet[Thread]:
        return Thread.objects.trashed_by(user)

    def items(self, things: Sequence[Thread]) -> Sequence[Item]:
        return [self._item(thread) for thread in things]

    def _item(self, thread: Thread) -> Item:
        assert thread.deleted_at is not None  # noqa: S101  it is in the trash
        day = date_format(timezone.localtime(thread.last_activity_at), "DATE_FORMAT")
        return Item(
            kind=self.name,
            id=thread.pk,
            title=thread.title or _("New chat"),
            facts=_("Chat, last used on %(day)s") % {"day": day},
            deleted_at=thread.deleted_at,
            icon="message-circle",
        )

    def restore(self, *, user: User, id: UUID) -> None:
        try:
            thread_services.restore(user=user, thread_id=id)
        except refusals.NotFound as refusal:
            raise NotFound from refusal

    def put_back(self, *, user: User, id: UUID) -> None:
        try:
            thread_services.delete(user=user, thread_id=id)
        except refusals.NotFound as refusal:
            raise NotFound from refusal

    def stop(self, id: UUID) -> None:
        generation = generations.in_flight_in(Conversation("thread", id))
        if generation is not None:
            generations.stop(generation=generation)

    def locked(self, id: UUID, *, wait: bool) -> Thread | None:
        return self.deleted().select_for_update(skip_locked=not wait).filter(pk=id).first()

    def erase(self, thing: Thread) -> Iterable[UUID]:
        sent = Attachment.objects.filter(message__thread=thing)
        queued = QueuedAttachment.objects.filter(queued__thread=thing)
        files = set(sent.values_list("file", flat=True))
        files |= set(queued.values_list("file", flat=True))
        keep_answers(Generation.objects.filter(thread=thing))
        thing.delete()
        return files


class DeletedMessages:
    """Branches of a thread: each message is deleted with all below it."""

    name, plural = "message", "messages"

    def deleted(self) -> QuerySet[Message]:
        """The tops of what was deleted at one moment."""
        deleted = Message.objects.filter(IN_TRASH)
        return deleted.exclude(parent__deleted_at=F("deleted_at"))

    def locked(self, id: UUID, *, wait: bool) -> Message | None:
        """The thread first, as everybody locks."""
        thread_id = Message.objects.filter(pk=id).values_list("thread", flat=True).first()
        threads = Thread.objects.select_for_update(no_key=True, skip_locked=not wait)
        if thread_id is None or threads.filter(pk=thread_id).first() is None:
            return None
        return self.deleted().filter(pk=id).first()

    def erase(self, thing: Message) -> Iterable[UUID]:
        branch = _branch(thing)
        files = Attachment.objects.filter(message__in=branch).values_list("file", flat=True)
        pointed = set(files)
        keep_answers(Generation.objects.filter(message__in=branch))
        thing.delete()
        return pointed


def _branch(message: Message) -> list[UUID]:
    """A message and all below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE branch AS (
                SELECT id FROM chat_message WHERE id = %s
                UNION ALL
                SELECT m.id FROM chat_message m JOIN branch ON m.parent_id = branch.id
            )
            SELECT id FROM branch
            """,
            [message.pk],
        )
        return [row[0] for row in cursor.fetchall()]
