"""The parts of a long thread over HTTP."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.refusals import refusals_as_json
from accounts.requests import SignedInRequest
from activity.reading import consistent_read
from chat import window
from chat.models import Thread
from chat.pages import with_stream
from chat.refusals import MessageGone, PathChanged
from chat.tree import with_siblings
from chat.views import revision_of, uuid_of
from chat.window import Window


@require_GET
@login_required
@refusals_as_json
def messages(request: SignedInRequest, thread_id: UUID) -> HttpResponse:
    """A page of messages `before`, `after` or `around` one, else the newest; for a page that
    shows `revision`, so without the messages that the live channel is about to bring it."""
    revision = revision_of(request.GET.get("revision", ""))
    with consistent_read():
        thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
        if thread.path_revision > revision:
            raise PathChanged
        found = _wanted(request, thread)
        known = [one for one in found.messages if one.created_revision <= revision]
        with_siblings(thread, known)
    complete = len(known) == len(found.messages)
    shown = Window(
        [with_stream(one) for one in known], found.more_above, found.more_below and complete
    )
    context = {"thread": thread, "window": shown, "messages": shown.messages}
    return render(request, "chat/_messages.html", context)


def _wanted(request: SignedInRequest, thread: Thread) -> Window:
    if "before" in request.GET:
        return window.above(thread, uuid_of(request.GET["before"]))
    if "after" in request.GET:
        return window.below(thread, uuid_of(request.GET["after"]))
    if "around" in request.GET:
        found = window.around(thread, uuid_of(request.GET["around"]))
        if found is None:
            raise MessageGone
        return found
    return window.newest(thread)
