"""Regenerating, editing, going between siblings, deleting a branch and taking it back."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from activity.models import ConversationActivity, GenerationLock, State
from chat import branches
from chat.generation import conversation_before
from chat.models import Message, Status, Thread
from chat.refusals import (
    EmptyMessage,
    MessageGone,
    NotFound,
    NothingToRetry,
    NotYourMessage,
    RequestChanged,
    UnknownModel,
    WaitForAnswer,
)
from tests.chat.conversation import Conversation, finish
from tests.factories import make_model, make_user, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(owner: User) -> Conversation:
    """Two exchanges: q1 a1 q2 a2."""
    chat = Conversation(owner)
    chat.say("q1", "a1")
    chat.say("q2", "a2")
    return chat


# --- Asking again ---


def test_another_answer_takes_the_place_of_the_first_and_keeps_it(chat: Conversation) -> None:
    chat.again("a2", "a2b")

    assert chat.shown() == ["q1", "a1", "q2", "a2b"]
    assert chat.named("a2").parent_id == chat.named("a2b").parent_id


def test_asking_again_further_up_begins_a_branch_there(chat: Conversation) -> None:
    chat.again("a1", "a1b")

    assert chat.shown() == ["q1", "a1b"]
    assert chat.show("a1") == ["q1", "a1", "q2", "a2"]


def test_the_model_is_sent_only_what_leads_to_the_answer(chat: Conversation) -> None:
    generation = chat.ask_again("a1").generation

    assert [message.text for message in conversation_before(generation)] == ["q1"]


def test_the_same_model_answers_again_unless_another_is_chosen(chat: Conversation) -> None:
    Message.objects.filter(content="a2").update(model=(first := make_model("first")))
    other = make_model("other")
    kept = chat.thread.model_id

    assert chat.again("a2", "a2b").model == first
    assert chat.again("a2", "a2c", model_id=other.pk).model == other
    assert chat.thread.model_id == kept  # the choice was for this answer


def test_a_model_that_cannot_answer_is_refused(chat: Conversation) -> None:
    with pytest.raises(UnknownModel):
        chat.ask_again("a2", model_id=uuid.uuid4())

    assert chat.shown() == ["q1", "a1", "q2", "a2"]


def test_a_question_that_lost_its_answer_can_be_answered(chat: Conversation) -> None:
    chat.delete("a2")

    chat.again("q2", "a2b")

    assert chat.shown() == ["q1", "a1", "q2", "a2b"]


def test_asking_again_repeatedly_with_one_key_gives_one_answer(chat: Conversation) -> None:
    key = uuid.uuid4()
    first = chat.ask_again("a2", client_id=key)
    again = chat.ask_again("a2", client_id=key)

    assert (first.replayed, again.replayed) == (False, True)
    assert again.generation == first.generation
    with pytest.raises(RequestChanged):
        chat.ask_again("a1", client_id=key)


def test_the_ledger_counts_an_answer_that_was_asked_again(chat: Conversation) -> None:
    generation = chat.ask_again("a2").generation
    assert ConversationActivity.objects.get(thread_id=chat.id).active_count == 1

    finish(generation, "a2b")

    assert ConversationActivity.objects.get(thread_id=chat.id).active_count == 0
    assert not GenerationLock.objects.exists()


def test_retry_is_for_answers_that_are_not_whole(chat: Conversation, owner: User) -> None:
    values = {"user": owner, "thread_id": chat.id, "client_id": uuid.uuid4()}
    with pytest.raises(NothingToRetry):
        branches.retry(**values, message_id=chat.named("a2").pk)
    finish(chat.ask_again("a2").generation, "cut", State.FAILED)

    finish(branches.retry(**values, message_id=chat.named("cut").pk).generation, "whole")

    assert chat.shown()[-1] == "whole"
    assert chat.named("cut").status == Status.FAILED


# --- Editing ---


def test_an_edited_question_is_a_sibling_with_its_own_answer(chat: Conversation) -> None:
    chat.edit("q2", "q2b", "a2b")

    assert chat.shown() == ["q1", "a1", "q2b", "a2b"]
    assert chat.named("q2b").parent_id == chat.named("q2").parent_id
    assert chat.show("q2") == ["q1", "a1", "q2", "a2"]


def test_the_first_question_can_be_edited(chat: Conversation) -> None:
    chat.edit("q1", "q1b", "a1b")

    assert chat.shown() == ["q1b", "a1b"]
    assert chat.show("q1") == ["q1", "a1", "q2", "a2"]


def test_an_edit_is_cleaned_and_refused_as_a_message_is(chat: Conversation) -> None:
    chat.edit("q2", "  q2b\0 ", "a2b")
    assert chat.shown()[2] == "q2b\ufffd"

    with pytest.raises(EmptyMessage):
        chat.send_edit("q2", " \n ")


def test_an_edit_repeated_with_one_key_is_one_question(chat: Conversation) -> None:
    key = uuid.uuid4()
    first = chat.send_edit("q2", "q2b", client_id=key)

    assert chat.send_edit("q2", "q2b", client_id=key).generation == first.generation
    with pytest.raises(RequestChanged):
        chat.send_edit("q2", "other words", client_id=key)
    assert Message.objects.filter(content="q2b").count() == 1


def test_only_ones_own_words_can_be_edited(chat: Conversation, stranger: User) -> None:
    with pytest.raises(NotYourMessage):
        chat.send_edit("a2", "better")
    Message.objects.filter(content="q2").update(author=stranger)
    with pytest.raises(NotYourMessage):
        chat.send_edit("q2", "better")


# --- Siblings ---


def test_a_sibling_is_shown_with_the_leaf_last_seen_below_it(chat: Conversation) -> None:
    chat.edit("q2", "q2b", "a2b")
    chat.show("q2")
    chat.again("a2", "a2c")
    chat.show("a2")  # not the newest
    chat.again("a1", "a1b")

    assert chat.show("a1") == ["q1", "a1", "q2", "a2"]
    assert chat.show("q2b") == ["q1", "a1", "q2b", "a2b"]


def test_a_sibling_that_was_never_left_is_shown_with_its_newest_leaf(chat: Conversation) -> None:
    chat.again("a2", "a2b")
    chat.again("a1", "a1b")
    Message.objects.update(seen_leaf=None)

    assert chat.show("a1") == ["q1", "a1", "q2", "a2b"]


def test_showing_what_is_shown_changes_nothing(chat: Conversation) -> None:
    before = chat.thread.revision

    chat.show("q1")
    chat.show("a2")

    assert chat.thread.revision == before


def test_a_send_follows_the_branch_that_is_shown(chat: Conversation) -> None:
    chat.again("a1", "a1b")
    chat.show("a1")
    chat.say("q3", "a3")

    assert chat.shown() == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert chat.show("a1b") == ["q1", "a1b"]


# --- Deleting and taking it back ---


def test_deleting_takes_all_below_and_ends_before_it(chat: Conversation) -> None:
    assert chat.delete("q2") == ["q1", "a1"]
    assert set(Message.objects.alive().values_list("content", flat=True)) == {"q1", "a1"}


def test_deleting_shows_a_sibling_where_there_is_one(chat: Conversation) -> None:
    chat.again("a2", "a2b")
    chat.again("a2", "a2c")

    assert chat.delete("a2c") == ["q1", "a1", "q2", "a2b"]
    assert chat.delete("a2b") == ["q1", "a1", "q2", "a2"]


def test_deleting_the_first_sibling_shows_the_next(chat: Conversation) -> None:
    chat.edit("q1", "q1b", "a1b")
    chat.show("q1")

    assert chat.delete("q1") == ["q1b", "a1b"]


def test_a_thread_without_messages_can_be_written_in(chat: Conversation) -> None:
    assert chat.delete("q1") == []
    chat.say("q3", "a3")

    assert chat.shown() == ["q3", "a3"]
    assert chat.named("q3").parent_id is None


def test_deleting_a_branch_that_is_not_shown_leaves_the_page(chat: Conversation) -> None:
    chat.again("a1", "a1b")

    assert chat.delete("q2") == ["q1", "a1b"]
    assert chat.show("a1") == ["q1", "a1"]


def test_undo_shows_what_was_shown(chat: Conversation) -> None:
    chat.again("a2", "a2b")
    chat.show("a2")
    chat.delete("a2")

    assert chat.restore("a2") == ["q1", "a1", "q2", "a2"]
    chat.delete("q1")
    assert chat.restore("q1") == ["q1", "a1", "q2", "a2"]


def test_undo_brings_back_nothing_that_was_deleted_before(chat: Conversation) -> None:
    chat.delete("q2")
    chat.delete("q1")

    assert chat.restore("q1") == ["q1", "a1"]
    assert chat.restore("q2") == ["q1", "a1", "q2", "a2"]


def test_undo_below_what_is_deleted_is_refused(chat: Conversation) -> None:
    chat.delete("q2")
    chat.delete("q1")

    with pytest.raises(MessageGone):
        chat.restore("q2")


def test_deleting_and_restoring_are_harmless_to_repeat(chat: Conversation) -> None:
    chat.delete("a2")
    revision = chat.thread.revision
    chat.delete("a2")
    assert chat.thread.revision == revision

    chat.restore("a2")
    revision = chat.thread.revision
    chat.restore("a2")
    assert chat.thread.revision == revision


@pytest.mark.parametrize("operation", [branches.regenerate, branches.edit, branches.show])
def test_a_deleted_message_is_gone(chat: Conversation, owner: User, operation: Any) -> None:
    chat.delete("q2")
    values = {"text": "q2b"} if operation is branches.edit else {}
    if operation is not branches.show:
        values["client_id"] = uuid.uuid4()

    with pytest.raises(MessageGone):
        operation(user=owner, thread_id=chat.id, message_id=chat.named("q2").pk, **values)


# --- For all of them ---


OPERATIONS = {
    "regenerate": lambda at: branches.regenerate(**at, client_id=uuid.uuid4()),
    "edit": lambda at: branches.edit(**at, client_id=uuid.uuid4(), text="q1b"),
    "show": lambda at: branches.show(**at),
    "delete": lambda at: branches.delete(**at),
    "restore": lambda at: branches.restore(**at),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_while_an_answer_is_written_the_branches_stay(chat: Conversation, name: str) -> None:
    send(chat.owner, "q3", thread_id=chat.id)
    before = chat.thread.revision
    at = {"user": chat.owner, "thread_id": chat.id, "message_id": chat.named("q1").pk}

    with pytest.raises(WaitForAnswer):
        OPERATIONS[name](at)

    assert chat.thread.revision == before
    assert Message.objects.alive().count() == 6


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_strangers_thread_is_not_found(chat: Conversation, stranger: User, name: str) -> None:
    at = {"user": stranger, "thread_id": chat.id, "message_id": chat.named("q1").pk}

    with pytest.raises(NotFound):
        OPERATIONS[name](at)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_thread_in_the_trash_is_not_found(chat: Conversation, name: str) -> None:
    Thread.objects.update(deleted_at=timezone.now())
    at = {"user": chat.owner, "thread_id": chat.id, "message_id": chat.named("q1").pk}

    with pytest.raises(NotFound):
        OPERATIONS[name](at)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_message_of_another_thread_is_gone(chat: Conversation, name: str) -> None:
    other = Conversation(make_user("other@example.com"))
    other.say("theirs", "answer")
    at = {"user": chat.owner, "thread_id": chat.id, "message_id": other.named("theirs").pk}

    with pytest.raises(MessageGone):
        OPERATIONS[name](at)
