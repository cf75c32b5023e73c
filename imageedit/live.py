"""Edit conversations on the live channel, by the templates of their pages."""

from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import User
from activity.live.conversations import Changes, Row
from imageedit.models import EditConversation
from imageedit.pages import conversation_context


class LiveEdit:
    kind = "edit"

    def changes_since(self, *, user: User, id: UUID, revision: int) -> Changes | None:
        context = conversation_context(user, id, since=revision)
        if context is None:
            return None
        now = context["conversation"].revision
        content = ""
        if now != revision:
            content = render_to_string("imageedit/_changes.html", {"user": user, **context})
        return Changes(revision=now, busy=context["busy"], content=content, streams=[])

    def mark_seen(self, *, user: User, id: UUID, revision: int) -> None:
        """Its dot goes where there is nothing newer."""
        seen = EditConversation.objects.visible_to(user).filter(
            pk=id, unread=True, revision__lte=revision
        )
        if seen.update(unread=False):
            from activity import events

            events.publish([events.listing_changed(user.pk, "edit", id)])

    def row(self, *, user: User, id: UUID) -> Row | None:
        """The sidebar does not list them."""
        return None

    def listing(self, *, user: User) -> str:
        return ""
