"""Made-up threads in large numbers, to see and measure the studio as it is after years of use."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from activity.copying import copy
from activity.models import ConversationActivity
from activity.streaming.markdown import render
from chat.models import Message, Role, Thread
from providers.base import ChatMessage
from providers.demo.writer import writer_answer
from providers.models import AIModel

BATCH = 20_000  # messages a transaction
TEXTS = 400
YEARS = 2
LARGEST = 60  # times a small thread
REGENERATED, EDITED, UNREAD = 0.08, 0.04, 0.03
SUBJECTS = """
clay kiln glaze pottery garden tomatoes bread sourdough train timetable piano scales river
bicycle chain python generator tax form letter birthday poem lighthouse budget spreadsheet
cerâmica forno horta viagem Lisboa receita feijão chuva sabiá
""".split()  # noqa: SIM905 (a list of 35 lines says no more)


@dataclass(frozen=True, slots=True)
class Text:
    question: str
    answer: str
    html: str


@dataclass(slots=True)
class Draft:
    """Rows of one thread while it is made up."""

    thread: Thread
    messages: list[Message] = field(default_factory=list)


def seed(*, user: User, threads: int, messages: int, chance: int = 1) -> Iterator[int]:
    """Make this many threads with this many messages together, the same ones for the same
    `chance` save their ids and dates; yields how many messages there are so far."""
    dice = random.Random(chance)  # noqa: S311
    texts = _texts(dice)
    usable: list[AIModel | None] = [*AIModel.objects.available().text()]
    drafts: list[Draft] = []
    made = waiting = 0
    for size in _sizes(dice, threads, messages):
        drafts.append(_Writer(dice, texts, user, dice.choice(usable or [None])).write(size))
        waiting += size
        if waiting >= BATCH:
            _save(drafts)
            made, waiting, drafts = made + waiting, 0, []
            yield made
    _save(drafts)
    yield made + waiting


def _sizes(dice: random.Random, threads: int, messages: int) -> list[int]:
    """A few long threads and many short ones, with `messages` in all."""
    if not threads:
        return []
    weights = [min(LARGEST, dice.paretovariate(1.2)) for _ in range(threads)]
    scale = max(0, messages - 2 * threads) / sum(weights)
    sizes = [2 + int(weight * scale) if messages >= 2 * threads else 0 for weight in weights]
    for number in range(messages - sum(sizes)):
        sizes[number % threads] += 1
    return sizes


def _texts(dice: random.Random) -> list[Text]:
    """A pool to draw from: rendering is what takes time."""
    pool = []
    for number in range(TEXTS):
        subjects = " and ".join(dice.sample(SUBJECTS, 2))
        words = min(900, 15 + int(dice.paretovariate(1.1) * 40))
        question = f"Write {words} words about {subjects}, number {number}"
        answer = writer_answer([ChatMessage("user", question)])
        pool.append(Text(question, answer, render(answer)))
    return pool


class _Writer:
    """Makes one thread up. Its revisions are those that sending and answering would have left:
    a question and its placeholder take one, the finished answer the next."""

    def __init__(
        self, dice: random.Random, texts: Sequence[Text], user: User, model: AIModel | None
    ) -> None:
        self.dice, self.texts, self.user, self.model = dice, texts, user, model
        self.at = self._beginning()
        first = dice.choice(texts).question
        self.draft = Draft(Thread(owner=user, title=first[:60], model=model, created_at=self.at))

    def write(self, size: int) -> Draft:
        thread, messages = self.draft.thread, self.draft.messages
        leaf: UUID | None = None
        while len(messages) < size:
            if leaf and self.dice.random() < EDITED and size - len(messages) >= 4:
                self._exchange(leaf)  # the version before the edit, with its answer
                thread.path_revision = thread.revision + 1
            leaf = self._exchange(leaf, only_question=size - len(messages) == 1)
            if self.dice.random() < REGENERATED and len(messages) < size:
                thread.path_revision = thread.revision + 1
                leaf = self._answer(self.draft.messages[-1].parent_id, self._begin()) or leaf
        thread.leaf_id = leaf
        thread.last_activity_at = self.at
        thread.unread = self.dice.random() < UNREAD
        return self.draft

    def _beginning(self) -> datetime:
        """More lately than long ago."""
        return timezone.now() - timedelta(days=365 * YEARS * self.dice.random() ** 2, minutes=5)

    def _begin(self) -> Text:
        self.draft.thread.revision += 1
        self.at = min(timezone.now(), self.at + timedelta(seconds=self.dice.expovariate(1 / 90)))
        return self.dice.choice(self.texts)

    def _exchange(self, parent: UUID | None, *, only_question: bool = False) -> UUID:
        text = self._begin()
        question = self._message(
            parent_id=parent, role=Role.USER, author=self.user, content=text.question
        )
        return question.pk if only_question else self._answer(question.pk, text)

    def _answer(self, question: UUID | None, text: Text) -> UUID:
        thread = self.draft.thread
        tokens = len(text.answer) // 4
        answer = self._message(
            parent_id=question,
            role=Role.ASSISTANT,
            model=self.model,
            content=text.answer,
            html=text.html,
            prompt_tokens=tokens // 3,
            completion_tokens=tokens,
            cost=Decimal(tokens) / 1_000_000,
            seconds=tokens / 50,
        )
        thread.revision += 1
        answer.revision = thread.revision
        return answer.pk

    def _message(self, **fields: object) -> Message:
        revision = self.draft.thread.revision
        self.at += timedelta(milliseconds=1)  # their order is that of their times
        message = Message(
            thread=self.draft.thread,
            created_at=self.at,
            created_revision=revision,
            revision=revision,
            **fields,
        )
        self.draft.messages.append(message)
        return message


@transaction.atomic
def _save(drafts: Sequence[Draft]) -> None:
    copy(Thread, (draft.thread for draft in drafts))
    copy(Message, (message for draft in drafts for message in draft.messages))
    copy(
        ConversationActivity,
        (
            ConversationActivity(thread=draft.thread, user_id=draft.thread.owner_id)
            for draft in drafts
        ),
    )
