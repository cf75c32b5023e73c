"""Edit conversations in the trash. The posts that they made are not in it with them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import ngettext

from accounts.models import User
from activity import services as generations
from activity.conversation import Conversation
from files.models import File
from gallery.images import ImageStatus
from gallery.trash.kinds import Item
from gallery.trash.refusals import NotFound
from gallery.usage.keeping import keep_slots
from gallery.usage.reading import Slots
from imageedit import refusals, services
from imageedit.asking import KIND
from imageedit.models import IN_TRASH, EditConversation, Output, Reference


def _unmade() -> "QuerySet[Output]":
    """Those that are no images of posts, whose cost is told of these."""
    return Output.objects.exclude(status=ImageStatus.READY, file=None)


OUTPUTS = Slots(KIND, _unmade, "turn__conversation__owner", "turn__created_at")


class TrashedEdits:
    name, plural, together = "edit", "edit conversations", 20

    def deleted(self) -> QuerySet[EditConversation]:
        return EditConversation.objects.filter(IN_TRASH)

    def listed(self, user: User) -> QuerySet[EditConversation]:
        return EditConversation.objects.trashed_by(user)

    def items(self, things: Sequence[EditConversation]) -> Sequence[Item]:
        files = _sources_of(things)
        return [self._item(one, files.get(one.pk)) for one in things]

    def _item(self, conversation: EditConversation, file: File | None) -> Item:
        assert conversation.deleted_at is not None  # noqa: S101  it is in the trash
        facts = ngettext(
            "Image edit, %(count)s turn", "Image edit, %(count)s turns", conversation.turn_count
        )
        return Item(
            kind=self.name,
            id=conversation.pk,
            title=conversation.title,
            facts=facts % {"count": conversation.turn_count},
            deleted_at=conversation.deleted_at,
            icon="messages-square",
            file=file,
        )

    def restore(self, *, user: User, id: UUID) -> None:
        try:
            services.restore(user=user, conversation_id=id)
        except refusals.NotFound as refusal:
            raise NotFound from refusal

    def put_back(self, *, user: User, id: UUID) -> None:
        try:
            services.delete(user=user, conversation_id=id)
        except refusals.NotFound as refusal:
            raise NotFound from refusal

    def stop(self, id: UUID) -> None:
        generation = generations.in_flight_in(Conversation("edit", id))
        if generation is not None:
            generations.stop(generation=generation)

    def locked(self, ids: Sequence[UUID], *, wait: bool) -> Sequence[EditConversation]:
        rows = self.deleted().select_for_update(skip_locked=not wait)
        return list(rows.filter(pk__in=ids).order_by("pk"))

    def erase(self, things: Sequence[EditConversation]) -> Iterable[UUID]:
        outputs = Output.objects.filter(turn__conversation__in=things)
        references = Reference.objects.filter(turn__conversation__in=things)
        files = {one for one in outputs.values_list("file", flat=True) if one}
        files |= set(references.values_list("file", flat=True))
        keep_slots(OUTPUTS, _unmade().filter(turn__conversation__in=things))
        EditConversation.objects.filter(pk__in=[one.pk for one in things]).delete()
        return files


def _sources_of(things: Sequence[EditConversation]) -> dict[UUID, File]:
    """What each began with, where that is there."""
    rows = EditConversation.objects.filter(pk__in=[one.pk for one in things])
    rows = rows.filter(source__deleted_at=None).select_related("source__file__blob")
    return {one.pk: one.source.file for one in rows if one.source and one.source.file}
