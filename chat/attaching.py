"""Files that go with a message: which may, and what a page reads of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from accounts.models import User
from chat.models import Attachment, Message
from chat.refusals import FileGone, FileNotReady, NoSight, TooManyFiles
from files.models import File
from providers.models import AIModel


def with_files() -> "Prefetch[Any]":
    """For messages whose files are shown: one query for all of them."""
    return Prefetch("attachments", Attachment.objects.select_related("file__blob"))


def read_files(messages: Sequence[Message]) -> None:
    """The same for messages that know whether they have any: no query where none has."""
    have = [message for message in messages if message.has_files]
    prefetch_related_objects(have, with_files())


def chosen(user: User, file_ids: Sequence[UUID]) -> list[File]:
    """The user's own files, ready to be sent, in this order. Raises TooManyFiles, FileGone or
    FileNotReady. To be called in the transaction that attaches them."""
    wanted = list(dict.fromkeys(file_ids))
    if len(wanted) > settings.MAX_ATTACHMENTS:
        raise TooManyFiles(limit=settings.MAX_ATTACHMENTS)
    # Locked, for files that nothing points to are removed now and then.
    rows = File.objects.visible_to(user).select_for_update(of=("self",), no_key=True)
    found = rows.select_related("blob").in_bulk(wanted)
    files = [found[one] for one in wanted if one in found]
    if len(files) < len(wanted):
        raise FileGone
    for file in files:
        if not file.blob.is_ready:
            raise FileNotReady(name=file.name, problem=file.problem)
    return files


def require_sight(model: AIModel, files: Sequence[File]) -> None:
    """Raises NoSight where a model is to see images that it cannot."""
    if not model.vision and any(file.blob.is_image for file in files):
        raise NoSight(model=model.name)


def attach(message: Message, files: Sequence[File]) -> None:
    rows = [
        Attachment(message=message, file=file, position=position)
        for position, file in enumerate(files)
    ]
    Attachment.objects.bulk_create(rows)
