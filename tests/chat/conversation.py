"""A thread that tests talk to without workers: answers are written by hand."""

import uuid
from typing import Any

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, State
from chat import branches
from chat.asking import Sent
from chat.models import Message, Thread
from chat.path import path
from tests.factories import send


def finish(generation: Generation, text: str, state: State = State.COMPLETED) -> Message:
    """End a queued generation with this text; its answer."""
    running = ledger.claim(generation.pk, worker="test")
    assert running is not None
    outcome = Outcome(state, text=text, html=f"<p>{text}</p>")
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)
    return Message.objects.get(pk=generation.message_id)


class Conversation:
    """Messages are named by their texts: "q1" is answered by "a1"."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.id = uuid.uuid4()

    @property
    def thread(self) -> Thread:
        return Thread.objects.get(pk=self.id)

    def named(self, text: str) -> Message:
        return Message.objects.get(thread_id=self.id, content=text)

    def shown(self) -> list[str]:
        """The texts of the path, oldest first."""
        return [message.content for message in path(self.thread)]

    def say(self, question: str, answer: str) -> Message:
        return finish(send(self.owner, question, thread_id=self.id).generation, answer)

    def again(self, text: str, answer: str, **fields: Any) -> Message:
        return finish(self.ask_again(text, **fields).generation, answer)

    def ask_again(self, text: str, **fields: Any) -> Sent:
        values = {"client_id": uuid.uuid4(), **self._at(text), **fields}
        return branches.regenerate(**values)

    def edit(self, text: str, question: str, answer: str) -> Message:
        return finish(self.send_edit(text, question).generation, answer)

    def send_edit(self, text: str, question: str, **fields: Any) -> Sent:
        values = {"client_id": uuid.uuid4(), "text": question, **self._at(text), **fields}
        return branches.edit(**values)

    def show(self, text: str) -> list[str]:
        branches.show(**self._at(text))
        return self.shown()

    def delete(self, text: str) -> list[str]:
        branches.delete(**self._at(text))
        return self.shown()

    def restore(self, text: str) -> list[str]:
        branches.restore(**self._at(text))
        return self.shown()

    def _at(self, text: str) -> dict[str, Any]:
        return {"user": self.owner, "thread_id": self.id, "message_id": self.named(text).pk}
