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
    name, plural, together = "thread", "chats", 5  # each may have thousands of messages

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

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[Thread]:
        rows = self.deleted().select_for_update(skip_locked=not wait)
        return list(rows.filter(pk__in=ids).order_by("pk"))

    def erase(self, things: Sequence[Thread]) -> Iterable[UUID]:
        sent = Attachment.objects.filter(message__thread__in=things)
        queued = QueuedAttachment.objects.filter(queued__thread__in=things)
        files = set(sent.values_list("file", flat=True))
        files |= set(queued.values_list("file", flat=True))
        keep_answers(Generation.objects.filter(thread__in=things))
        Thread.objects.filter(pk__in=[thread.pk for thread in things]).delete()
        return files


class DeletedMessages:
    """Branches of a thread: each message is deleted with all below it."""

    name, plural, together = "message", "messages", 5

    def deleted(self) -> QuerySet[Message]:
        """The tops of what was deleted at one moment."""
        deleted = Message.objects.filter(IN_TRASH)
        return deleted.exclude(parent__deleted_at=F("deleted_at"))

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[Message]:
        """Their threads first, as everybody locks."""
        thread_ids = Message.objects.filter(pk__in=ids).values("thread")
        threads = Thread.objects.select_for_update(no_key=True, skip_locked=not wait)
        held = list(threads.filter(pk__in=thread_ids).order_by("pk").values_list("pk", flat=True))
        return list(self.deleted().filter(pk__in=ids, thread__in=held))

    def erase(self, things: Sequence[Message]) -> Iterable[UUID]:
        branches = _branches(things)
        files = Attachment.objects.filter(message__in=branches).values_list("file", flat=True)
        pointed = set(files)
        keep_answers(Generation.objects.filter(message__in=branches))
        Message.objects.filter(pk__in=[message.pk for message in things]).delete()
        return pointed


def _branches(messages: Sequence[Message]) -> list[UUID]:
    """Messages and all below them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE branch AS (
                SELECT id FROM chat_message WHERE id = ANY(%s)
                UNION
                SELECT m.id FROM chat_message m JOIN branch ON m.parent_id = branch.id
            )
            SELECT id FROM branch
            """,
            [[message.pk for message in messages]],
        )
        return [row[0] for row in cursor.fetchall()]
