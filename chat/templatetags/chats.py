"""Chats on pages that are about something else."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format

from chat.listing import Sidebar
from chat.models import Thread

register = template.Library()


@register.simple_tag
def recent_chats(sidebar: Sidebar, limit: int = 6) -> Sequence[Thread]:
    """The newest ones, pinned or not: the sidebar's first page has them all."""
    threads = [thread for _label, group in sidebar.groups for thread in group]
    return sorted(threads, key=lambda thread: thread.last_activity_at, reverse=True)[:limit]


@register.filter
def when(moment: datetime) -> str:
    """The time of today, or another day."""
    local = timezone.localtime(moment)
    if local.date() >= timezone.localdate():
        return time_format(local, "H:i")
    return date_format(local, "MONTH_DAY_FORMAT")
