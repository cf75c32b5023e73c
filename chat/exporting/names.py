"""File names that every system takes, and that say which chat it is."""

import re

from chat.models import Thread
from files.models import File

MAX_TITLE = 80
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u2028-\u202e\u2066-\u2069]+')


def title_in_name(thread: Thread) -> str:
    """The title without what a file name cannot hold; "chat" where nothing is left."""
    return _everywhere(thread.title)[:MAX_TITLE].strip(". ") or "chat"


def _everywhere(name: str) -> str:
    return " ".join(_NOT_IN_NAMES.sub(" ", name).split())


def download_name(thread: Thread, suffix: str) -> str:
    # After a word, so that no name is one that Windows keeps for itself.
    return f"Chat {title_in_name(thread)}.{suffix}"


def archive_name(thread: Thread) -> str:
    """The name in an archive, without its suffix; no two threads share one."""
    day = thread.created_at.date().isoformat()
    return f"threads/{day} {title_in_name(thread)} {thread.pk.hex[:12]}"


def file_name(file: File) -> str:
    """Where an attached file is in an archive. The same one is there once, however often it was
    attached."""
    return f"files/{file.blob_id[:16]} {_everywhere(file.name) or 'file'}"
