"""Rows of the benchmark's database, made directly: users with sessions, and long threads."""

import uuid
from collections import deque
from collections.abc import Sequence

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import User
from chat.models import Message, Role, Thread
from chat.seeding import seed
from providers.models import AIModel


def sessions(count: int) -> list[str]:
    """Session keys of this many signed-in users; those of an earlier scenario are used again."""
    names = [f"bench{number}@example.com" for number in range(count)]
    known = set(User.objects.filter(email__in=names).values_list("email", flat=True))
    User.objects.bulk_create(User(email=name) for name in names if name not in known)
    return [session_of(user) for user in User.objects.filter(email__in=names)]


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def model_id(slug: str) -> str:
    return str(AIModel.objects.get(slug=slug).pk)


def answers(threads: Sequence[str]) -> list[str]:
    """The saved text of every answer in these threads."""
    rows = Message.objects.filter(thread_id__in=threads, role=Role.ASSISTANT)
    return list(rows.values_list("content", flat=True))


def make_thread(owner: User, messages: int) -> Thread:
    """A thread of one path of this many messages."""
    thread = Thread.objects.create(owner=owner, title=f"{messages} messages", revision=1)
    ids = [uuid.uuid4() for _ in range(messages)]
    Message.objects.bulk_create(
        (
            Message(
                id=ids[i],
                thread=thread,
                parent_id=ids[i - 1] if i else None,
                role=Role.ASSISTANT if i % 2 else Role.USER,
                author=None if i % 2 else owner,
                content="A word about clay. " * 20,
                html="<p>A word about clay.</p>\n" * 20 if i % 2 else "",
                created_revision=1,
                revision=1,
            )
            for i in range(messages)
        ),
        batch_size=1000,
    )
    thread.leaf_id = ids[-1]
    thread.save(update_fields=["leaf"])
    return thread


def fill(owner: User, messages: int) -> None:
    """Made-up threads, of 50 messages on average, until there are this many messages in all."""
    missing = messages - Message.objects.count()
    if missing > 0:
        deque(seed(user=owner, threads=max(1, messages // 50), messages=missing), maxlen=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
