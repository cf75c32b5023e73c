"""Sockets of people who are not signed in any more: after a sign-out, a new password, a closed
account. Whoever changes any of these writes a session or a user, so those writes are watched
(this layer cannot be called by `accounts`); a socket that is told looks for itself."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save

from activity import events

WATCHED_FIELDS = {"password", "is_active"}


def watch() -> None:
    """To be called once, when all apps are loaded."""
    post_delete.connect(_on_session_deleted, sender=Session)
    post_save.connect(_on_user_saved, sender=settings.AUTH_USER_MODEL)
    post_delete.connect(_on_user_saved, sender=settings.AUTH_USER_MODEL)


def is_signed_in(session_key: str | None) -> bool:
    """Whether the session exists, and its user is active and has not changed the password."""
    request: Any = SimpleNamespace(session=SessionStore(session_key))
    return get_user(request).is_authenticated


def _on_session_deleted(instance: Session, **kwargs: Any) -> None:
    user_id = instance.get_decoded().get(SESSION_KEY)
    if user_id:
        events.publish_on_commit([events.session_ended(user_id, instance.session_key)])


def _on_user_saved(instance: Any, update_fields: frozenset[str] | None = None, **kw: Any) -> None:
    if update_fields is None or WATCHED_FIELDS & update_fields:
        events.publish_on_commit([events.session_ended(instance.pk)])
