"""Races around a queue. The thread's row lock decides; the control takes it away and must then see
a message lost, doubled or out of order."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from string import ascii_lowercase
from typing import Any
from unittest.mock import patch

import pytest
from django.db.models import Count

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import ConversationActivity, Generation, GenerationLock, State
from chat import services
from chat import thread_services as threads
from chat.asking import Sent
from chat.models import Message, Role, Thread
from chat.path import path
from chat.queue import services as queue
from chat.queue.models import QueuedMessage
from chat.queue.running import waiting_in
from chat.queue.services import Queued
from chat.refusals import NotQueued
from tests.factories import send
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SENDS = 20
ROUNDS = 40


@pytest.fixture
def sender(owner: User) -> User:
    owner.queue_mode = True
    owner.save()
    return owner


class Line:
    """A thread with an answer that a worker is writing, and "a" to "d" waiting."""

    def __init__(self, owner: User, waiting: str = "abcd") -> None:
        self.owner = owner
        self.id = uuid.uuid4()
        self.running = ledger.claim(self.send("q").generation.pk, worker="test")
        for text in waiting:
            self.send(text)

    def send(self, text: str, **fields: Any) -> Any:
        return send(self.owner, text, thread_id=self.id, **fields)

    @property
    def ids(self) -> dict[str, Any]:
        return {"user": self.owner, "thread_id": self.id}

    @property
    def thread(self) -> Thread:
        return Thread.objects.get(pk=self.id)

    def row(self, text: str) -> uuid.UUID:
        return QueuedMessage.objects.get(thread_id=self.id, text=text).pk

    def of(self, text: str) -> dict[str, Any]:
        return self.ids | {"queued_id": self.row(text)}

    @property
    def waiting(self) -> str:
        return "".join(waiting_in(self.thread).values_list("text", flat=True))

    @property
    def asked(self) -> str:
        return "".join(one.content for one in path(self.thread) if one.role == Role.USER)

    def finish(self) -> bool:
        """Complete the answer that was running when the line was made."""
        assert self.running is not None
        outcome = Outcome(State.COMPLETED, text="answer")
        return ledger.finish(self.running.pk, epoch=self.running.epoch, outcome=outcome)

    def run_out(self) -> str:
        """Let the queue run to its end; all that was asked, in order."""
        while running := Generation.objects.in_flight().filter(thread_id=self.id).first():
            claimed = ledger.claim(running.pk, worker="test")
            assert claimed is not None
            outcome = Outcome(State.COMPLETED, text="answer")
            assert ledger.finish(claimed.pk, epoch=claimed.epoch, outcome=outcome)
            self.assert_sound()
        return self.asked

    def assert_sound(self) -> None:
        """One answer at most, the thread's leaf; nobody waits for nothing; all of it is counted."""
        running = list(Generation.objects.in_flight().filter(thread_id=self.id))
        assert len(running) == GenerationLock.objects.filter(thread_id=self.id).count() <= 1
        assert [one.message_id for one in running] in ([], [self.thread.leaf_id])
        assert running or self.thread.queue_pause or not self.waiting
        activity = ConversationActivity.objects.get(thread_id=self.id)
        assert activity.active_count == len(running) + len(self.waiting)
        said = Message.objects.filter(thread_id=self.id, role=Role.USER)
        assert not said.values("client_id").annotate(n=Count("pk")).filter(n__gt=1).exists()
        keys = said.values_list("client_id", flat=True)
        assert not waiting_in(self.thread).filter(client_id__in=list(keys)).exists()


def shuffled(order: Random, *racers: Callable[[], Any]) -> list[Any]:
    """Their results, in the order given here."""
    places = list(range(len(racers)))
    order.shuffle(places)
    results = at_once([racers[place] for place in places])
    return [result for _, result in sorted(zip(places, results, strict=True), key=lambda x: x[0])]


# --- Sends --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_new", [True, False], ids=["new thread", "known thread"])
def test_of_twenty_sends_at_once_one_runs_and_the_others_wait(sender: User, is_new: bool) -> None:
    thread_id = uuid.uuid4() if is_new else Thread.objects.create(owner=sender).pk
    results = at_once(
        [partial(send, sender, text, thread_id=thread_id) for text in ascii_lowercase[:SENDS]]
    )

    assert sum(isinstance(result, Sent) for result in results) == 1, results
    assert sum(isinstance(result, Queued) for result in results) == SENDS - 1
    line = Line.__new__(Line)
    line.owner, line.id = sender, thread_id
    line.assert_sound()
    order = line.asked + line.waiting
    assert line.run_out() == order
    assert sorted(order) == list(ascii_lowercase[:SENDS])
    assert ConversationActivity.objects.get().active_count == 0


def test_twenty_deliveries_of_one_send_wait_once(sender: User) -> None:
    line, key = Line(sender, ""), uuid.uuid4()

    results = at_once([partial(line.send, "a", client_id=key)] * SENDS)

    assert len({result.message.pk for result in results}) == 1
    assert line.waiting == "a"
    line.assert_sound()


def test_deliveries_against_the_start_are_one_message(sender: User) -> None:
    order = Random(1)
    for _ in range(ROUNDS):
        line, key = Line(sender, ""), uuid.uuid4()
        line.send("a", client_id=key)

        shuffled(order, line.finish, *[partial(line.send, "a", client_id=key)] * 3)

        line.assert_sound()
        assert line.run_out() == "qa"


def test_a_send_against_the_end_is_never_left_behind(sender: User) -> None:
    order = Random(2)
    became = set()
    for _ in range(ROUNDS):
        line = Line(sender, "")

        ended, sent = shuffled(order, line.finish, partial(line.send, "a"))

        assert ended is True
        became.add(type(sent))
        line.assert_sound()
        assert line.run_out() == "qa"
    assert became <= {Sent, Queued}


# --- Against the start of the next one ----------------------------------------------------------


def test_a_removal_against_the_start(sender: User) -> None:
    order = Random(3)
    for _ in range(ROUNDS):
        line = Line(sender)

        ended, removed = shuffled(order, line.finish, partial(queue.remove, **line.of("a")))

        assert ended is True
        line.assert_sound()
        was_sent = isinstance(removed, NotQueued)
        assert was_sent or isinstance(removed, int), removed
        assert line.run_out() == ("qabcd" if was_sent else "qbcd")


def test_an_edit_against_the_start(sender: User) -> None:
    order = Random(4)
    for _ in range(ROUNDS):
        line = Line(sender)

        ended, edited = shuffled(order, line.finish, partial(queue.edit, **line.of("a"), text="x"))

        assert ended is True
        line.assert_sound()
        was_sent = isinstance(edited, NotQueued)
        assert was_sent or isinstance(edited, int), edited
        assert line.run_out() == ("qabcd" if was_sent else "qxbcd")


def test_moves_against_the_start(sender: User) -> None:
    order = Random(5)
    for _ in range(ROUNDS):
        line = Line(sender)
        first = line.row("a")

        ended, up, down = shuffled(
            order,
            line.finish,
            partial(queue.move, **line.of("d"), before=first),
            partial(queue.move, **line.of("b"), before=None),
        )

        assert ended is True
        assert isinstance(up, int), up
        assert isinstance(down, int), down
        line.assert_sound()
        asked = line.run_out()
        assert sorted(asked) == sorted("qabcd")
        assert asked in {"qdacb", "qadcb"}


def test_after_a_stop_nothing_runs_whatever_it_met(sender: User) -> None:
    order = Random(6)
    for _ in range(ROUNDS):
        line = Line(sender)

        shuffled(order, line.finish, partial(services.stop, **line.ids))

        line.assert_sound()
        assert not Generation.objects.in_flight().filter(thread_id=line.id).exists()
        assert line.asked + line.waiting == "qabcd"
        queue.resume(**line.ids)
        assert line.run_out() == "qabcd"


def test_control_a_stop_that_does_not_pause_first_lets_the_next_one_run(sender: User) -> None:
    order = Random(6)
    ran_away = 0
    with patch.object(queue, "hold"):
        for _ in range(3 * ROUNDS):
            line = Line(sender, "a")
            shuffled(order, line.finish, partial(services.stop, **line.ids))
            ran_away += Generation.objects.in_flight().filter(thread_id=line.id).exists()

    assert ran_away


def test_resumes_at_once_start_one(sender: User) -> None:
    for _ in range(ROUNDS):
        line = Line(sender)
        services.stop(**line.ids)

        at_once([partial(queue.resume, **line.ids)] * 5)

        line.assert_sound()
        assert line.asked == "qa"


def test_a_resume_against_a_send(sender: User) -> None:
    order = Random(7)
    for _ in range(ROUNDS):
        line = Line(sender, "a")
        services.stop(**line.ids)

        shuffled(order, partial(queue.resume, **line.ids), partial(line.send, "z"))

        line.assert_sound()
        assert line.run_out() in {"qaz", "qza"}


def test_a_deletion_of_the_thread_against_the_end(sender: User) -> None:
    order = Random(8)
    for _ in range(ROUNDS):
        line = Line(sender)

        shuffled(order, line.finish, partial(threads.delete, **line.ids))

        line.assert_sound()
        assert not Generation.objects.in_flight().filter(thread_id=line.id).exists()
        threads.restore(**line.ids)
        assert line.asked + line.waiting == "qabcd"
        queue.resume(**line.ids)
        assert line.run_out() == "qabcd"


def test_all_at_once_lose_nothing_and_double_nothing(sender: User) -> None:
    order = Random(9)
    for _ in range(ROUNDS):
        line = Line(sender)
        racers: list[Callable[[], Any]] = [
            line.finish,
            partial(queue.remove, **line.of("b")),
            partial(queue.move, **line.of("d"), before=line.row("a")),
            partial(queue.move, **line.of("a"), before=None),
            partial(queue.hold, **line.ids),
            partial(queue.resume, **line.ids),
            partial(line.send, "e"),
            partial(services.stop, **line.ids),
            partial(threads.archive, **line.ids, archived=True),
        ]

        results = shuffled(order, *racers)

        assert not [one for one in results if isinstance(one, Exception)
                    and not isinstance(one, NotQueued)], results  # fmt: skip
        line.assert_sound()
        queue.resume(**line.ids)
        line.run_out()
        assert sorted(line.asked) in (sorted("qacde"), sorted("qabcde"))


# --- The control --------------------------------------------------------------------------------


@contextmanager
def without_the_row_lock() -> Iterator[None]:
    """Threads are read as they are, and nobody waits for anybody."""

    def unlocked(user: User, thread_id: uuid.UUID) -> Thread:
        return Thread.objects.visible_to(user).get(pk=thread_id)

    with (
        patch.object(queue, "locked_thread", unlocked),
        patch("chat.asking.locked_thread", unlocked),
    ):
        yield


def test_control_without_the_row_lock_sends_get_one_place(sender: User) -> None:
    line = Line(sender, "")
    with without_the_row_lock():
        at_once([partial(line.send, text) for text in ascii_lowercase[:SENDS]])

    places = waiting_in(line.thread).values("position").annotate(n=Count("pk"))
    assert places.filter(n__gt=1).exists()
