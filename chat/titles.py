"""A title for a thread from its first exchange, by the model that answered.

It is a trifle beside the answer: no lock, no activity, one attempt, and whatever goes wrong the
first words of the question stay the title.
"""

import re
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.refusals import Refusal
from activity.delivery import deliver
from chat import thread_services
from chat.models import Role, Status, Thread, TitleBy
from chat.services import title_of
from providers.base import ChatMessage, Endpoint, ProviderError, TextDelta, TextRequest
from providers.registry import endpoint_for, text_provider
from providers.sessions import Sessions

log = structlog.get_logger(__name__)

SECONDS = 15.0
EXCERPT_CHARS = 1_500  # of the question and of the answer
MAX_TOKENS = 400  # for models that think before they write; a title takes ten
ENOUGH_CHARS = 200
INSTRUCTION = (
    "Write a title for this conversation in its language: at most six words, no quotation marks, "
    "no full stop. Answer with the title alone."
)


@dataclass(frozen=True, slots=True)
class Work:
    endpoint: Endpoint
    request: TextRequest


def is_wanted(thread: Thread) -> bool:
    """Whether a model's title would be better than what the thread has."""
    return settings.TITLES and thread.title_by == TitleBy.WORDS and thread.title_asked_at is None


def ask(thread_id: UUID) -> None:
    """Send the task. When that fails the first words stay."""
    from chat.tasks import make_title  # the task imports this module

    deliver(make_title, thread_id)


def make(thread_id: UUID) -> None:
    """Ask the model and keep its title, unless somebody has written one or was here before."""
    from activity.worker import current_worker  # its event loop belongs to workers only

    if not claim(thread_id):
        return
    try:
        work = prepare(thread_id)
        connection.close()  # the model may take its time
        if work is None:
            return
        words = current_worker().wait_for(lambda sessions: write(work, sessions), seconds=SECONDS)
    except (ProviderError, TimeoutError) as error:
        log.info("title_not_made", thread=str(thread_id), error=repr(error)[:200])
        return
    if title := clean(words):
        keep(thread_id, title)


def claim(thread_id: UUID) -> bool:
    """A guarded update, which a doubled delivery finds done: one request a thread."""
    threads = Thread.objects.filter(pk=thread_id, title_by=TitleBy.WORDS, title_asked_at=None)
    return bool(threads.filter(deleted_at=None).update(title_asked_at=Now()))


def prepare(thread_id: UUID) -> Work | None:
    """The first exchange as a request; None where it is not there any more."""
    thread = Thread.objects.get(pk=thread_id)
    answers = thread.messages.filter(role=Role.ASSISTANT, status=Status.COMPLETED)
    answer = answers.select_related("parent", "model__provider").order_by("revision").first()
    if answer is None or answer.parent is None or answer.model is None:
        return None
    exchange = "\n\n".join(
        f"{name}: {message.content[:EXCERPT_CHARS]}"
        for name, message in (("User", answer.parent), ("Assistant", answer))
    )
    messages = [ChatMessage("system", INSTRUCTION), ChatMessage("user", exchange)]
    return Work(endpoint_for(answer.model), TextRequest(messages, max_tokens=MAX_TOKENS))


async def write(work: Work, sessions: Sessions) -> str:
    words = ""
    async with aclosing(text_provider(work.endpoint, sessions).stream(work.request)) as stream:
        async for event in stream:
            if isinstance(event, TextDelta):
                words += event.text
            if len(words.lstrip()) > ENOUGH_CHARS:
                break
    return words


def clean(words: str) -> str:
    """The first line that says something, without marks around it; "" where there is none."""
    words = re.sub(r"<think>.*?(</think>|\Z)", "", words, flags=re.DOTALL | re.IGNORECASE)
    for line in words.splitlines():
        line = re.sub(r"^(title|título)\s*:\s*", "", line.strip(EDGES), flags=re.IGNORECASE)
        try:
            return thread_services.clean_title(title_of(line.strip(EDGES)))
        except Refusal:
            continue
    return ""


EDGES = " \t\"'`*_#“”‘’«».:;,-"


def keep(thread_id: UUID, title: str) -> bool:
    """Save the model's title. False: a person was faster, or the thread is gone."""
    with transaction.atomic(durable=True):
        threads = Thread.objects.filter(pk=thread_id, title_by=TitleBy.WORDS, deleted_at=None)
        if not threads.update(title=title, title_by=TitleBy.MODEL):
            return False
        thread_services.announce(Thread.objects.get(pk=thread_id))
    return True
