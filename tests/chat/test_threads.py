"""What a person may do in a thread, and in what order its messages stand."""

import uuid

import pytest

from accounts.models import User
from activity import ledger
from activity.kinds import Outcome
from activity.models import Generation, GenerationLock, RefusedSend, State
from chat import branches, services
from chat.asking import Sent, default_model
from chat.models import Message, Role, Status, Thread
from chat.path import path
from chat.refusals import (
    EmptyMessage,
    NoModel,
    NotFound,
    NothingToRetry,
    RequestChanged,
    TooLong,
    UnknownModel,
    WaitForAnswer,
)
from chat.services import title_of
from chat.text import clean
from providers.models import AIModel, Kind
from tests.factories import make_long_thread, make_model, make_running, send, thread_of

pytestmark = pytest.mark.django_db


def answered(user: User, text: str = "Hello", **fields: object) -> Thread:
    """A thread whose answer has come."""
    sent = send(user, text, **fields)
    running = ledger.claim(sent.generation.pk, worker="test")
    assert running is not None
    end(running)
    return thread_of(sent.generation)


def end(running: Generation, state: State = State.COMPLETED, text: str = "Hi.") -> None:
    assert ledger.finish(running.pk, epoch=running.epoch, outcome=Outcome(state, text=text))


def contents(thread: Thread) -> list[str]:
    return [message.content for message in path(Thread.objects.get(pk=thread.pk))]


def retry(user: User, message: Message, **fields: object) -> Sent:
    values = {
        "user": user,
        "thread_id": message.thread_id,
        "message_id": message.pk,
        "client_id": uuid.uuid4(),
    } | fields
    return branches.retry(**values)  # type: ignore[arg-type]


# --- Sending ------------------------------------------------------------------------------------


def test_messages_follow_one_another(owner: User) -> None:
    thread = answered(owner, "One")
    answered(owner, "Two", thread_id=thread.pk)

    assert contents(thread) == ["One", "Hi.", "Two", "Hi."]
    assert Thread.objects.get(pk=thread.pk).revision == 4


def test_the_first_message_names_the_thread_and_later_ones_do_not(owner: User) -> None:
    thread = answered(owner, "What is clay?")
    answered(owner, "And glaze?", thread_id=thread.pk)

    assert Thread.objects.get(pk=thread.pk).title == "What is clay?"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Clay", "Clay"),
        ("  What\n is\tclay? ", "What is clay?"),
        ("word " * 30, "word " * 11 + "word…"),
        ("x" * 200, "x" * 60 + "…"),
        ("One, two, three, four, five, six, seven, eight, nine, ten, eleven",
         "One, two, three, four, five, six, seven, eight, nine, ten…"),
        ("🏺" * 61, "🏺" * 60 + "…"),
        ("a" * 60, "a" * 60),
    ],
)  # fmt: skip
def test_title_of(text: str, title: str) -> None:
    assert title_of(text) == title
    assert len(title) <= 61


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" a ", "a"),
        ("a\r\nb", "a\nb"),
        ("a\0b", "a\ufffdb"),
        ("\ud83c\udffa", "🏺"),
        ("\udffa\ud83c", "\ufffd\ufffd"),
        ("  indented\n    more", "indented\n    more"),
    ],
)
def test_clean(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.parametrize(
    ("text", "refusal"), [("", EmptyMessage), (" \n", EmptyMessage), ("x" * 200_001, TooLong)]
)
def test_what_cannot_be_sent_leaves_nothing(
    text: str, refusal: type[Exception], owner: User
) -> None:
    with pytest.raises(refusal):
        send(owner, text)

    assert not Thread.objects.exists()


def test_a_refused_model_leaves_nothing(owner: User) -> None:
    painter = make_model("painter", kind=Kind.IMAGE)

    with pytest.raises(UnknownModel):
        send(owner, model_id=painter.pk)

    assert not Thread.objects.exists()


def test_the_model_asked_for_is_used_and_kept_for_the_thread(owner: User) -> None:
    other = make_model("other")
    thread = answered(owner, model_id=other.pk)

    sent = send(owner, thread_id=thread.pk)

    assert sent.generation.model == other
    assert sent.generation.message is not None
    assert sent.generation.message.model == other


def test_a_model_that_is_gone_is_replaced_by_ones_default_then_by_any(owner: User) -> None:
    other, favourite = make_model("other"), make_model("favourite")
    owner.default_model = favourite
    thread = answered(owner, model_id=other.pk)

    other.enabled = False
    other.save()
    assert default_model(owner, Thread.objects.get(pk=thread.pk)) == favourite
    AIModel.objects.filter(pk=favourite.pk).update(enabled=False)
    assert default_model(owner, None) == make_model()
    AIModel.objects.update(enabled=False)
    assert default_model(owner, None) is None
    with pytest.raises(NoModel):
        send(owner)


def test_a_refused_send_is_counted_by_person_day_and_reason(owner: User) -> None:
    generation = send(owner).generation

    for _ in range(3):
        with pytest.raises(WaitForAnswer):
            send(owner, thread_id=generation.thread_id)

    refused = RefusedSend.objects.get()
    assert (refused.user, refused.reason, refused.count) == (owner, "busy", 3)


def test_a_replay_is_answered_while_the_thread_is_busy_and_after(owner: User) -> None:
    ids = {"thread_id": uuid.uuid4(), "client_id": uuid.uuid4()}
    first = send(owner, **ids)
    assert send(owner, **ids).replayed
    running = ledger.claim(first.generation.pk, worker="test")
    assert running is not None
    end(running)

    again = send(owner, **ids)

    assert again.replayed
    assert again.generation == first.generation
    assert Message.objects.count() == 2


@pytest.mark.parametrize("field", ["text", "thread_id", "model_id"])
def test_a_key_belongs_to_one_request(owner: User, field: str) -> None:
    ids = {"thread_id": uuid.uuid4(), "client_id": uuid.uuid4(), "text": "One"}
    send(owner, **ids)
    others = {"text": "Two", "thread_id": uuid.uuid4(), "model_id": make_model("other").pk}

    with pytest.raises(RequestChanged):
        send(owner, **ids | {field: others[field]})


# --- Retrying -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.FAILED, State.STOPPED, State.INTERRUPTED])
def test_a_retry_takes_the_place_of_an_answer_that_did_not_come(owner: User, state: State) -> None:
    running = make_running(owner, text="One")
    end(running, state, text="Half")
    first = Message.objects.get(pk=running.message_id)

    sent = retry(owner, first)

    assert sent.generation.message is not None
    assert sent.generation.message.parent == first.parent
    assert contents(thread_of(running)) == ["One", ""]
    assert Message.objects.get(pk=first.pk).content == "Half"
    thread = thread_of(running)
    assert thread.path_revision == thread.revision == 3


def test_the_same_retry_twice_is_one(owner: User) -> None:
    running = make_running(owner)
    end(running, State.FAILED)
    message, key = Message.objects.get(pk=running.message_id), uuid.uuid4()

    first, second = (retry(owner, message, client_id=key) for _ in range(2))

    assert first.generation == second.generation
    assert (first.replayed, second.replayed) == (False, True)


def test_a_complete_answer_is_not_retried(owner: User) -> None:
    thread = answered(owner)

    with pytest.raises(NothingToRetry):
        retry(owner, thread.messages.get(role=Role.ASSISTANT))

    assert Thread.objects.get(pk=thread.pk).revision == thread.revision


def test_an_answer_that_is_being_written_is_waited_for(owner: User) -> None:
    running = make_running(owner)

    with pytest.raises(WaitForAnswer):
        retry(owner, Message.objects.get(pk=running.message_id))


def test_only_answers_can_be_retried_and_only_by_their_owner(owner: User, stranger: User) -> None:
    running = make_running(owner)
    end(running, State.FAILED)
    answer = Message.objects.get(pk=running.message_id)

    with pytest.raises(NotFound):
        retry(stranger, answer)
    assert answer.parent is not None
    with pytest.raises(NothingToRetry):
        retry(owner, answer.parent)


# --- Stopping and seeing ------------------------------------------------------------------------


def test_stopping_ends_what_runs_and_frees_the_thread(owner: User) -> None:
    running = make_running(owner)
    assert running.thread_id is not None

    assert services.stop(user=owner, thread_id=running.thread_id)
    assert not services.stop(user=owner, thread_id=running.thread_id)

    assert Message.objects.get(pk=running.message_id).status == Status.STOPPED
    assert not GenerationLock.objects.exists()
    send(owner, thread_id=running.thread_id)


def test_a_stranger_stops_nothing(owner: User, stranger: User) -> None:
    running = make_running(owner)
    assert running.thread_id is not None

    with pytest.raises(NotFound):
        services.stop(user=stranger, thread_id=running.thread_id)

    assert Generation.objects.get().state == State.RUNNING


def test_an_answer_makes_its_thread_unread_until_it_is_seen(owner: User, stranger: User) -> None:
    thread = answered(owner)
    assert thread.unread

    services.mark_seen(user=stranger, thread_id=thread.pk, revision=thread.revision)
    assert Thread.objects.get(pk=thread.pk).unread
    services.mark_seen(user=owner, thread_id=thread.pk, revision=thread.revision)
    assert not Thread.objects.get(pk=thread.pk).unread


# --- The path -----------------------------------------------------------------------------------


def test_the_path_is_the_newest_page_and_goes_on_below_a_message(owner: User) -> None:
    thread = make_long_thread(owner, 130)

    newest = path(thread)
    older = path(thread, below=newest[0].pk)
    oldest = path(thread, below=older[0].pk)

    numbers = [int(one.content.split()[-1]) for one in (*oldest, *older, *newest)]
    assert numbers == list(range(130))
    assert path(thread, below=oldest[0].pk) == []


def test_a_message_of_another_thread_leads_nowhere(owner: User) -> None:
    thread, other = make_long_thread(owner, 3), make_long_thread(owner, 3)

    assert path(thread, below=other.leaf_id) == []
    assert path(thread, below=uuid.uuid4()) == []


def test_a_thread_without_messages_has_no_path(owner: User) -> None:
    assert path(Thread.objects.create(owner=owner)) == []


def test_siblings_are_not_on_the_path(owner: User) -> None:
    thread = make_long_thread(owner, 4)
    leaf = thread.leaf
    assert leaf is not None
    sibling = Message.objects.create(
        thread=thread, parent_id=leaf.parent_id, role=Role.ASSISTANT, content="Other"
    )

    assert "Other" not in contents(thread)
    assert leaf in path(thread)
    assert sibling not in path(thread)
