"""Django's one-off messages under a name that no view uses."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message

register = template.Library()


@register.simple_tag(takes_context=True)
def notices(context: dict[str, Any]) -> Iterable[Message]:
    """The messages that wait for this visitor; they are shown once. A chat page has `messages`
    of its own, which hide those of the context processor."""
    request = context.get("request")
    return get_messages(request) if request else ()
