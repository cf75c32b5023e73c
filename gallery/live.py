"""Posts on the live channel. Page, fragment and websocket render the same templates."""

from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import User
from activity.live.conversations import Changes, Row, Stream
from activity.models import Generation
from gallery.models import CaptionStatus
from gallery.pages import post_context
from gallery.works import sidebar_posts, sidebar_rows


class LivePost:
    kind = "post"

    def changes_since(self, *, user: User, id: UUID, revision: int) -> Changes | None:
        context = post_context(user, id)
        if context is None:
            return None
        post = context["post"]
        content = ""
        if post.revision != revision:
            content = render_to_string("gallery/_changes.html", {"user": user, **context})
        return Changes(
            revision=post.revision, busy=context["busy"], content=content, streams=streams_of(id)
        )

    def mark_seen(self, *, user: User, id: UUID, revision: int) -> None:
        """Whether a post was seen is told nowhere."""

    def row(self, *, user: User, id: UUID) -> Row | None:
        post = sidebar_rows(user).filter(pk=id).first()
        if post is None:
            return None
        return Row(render_to_string("gallery/_post_row.html", {"post": post}), group="posts")

    def listing(self, *, user: User) -> str:
        return render_to_string("gallery/_listing.html", {"recent_posts": sidebar_posts(user)})


def streams_of(post_id: UUID) -> list[Stream]:
    """The caption that is being written."""
    writing = Generation.objects.in_flight().filter(
        post=post_id, exchange__caption_status=CaptionStatus.WAITING
    )
    return [Stream(pk, str(post_id)) for pk in writing.values_list("pk", flat=True)]
