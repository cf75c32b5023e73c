"""What the search dialog lists: chats by title, then messages; for no query the newest chats."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from activity.keyset import cursor, read_cursor
from chat import excerpts, search
from chat.excerpts import Pieces
from chat.models import Thread

PAGE, TITLES = 20, 8


@dataclass(frozen=True, slots=True)
class Option:
    """Something to go to. `excerpt`: words of a message in it."""

    url: str
    title: Pieces
    thread: Thread | None = None
    icon: str = "message-circle"
    excerpt: Pieces = ()


@dataclass(frozen=True, slots=True)
class Palette:
    """Groups of options under a heading. `more_url`: where further messages are, or ""."""

    groups: Sequence[tuple[str, Sequence[Option]]]
    more_url: str = ""
    is_continued: bool = False
    note: str = field(default="")

    @property
    def count(self) -> int:
        return sum(len(options) for _label, options in self.groups)


def palette(user: User, text: str, *, after: str = "") -> Palette:
    """One page of what matches. Raises nothing: a search that takes too long says so."""
    query = search.parse(text)
    below = read_cursor(after)
    if not text.strip():
        groups = [(_("Recent chats"), recent(user)), (_("Go to"), places(""))]
        return Palette(groups)
    titles = [] if below else by_title(user, query)
    try:
        messages, more_url = by_message(user, text, query, below, PAGE - len(titles))
    except search.TooSlow:
        messages, more_url = [], ""
        note = _("Searching messages took too long. Add a word.")
    else:
        note = ""
    groups = [(_("Chats"), titles), (_("Messages"), messages)]
    if not below:
        groups.append((_("Go to"), places(text)))
    return Palette([group for group in groups if group[1]], more_url, below is not None, note)


def recent(user: User) -> Sequence[Option]:
    threads = Thread.objects.visible_to(user).newest_first()[:PAGE]
    return [to_thread(thread) for thread in threads]


def by_title(user: User, query: search.Query) -> Sequence[Option]:
    if not query.in_titles:
        return []
    threads = search.titles(user, query, limit=TITLES)
    marked = excerpts.of_titles([thread.pk for thread in threads], query)
    return [to_thread(thread, title=marked.get(thread.pk)) for thread in threads]


def by_message(
    user: User, text: str, query: search.Query, below: search.Position | None, limit: int
) -> tuple[Sequence[Option], str]:
    """A page of messages, and where the next one is."""
    if not query.in_messages:
        return [], ""
    found = search.messages(user, query, limit=limit + 1, below=below)
    more_url = ""
    if len(found) > limit:
        found = found[:limit]
        values = {"q": text, "after": cursor(*found[-1].position)}
        more_url = f"{reverse('chat:search')}?{urlencode(values)}"
    marked = excerpts.of_messages([one.message_id for one in found], query)
    threads = Thread.objects.visible_to(user).in_bulk([one.thread_id for one in found])
    return [
        to_thread(threads[one.thread_id], message_id=one.message_id, excerpt=marked[one.message_id])
        for one in found
        if one.thread_id in threads and one.message_id in marked
    ], more_url


def to_thread(
    thread: Thread,
    *,
    title: Pieces | None = None,
    message_id: UUID | None = None,
    excerpt: Pieces = (),
) -> Option:
    url = reverse("chat:thread", args=[thread.pk])
    if message_id:
        url += f"#message-{message_id}"
    name = thread.title or _("New chat")
    return Option(url, title or [(name, False)], thread=thread, excerpt=excerpt)


def places(text: str) -> Sequence[Option]:
    """Pages whose name has these words."""
    pages = [
        (_("New chat"), "chat:new", "square-pen"),
        (_("Archived chats"), "chat:archive_page", "archive"),
        (_("Settings"), "accounts:settings", "settings"),
    ]
    wanted = text.strip().casefold()
    return [
        Option(reverse(route), [(name, False)], icon=icon)
        for name, route, icon in pages
        if wanted in name.casefold()
    ]
