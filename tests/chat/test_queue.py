"""Messages that wait for the running answer: their order, what stops them, what is counted."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from activity import counts, ledger
from activity.models import ConversationActivity, Generation, RefusedSend, State
from activity.sweeping import sweep
from chat import branches, listing, services
from chat import thread_services as threads
from chat.asking import Sent
from chat.live import LiveThread
from chat.models import Message, Role, Thread
from chat.path import path
from chat.queue import services as queue
from chat.queue.models import Pause, QueuedMessage
from chat.queue.running import waiting_in
from chat.queue.services import Queued
from chat.refusals import (
    NotFound,
    NotQueued,
    NotYourMessage,
    QueueFull,
    RequestChanged,
    TooLong,
    UnknownModel,
    WaitForAnswer,
)
from providers.models import AIModel
from tests.chat.conversation import Conversation, finish
from tests.factories import make_model, send, thread_of

pytestmark = pytest.mark.django_db


class Queueing(Conversation):
    """A conversation whose owner queues messages. One answer is being written; "a" waits before
    "b" and "c"."""

    def __init__(self, owner: User) -> None:
        super().__init__(owner)
        owner.queue_mode = True
        owner.save()
        self.first: Generation = send(owner, "q1", thread_id=self.id).generation

    def wait(self, *texts: str) -> None:
        for text in texts:
            assert isinstance(self.send(text), Queued)

    def send(self, text: str, **fields: Any) -> Any:
        return send(self.owner, text, thread_id=self.id, **fields)

    @property
    def waiting(self) -> list[str]:
        return [row.text for row in waiting_in(self.thread)]

    def queued(self, text: str) -> dict[str, Any]:
        row = QueuedMessage.objects.get(thread_id=self.id, text=text)
        return self.ids | {"queued_id": row.pk}

    @property
    def ids(self) -> dict[str, Any]:
        return {"user": self.owner, "thread_id": self.id}

    @property
    def running(self) -> Generation:
        return Generation.objects.in_flight().get(thread_id=self.id)

    def end(self, state: State = State.COMPLETED, text: str = "answer") -> None:
        finish(self.running, text, state)

    @property
    def questions(self) -> list[str]:
        return [one.content for one in path(self.thread) if one.role == Role.USER]

    def assert_counted(self) -> None:
        """I1 and I5: one answer at most, and activity equals the ledger and the queue."""
        running = Generation.objects.in_flight().filter(thread_id=self.id).count()
        assert running <= 1
        activity = ConversationActivity.objects.get(thread_id=self.id)
        assert activity.active_count == running + len(self.waiting)
        assert counts.reconcile_activity() == 0


@pytest.fixture
def chat(owner: User) -> Queueing:
    chat = Queueing(owner)
    chat.wait("a", "b", "c")
    return chat


# --- Waiting and going on -----------------------------------------------------------------------


def test_messages_wait_in_order_and_run_one_by_one(chat: Queueing) -> None:
    assert chat.waiting == ["a", "b", "c"]
    chat.assert_counted()
    for left in (["b", "c"], ["c"], []):
        chat.end()
        assert chat.waiting == left
        chat.assert_counted()
    chat.end()

    assert chat.shown() == ["q1", "answer", "a", "answer", "b", "answer", "c", "answer"]
    assert ConversationActivity.objects.get().active_count == 0


def test_without_the_setting_a_second_message_is_refused(owner: User) -> None:
    generation = send(owner).generation

    with pytest.raises(WaitForAnswer):
        send(owner, thread_id=generation.thread_id)

    assert not QueuedMessage.objects.exists()


def test_turning_the_setting_off_loses_nothing(chat: Queueing) -> None:
    chat.owner.queue_mode = False
    chat.owner.save()

    with pytest.raises(WaitForAnswer):
        chat.send("d")
    chat.end()

    assert chat.questions == ["q1", "a"]
    assert chat.waiting == ["b", "c"]


def test_in_an_idle_thread_nothing_waits(owner: User) -> None:
    chat = Queueing(owner)
    chat.end()

    assert isinstance(chat.send("next"), Sent)


def test_each_waiting_message_asks_its_own_model(owner: User) -> None:
    chat, other = Queueing(owner), make_model("demo-echo")
    chat.send("a", model_id=other.pk)
    assert chat.thread.model != other
    chat.end()

    assert chat.running.model == other
    assert chat.thread.model == other


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.STOPPED, Pause.STOPPED),
        (State.FAILED, Pause.FAILED),
        (State.INTERRUPTED, Pause.FAILED),
    ],
)
def test_an_answer_that_does_not_complete_pauses_the_queue(
    chat: Queueing, state: State, reason: Pause
) -> None:
    chat.end(state)

    assert chat.waiting == ["a", "b", "c"]
    assert chat.thread.queue_pause == reason
    chat.assert_counted()
    queue.resume(**chat.ids)
    assert chat.questions == ["q1", "a"]
    assert chat.thread.queue_pause == ""
    chat.assert_counted()


def test_a_swept_worker_pauses_the_queue(chat: Queueing) -> None:
    running = ledger.claim(chat.first.pk, worker="test")
    assert running is not None
    ledger.save_chunks([(running.pk, running.epoch, 0, "Half")])
    Generation.objects.update(lease_until="2000-01-01T00:00:00Z")

    assert sweep() == 1

    assert chat.thread.queue_pause == Pause.FAILED
    chat.assert_counted()


@pytest.mark.django_db(transaction=True)
def test_stop_ends_the_answer_and_nothing_follows(chat: Queueing) -> None:
    assert services.stop(**chat.ids)

    assert not Generation.objects.in_flight().exists()
    assert chat.thread.queue_pause == Pause.STOPPED
    chat.assert_counted()


@pytest.mark.django_db(transaction=True)
def test_stop_of_a_lone_answer_leaves_no_pause_behind(owner: User) -> None:
    chat = Queueing(owner)

    services.stop(**chat.ids)

    assert chat.thread.queue_pause == ""


def test_a_paused_queue_stays_so_over_other_messages(chat: Queueing) -> None:
    chat.end(State.STOPPED)
    assert isinstance(chat.send("meanwhile"), Sent)
    chat.end()

    assert chat.questions == ["q1", "meanwhile"]
    assert chat.waiting == ["a", "b", "c"]
    chat.assert_counted()


def test_a_queue_can_be_paused_and_resumed_under_way(chat: Queueing) -> None:
    queue.hold(**chat.ids)
    queue.resume(**chat.ids)
    chat.end()
    queue.hold(**chat.ids)
    chat.end()

    assert chat.questions == ["q1", "a"]
    assert chat.waiting == ["b", "c"]


def test_resuming_twice_starts_one(chat: Queueing) -> None:
    chat.end(State.STOPPED)
    queue.resume(**chat.ids)
    queue.resume(**chat.ids)

    assert chat.questions == ["q1", "a"]
    chat.assert_counted()


def test_a_message_whose_model_is_gone_pauses_the_queue(chat: Queueing, model: AIModel) -> None:
    other = make_model("demo-echo")
    AIModel.objects.filter(pk=model.pk).update(enabled=False)

    chat.end()

    assert Generation.objects.get(pk=chat.first.pk).state == State.COMPLETED
    assert chat.thread.queue_pause == Pause.UNSENT
    with pytest.raises(UnknownModel):
        queue.resume(**chat.ids)
    assert chat.thread.queue_pause == Pause.UNSENT
    chat.assert_counted()
    queue.edit(**chat.queued("a"), text="a", model_id=other.pk)
    queue.resume(**chat.ids)
    assert chat.running.model == other


def test_what_breaks_at_the_start_does_not_undo_the_end(
    chat: Queueing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("chat.queue.running.say", break_)

    chat.end()

    assert Generation.objects.get().state == State.COMPLETED
    assert chat.waiting == ["a", "b", "c"]
    assert chat.thread.queue_pause == Pause.UNSENT
    chat.assert_counted()


def test_who_may_not_write_any_more_sends_nothing(chat: Queueing) -> None:
    User.objects.filter(pk=chat.owner.pk).update(is_active=False)

    chat.end()

    assert chat.thread.queue_pause == Pause.UNSENT
    assert chat.waiting == ["a", "b", "c"]


# --- Repeats and limits -------------------------------------------------------------------------


def test_a_repeated_send_waits_once_and_is_answered_once(owner: User) -> None:
    chat, key = Queueing(owner), uuid.uuid4()
    first = chat.send("a", client_id=key)
    again = chat.send("a", client_id=key)
    assert (again.message, again.replayed) == (first.message, True)
    chat.end()

    late = chat.send("a", client_id=key)

    assert (late.generation, late.replayed) == (chat.running, True)
    assert Message.objects.filter(content="a").count() == 1
    chat.assert_counted()


def test_a_late_delivery_does_not_bring_back_what_was_removed(owner: User) -> None:
    chat, key = Queueing(owner), uuid.uuid4()
    chat.send("a", client_id=key)
    queue.remove(**chat.queued("a"))

    assert chat.send("a", client_id=key).replayed

    assert chat.waiting == []


def test_a_repeat_with_other_words_is_refused(owner: User) -> None:
    chat, key = Queueing(owner), uuid.uuid4()
    chat.send("a", client_id=key)

    with pytest.raises(RequestChanged):
        chat.send("b", client_id=key)


def test_the_queue_is_bounded(owner: User, settings: Any) -> None:
    settings.MAX_QUEUED_MESSAGES = 2
    chat = Queueing(owner)
    chat.wait("a", "b")

    with pytest.raises(QueueFull) as refused:
        chat.send("c")

    assert "2 messages" in refused.value.sentence()
    assert RefusedSend.objects.get().reason == "queue_full"
    queue.remove(**chat.queued("a"))
    chat.wait("c")
    with pytest.raises(QueueFull):
        queue.restore(**chat.queued("a"))
    chat.assert_counted()


def test_a_queued_message_is_no_longer_than_any_other(chat: Queueing, settings: Any) -> None:
    settings.MAX_MESSAGE_CHARS = 3

    with pytest.raises(TooLong):
        chat.send("long")
    with pytest.raises(TooLong):
        queue.edit(**chat.queued("a"), text="long")


def test_an_unknown_model_is_refused_at_once(chat: Queueing) -> None:
    with pytest.raises(UnknownModel):
        chat.send("d", model_id=uuid.uuid4())


def test_what_was_removed_long_ago_is_forgotten(chat: Queueing) -> None:
    queue.remove(**chat.queued("a"))
    chat.wait("d")
    assert QueuedMessage.objects.filter(text="a").exists()
    QueuedMessage.objects.filter(text="a").update(removed_at="2000-01-01T00:00:00Z")

    chat.wait("e")

    assert not QueuedMessage.objects.filter(text="a").exists()


# --- Removing, editing, moving ------------------------------------------------------------------


def test_what_is_removed_is_not_sent(chat: Queueing) -> None:
    for _ in range(2):  # a repeat is harmless
        queue.remove(**chat.queued("a"))
        assert chat.waiting == ["b", "c"]
        chat.assert_counted()
    chat.end()

    assert chat.questions == ["q1", "b"]


def test_a_removal_can_be_taken_back(chat: Queueing) -> None:
    queue.remove(**chat.queued("b"))
    for _ in range(2):
        queue.restore(**chat.queued("b"))
        assert chat.waiting == ["a", "b", "c"]
        chat.assert_counted()


def test_what_is_taken_back_after_its_turn_is_sent(owner: User) -> None:
    chat = Queueing(owner)
    chat.wait("a")
    queue.remove(**chat.queued("a"))
    chat.end()
    assert not Generation.objects.in_flight().exists()

    queue.restore(**chat.queued("a"))

    assert chat.questions == ["q1", "a"]
    chat.assert_counted()


def test_removing_the_last_one_ends_the_pause(chat: Queueing) -> None:
    chat.end(State.STOPPED)
    for text in "abc":
        queue.remove(**chat.queued(text))

    assert chat.thread.queue_pause == ""
    assert ConversationActivity.objects.get().active_count == 0


def test_a_waiting_message_can_be_put_in_other_words(chat: Queueing) -> None:
    queue.edit(**chat.queued("b"), text=" other words ")

    assert chat.waiting == ["a", "other words", "c"]


def test_only_its_author_edits_a_message(chat: Queueing, stranger: User) -> None:
    QueuedMessage.objects.filter(text="b").update(author=stranger)

    with pytest.raises(NotYourMessage):
        queue.edit(**chat.queued("b"), text="x")


@pytest.mark.parametrize(
    ("moved", "before", "expected"),
    [
        ("c", "a", "cab"),
        ("a", None, "bca"),
        ("a", "c", "bac"),
        ("b", "b", "bac"),
        ("a", "b", "abc"),
    ],
)
def test_messages_can_be_put_in_another_order(
    chat: Queueing, moved: str, before: str | None, expected: str
) -> None:
    target = chat.queued(before)["queued_id"] if before else None

    queue.move(**chat.queued(moved), before=target)

    assert chat.waiting == list(expected)
    chat.wait("d")
    assert chat.waiting == [*expected, "d"]


def test_what_is_put_before_a_message_that_was_sent_is_next(chat: Queueing) -> None:
    sent = chat.queued("a")["queued_id"]
    chat.end()

    queue.move(**chat.queued("c"), before=sent)

    assert chat.waiting == ["c", "b"]


def test_a_move_that_changes_nothing_is_told_to_nobody(chat: Queueing) -> None:
    before = chat.thread.revision

    queue.move(**chat.queued("c"), before=None)

    assert chat.thread.revision == before


def test_what_was_sent_is_not_in_the_queue_any_more(chat: Queueing) -> None:
    sent = chat.queued("a")
    chat.end()

    for operation, fields in (
        (queue.remove, {}),
        (queue.restore, {}),
        (queue.edit, {"text": "x"}),
        (queue.move, {"before": None}),
    ):
        with pytest.raises(NotQueued):
            operation(**sent, **fields)


def test_a_queued_message_is_found_only_through_its_thread(chat: Queueing, owner: User) -> None:
    other = thread_of(send(owner).generation)

    with pytest.raises(NotQueued):
        queue.remove(**chat.queued("a") | {"thread_id": other.pk})


def test_a_stranger_finds_no_queue(chat: Queueing, stranger: User) -> None:
    for operation, ids in (
        (queue.hold, chat.ids),
        (queue.resume, chat.ids),
        (queue.remove, chat.queued("a")),
    ):
        with pytest.raises(NotFound):
            operation(**ids | {"user": stranger})


# --- With branches, the archive and the trash ---------------------------------------------------


@pytest.fixture
def paused(owner: User) -> Queueing:
    """q1 has the answers a1 and then one that was stopped; "next" waits."""
    chat = Queueing(owner)
    finish(chat.first, "a1")
    again = chat.ask_again("a1").generation
    chat.wait("next")
    finish(again, "half", State.STOPPED)
    return chat


def test_the_next_one_follows_the_branch_that_is_shown_then(paused: Queueing) -> None:
    paused.show("a1")
    queue.resume(**paused.ids)

    assert paused.shown() == ["q1", "a1", "next", ""]


def test_the_next_one_follows_what_a_deletion_left(paused: Queueing) -> None:
    paused.delete("q1")
    queue.resume(**paused.ids)

    assert paused.shown() == ["next", ""]
    paused.assert_counted()


def test_branches_wait_for_a_queue_that_runs(chat: Queueing) -> None:
    chat.end()

    with pytest.raises(WaitForAnswer):
        chat.show("q1")
    with pytest.raises(WaitForAnswer):
        chat.delete("answer")


def test_a_retry_leaves_the_queue_paused(paused: Queueing) -> None:
    half = paused.named("half")
    branches.retry(**paused.ids, message_id=half.pk, client_id=uuid.uuid4())
    paused.end()

    assert paused.waiting == ["next"]
    assert not Generation.objects.in_flight().exists()


def test_an_archived_thread_goes_on_and_stays_in_the_archive(chat: Queueing) -> None:
    threads.archive(**chat.ids, archived=True)
    chat.end()

    assert chat.questions == ["q1", "a"]
    assert chat.thread.archived_at


@pytest.mark.django_db(transaction=True)
def test_a_thread_in_the_trash_keeps_its_queue_and_sends_nothing(chat: Queueing) -> None:
    threads.delete(**chat.ids)
    assert not Generation.objects.in_flight().exists()
    chat.assert_counted()

    threads.restore(**chat.ids)

    assert chat.waiting == ["a", "b", "c"]
    assert chat.thread.queue_pause == Pause.STOPPED


def test_an_answer_that_ends_in_the_trash_starts_nothing(chat: Queueing) -> None:
    """Between the deletion and the stop that follows it."""
    Thread.objects.update(deleted_at=timezone.now())

    chat.end()

    assert not Generation.objects.in_flight().exists()
    assert chat.thread.queue_pause == Pause.HELD


# --- What pages show ----------------------------------------------------------------------------


def test_a_page_shows_the_queue_in_order(chat: Queueing, client: Client) -> None:
    client.force_login(chat.owner)
    html = client.get(f"/chat/{chat.id}/").content.decode()

    assert "3 messages queued" in html
    places = [html.index(f"queued-{chat.queued(text)['queued_id']}") for text in "abc"]
    assert places == sorted(places)


def test_fifty_long_messages_make_a_short_page(owner: User, client: Client) -> None:
    chat = Queueing(owner)
    for _ in range(50):
        chat.send("clay " * 30_000)
    client.force_login(owner)

    assert len(client.get(f"/chat/{chat.id}/").content) < 200_000
    changes = LiveThread().changes_since(user=owner, id=chat.id, revision=0)
    assert changes
    assert len(changes.content) < 200_000


def test_sending_answers_with_the_place_in_the_queue(chat: Queueing, client: Client) -> None:
    client.force_login(chat.owner)
    fields = {"text": "d", "client_id": str(uuid.uuid4())}
    url, script = f"/chat/{chat.id}/messages/", {"Accept": "application/json"}

    first = client.post(url, fields, headers=script)
    again = client.post(url, fields, headers=script)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["queued"] == again.json()["queued"]
    assert chat.waiting == ["a", "b", "c", "d"]


def test_the_list_shows_a_paused_queue_and_a_spinner_otherwise(chat: Queueing) -> None:
    def row() -> str:
        found = LiveThread().row(user=chat.owner, id=chat.id)
        assert found
        return found.html

    assert "Generating" in row()
    chat.end(State.STOPPED)
    assert "Queue paused" in row()
    assert "Generating" not in row()
    chat.send("meanwhile")
    assert "Generating" in row()


def test_the_list_takes_no_more_queries_for_paused_queues(
    chat: Queueing, django_assert_num_queries: Any
) -> None:
    chat.end(State.STOPPED)

    with django_assert_num_queries(2):
        [thread.is_paused for _, page in listing.sidebar(chat.owner).groups for thread in page]


def test_the_reconciler_repairs_a_count_that_forgot_the_queue(chat: Queueing) -> None:
    ConversationActivity.objects.update(active_count=1)

    assert counts.reconcile_activity() == 1

    assert ConversationActivity.objects.get().active_count == 4
    ConversationActivity.objects.all().delete()
    assert counts.reconcile_activity() == 1
    assert ConversationActivity.objects.get().active_count == 4
