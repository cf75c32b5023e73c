"""What the pages of a thread show."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from activity.models import GenerationLock
from activity.reading import consistent_read
from activity.streaming import store
from activity.streaming.ids import thoughts_id
from chat import listing
from chat.asking import default_model
from chat.models import Message, Thread
from chat.picker import shortlist
from chat.queue.pages import queue_context
from chat.tree import with_siblings
from chat.window import at_first_unread

LOCKS = GenerationLock.objects.filter(thread=OuterRef("pk"))


def new_context(user: User) -> dict[str, Any]:
    return {"thread": None, "messages": [], "revision": 0, "busy": False} | _composer(user, None)


def thread_context(user: User, thread_id: UUID) -> dict[str, Any] | None:
    """All of a thread's page at one revision; None where the user may not see it."""
    with consistent_read():
        rows = Thread.objects.visible_to(user).filter(pk=thread_id)
        thread = rows.annotate(busy=Exists(LOCKS)).first()
        if thread is None:
            return None
        shown, unread = at_first_unread(thread)
        with_siblings(thread, shown.messages)
        queue = queue_context(thread)
    messages = [with_stream(message) for message in shown.messages]
    return {
        "thread": thread,
        "messages": messages,
        "revision": thread.revision,
        "busy": thread.busy,  # type: ignore[attr-defined]  # annotated
        "window": shown,
        "unread": unread,
        "current_thread_id": thread.pk,
    } | (queue | _composer(user, thread))


def _composer(user: User, thread: Thread | None) -> dict[str, Any]:
    target = thread.pk if thread else uuid4()
    selected = default_model(user, thread)
    is_replaced = thread and selected and thread.model_id != selected.pk
    return {
        # For a form that is sent before the scripts run; they make ids of their own.
        "send_url": reverse("chat:send", args=[target]),
        "client_id": uuid4(),
        "models": shortlist(user),
        "selected_model": selected,
        # The thread's own model, where it cannot be asked any more.
        "replaced_model": thread.model if thread and is_replaced else None,
        "max_context_tokens": settings.MAX_CONTEXT_TOKENS,
    }


def with_stream(message: Message) -> Message:
    """A message that is being written shows the text so far, from where the live stream goes
    on. An outage of Redis only means that the page fills a moment later."""
    if message.is_generating:
        generation_id = message.generation.pk
        message.html = _html_so_far(generation_id)
        message.reasoning_html = _html_so_far(thoughts_id(generation_id))
    return message


def _html_so_far(text_id: UUID) -> str:
    snapshot = store.read_snapshot_sync(text_id)
    return snapshot.closed + snapshot.tail if snapshot else ""


def sidebar(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the sidebar, read once, and only by pages that show it."""
    user = request.user
    if not isinstance(user, User):
        return {}
    return {"sidebar": SimpleLazyObject(lambda: listing.sidebar(user))}
