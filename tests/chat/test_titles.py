"""The title that a model makes of the first exchange: a trifle beside the answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import ConversationActivity, Generation, GenerationLock, State
from chat import thread_services, titles
from chat.models import Thread, TitleBy
from chat.services import TITLE_CHARS
from chat.tasks import make_title
from providers.base import Completed, ProviderTimeout, TextDelta, Usage
from providers.demo.title import title_answer
from tests.factories import make_running, send, thread_of
from tests.races.race import at_once
from tests.studio import Studio, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Model:
    """A provider that says `words`, counts requests, and may first do something."""

    def __init__(self, words: str, before: Any = None) -> None:
        self.words, self.before, self.requests = words, before, 0

    def __call__(self, *_: Any) -> "Model":
        return self

    async def stream(self, request: Any) -> AsyncIterator[Any]:
        self.requests += 1
        self.request = request
        if self.before is not None:
            await self.before()
        for word in self.words.split(" "):
            yield TextDelta(f"{word} ")
        yield Completed(Usage(), "stop")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Threads whose titles were asked for, in place of the queue."""
    asked: list[Any] = []
    monkeypatch.setattr(titles, "ask", asked.append)
    return asked


def use(monkeypatch: pytest.MonkeyPatch, model: Model) -> Model:
    monkeypatch.setattr(titles, "text_provider", model)
    return model


def end(running: Generation, state: State = State.COMPLETED, text: str = "Clay is earth.") -> None:
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=Outcome(state, text=text))


@pytest.fixture
def answered(owner: User, asked: list[Any]) -> Thread:
    """A thread whose first answer is complete."""
    running = make_running(owner, text="What is clay made of?")
    end(running)
    return thread_of(running)


def title(thread: Thread) -> tuple[str, str]:
    thread.refresh_from_db()
    return thread.title, thread.title_by


def test_the_first_complete_answer_asks_for_a_title(owner: User, asked: list[Any]) -> None:
    first = make_running(owner)
    end(first, State.FAILED)
    assert asked == []

    second = send(owner, thread_id=first.thread_id).generation
    ledger.claim(second.pk, worker="test")
    second.refresh_from_db()
    end(second)

    assert asked == [first.thread_id]


def test_a_persons_title_is_not_bettered(owner: User, asked: list[Any]) -> None:
    running = make_running(owner)
    thread_services.rename(user=owner, thread_id=thread_of(running).pk, title="Mine")

    end(running)

    assert asked == []


def test_titles_can_be_switched_off(owner: User, asked: list[Any], settings: LazySettings) -> None:
    settings.TITLES = False

    end(make_running(owner))

    assert asked == []


def test_the_model_is_asked_once_however_often_the_task_comes(
    answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = use(monkeypatch, Model('"What clay is made of"'))
    revision = answered.revision

    at_once([lambda: make_title(str(answered.pk)) for _ in range(5)])

    assert model.requests == 1
    assert title(answered) == ("What clay is made of", TitleBy.MODEL)
    assert answered.revision == revision + 1
    assert "What is clay made of?" in model.request.messages[1].text
    assert "Clay is earth." in model.request.messages[1].text


def test_it_takes_no_lock_and_is_no_activity(
    answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answered.last_activity_at
    use(monkeypatch, Model("Clay"))

    titles.make(answered.pk)

    answered.refresh_from_db()
    assert answered.last_activity_at == before
    assert not GenerationLock.objects.exists()
    assert not ConversationActivity.objects.get().is_generating
    assert Generation.objects.count() == 1


def test_a_person_who_renames_meanwhile_wins(
    owner: User, answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rename() -> None:
        def now() -> None:
            thread_services.rename(user=owner, thread_id=answered.pk, title="Mine")
            connection.close()

        await asyncio.to_thread(now)

    use(monkeypatch, Model("Clay", rename))

    titles.make(answered.pk)

    assert title(answered) == ("Mine", TitleBy.PERSON)


def test_a_deleted_thread_is_left_alone(
    owner: User, answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = use(monkeypatch, Model("Clay"))
    thread_services.delete(user=owner, thread_id=answered.pk)

    titles.make(answered.pk)

    assert model.requests == 0


async def fail() -> None:
    raise ProviderTimeout("slow")


async def hang() -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("trouble", [fail, hang])
def test_the_first_words_stay_when_the_model_fails(
    trouble: Any, answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "SECONDS", 0.2)
    model = use(monkeypatch, Model("Clay", trouble))

    titles.make(answered.pk)
    titles.make(answered.pk)

    assert model.requests == 1  # one attempt
    assert title(answered) == ("What is clay made of?", TitleBy.WORDS)


def test_a_model_that_does_not_stop_is_cut_short(
    answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, Model("word " * 100_000))

    titles.make(answered.pk)

    assert len(title(answered)[0]) <= TITLE_CHARS + 1  # an ellipsis


def test_a_queue_that_is_away_harms_nothing(
    answered: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("away")

    monkeypatch.undo()
    monkeypatch.setattr(make_title, "apply_async", refuse)

    titles.ask(answered.pk)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ('"Kiln costs"', "Kiln costs"),
        ("“Kiln costs”.", "Kiln costs"),
        ("**Title: Kiln costs**", "Kiln costs"),
        ("Título: Custos do forno", "Custos do forno"),
        ("# Kiln costs\n\nThis talk is about", "Kiln costs"),
        ("\n\n  \nKiln costs", "Kiln costs"),
        ("<think>What could\nit be?</think>\nKiln costs", "Kiln costs"),
        ("<think>What could it be", ""),
        ("Kiln\tcosts\x07 \u202e", "Kiln costs"),
        ("", ""),
        ('"" ...', ""),
        ("C++ and C#", "C++ and C"),
        ("a" * 80, "a" * 60 + "…"),
    ],
)
def test_a_title_is_cleaned(words: str, expected: str) -> None:
    assert titles.clean(words) == expected


def test_the_demo_names_what_was_asked(answered: Thread) -> None:
    work = titles.prepare(answered.pk)

    assert work is not None
    assert title_answer(work.request.messages) == "Clay made"


@pytest.mark.stack
def test_a_worker_makes_the_title_after_the_answer(studio: Studio, owner: User) -> None:
    soon = {"ATELIER_HEARTBEAT_SECONDS": "0.5", "ATELIER_RESEND_SECONDS": "0.5"}
    studio.environment |= soon | {"ATELIER_TITLES": "1"}
    studio.start_worker()
    question = "Please compare porcelain with stoneware in 5 words"
    thread_id = send(owner, question).generation.thread_id

    wait_until(
        lambda: Thread.objects.get(pk=thread_id).title_by == TitleBy.MODEL, what="a model's title"
    )

    assert Thread.objects.get(pk=thread_id).title == "Compare porcelain stoneware"
