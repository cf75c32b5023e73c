"""What a worker does for an import: a slice of the file, then others have their turn."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation

from activity import events
from activity.jobs import Held, Lost
from chat.importing import formats, lease
from chat.importing.conversation import Conversation, UnreadableChat
from chat.importing.files import Found, Source, Unreadable, open_source
from chat.importing.keeping import forget_file
from chat.importing.models import ImportJob, ImportState
from chat.importing.report import Report
from chat.importing.saving import plan, write

log = structlog.get_logger(__name__)

SLICE_SECONDS = 5.0  # the media worker has more to do than imports
BATCH_SECONDS = 1.0
BATCH_MESSAGES = 500
BATCH_CHATS = 50


@dataclass(slots=True)
class Batch:
    """Chats that are written together."""

    chats: list[Conversation] = field(default_factory=list)
    skipped: list[UnreadableChat] = field(default_factory=list)
    messages: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, chat: Conversation | UnreadableChat) -> None:
        if isinstance(chat, UnreadableChat):
            self.skipped.append(chat)
        else:
            self.chats.append(chat)
            self.messages += len(chat.nodes)

    def has(self, chat: Conversation | UnreadableChat) -> bool:
        """Whether it holds this very chat: a file may have it twice."""
        return isinstance(chat, Conversation) and any(
            (one.source, one.id) == (chat.source, chat.id) for one in self.chats
        )

    def is_full(self) -> bool:
        return (
            self.messages >= BATCH_MESSAGES
            or len(self.chats) + len(self.skipped) >= BATCH_CHATS
            or time.monotonic() - self.began >= BATCH_SECONDS
        )


def run(job_id: UUID) -> None:
    """Import a slice of a job, if it is there to be taken, and send it on."""
    held = lease.claim(job_id)
    if held is None:
        return
    try:
        _run(held)
    except Lost:
        log.info("import_lost", job=str(job_id))
    except Exception:
        log.exception("import_broke", job=str(job_id))
        with suppress(Lost):
            held.give_back()  # the sweep sends it again, a few times


def _run(held: Held[ImportJob]) -> None:
    job = held.job
    if job.attempt > lease.MAX_ATTEMPTS:
        _end(held, ImportState.FAILED, "keeps_failing")
        return
    report = Report.load(job.report)
    try:
        with translation.override(job.owner.language or settings.LANGUAGE_CODE):
            finished = _slice(held, report)
    except Unreadable as reason:
        if reason.code == "cut_off" and report.chats:
            _end(held, ImportState.COMPLETED, "cut_off")
        else:
            _end(held, ImportState.FAILED, reason.code)
    except FileNotFoundError:
        _end(held, ImportState.FAILED, "file_lost")
    else:
        if not finished:
            held.give_back(attempt=0)
            lease.send(job.pk)
        elif report.chats:
            _end(held, ImportState.COMPLETED)
        else:
            _end(held, ImportState.FAILED, "unknown_format")
    _announce(held)


def _slice(held: Held[ImportJob], report: Report) -> bool:
    """Import until the time is up; True at the end of the file. Raises Unreadable, Lost."""
    until = time.monotonic() + SLICE_SECONDS
    job = held.job
    with job.file.open("rb") as file:
        source = open_source(file)
        for batch, last in _batches(held, source):
            _save(held, batch, last, report, source.total_bytes)
            if time.monotonic() > until:
                return False
    return True


def _batches(held: Held[ImportJob], source: Source) -> Iterator[tuple[Batch, Found]]:
    """The rest of the file, and how far each batch goes. What stands before the place where a
    file breaks is a batch, too."""
    batch, last = Batch(), None
    try:
        for found in source.elements(held.job.member, held.job.offset):
            held.keep()
            chat = _read(found)
            if last and (batch.is_full() or batch.has(chat)):
                yield batch, last
                batch = Batch()
            batch.add(chat)
            last = found
    except Unreadable:
        if last:
            yield batch, last
        raise
    if last:
        yield batch, last


def _read(found: Found) -> Conversation | UnreadableChat:
    try:
        return formats.parse(found.element)
    except UnreadableChat as reason:
        return reason


def _save(
    held: Held[ImportJob], batch: Batch, last: Found, report: Report, total_bytes: int
) -> None:
    """Write a batch and the progress of the job in one transaction: a worker that dies leaves
    either both or neither. The job's row is locked first, so that nobody else can go on."""
    owner = held.job.owner
    plans = plan(owner, batch.chats, keep=held.keep)
    with transaction.atomic(durable=True):
        held.update()
        for reason in batch.skipped:
            report.skip(reason.reason, reason.title)
        write(owner, plans, report)
        held.update(
            member=last.member,
            offset=last.element.end,
            read_bytes=last.read_bytes,
            total_bytes=total_bytes,
            report=report.dump(),
            attempt=0,
        )


def _end(held: Held[ImportJob], state: ImportState, error_code: str = "") -> None:
    held.end(state, error_code)
    forget_file(held.job)


def _announce(held: Held[ImportJob]) -> None:
    events.publish([events.listing_renewed(held.job.owner_id)])
