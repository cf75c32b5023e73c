"""What a person does with a thread as a whole, and who else may not."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from activity import events
from activity.models import ConversationActivity, Generation, GenerationLock, State
from chat import thread_services as threads
from chat.models import Thread, TitleBy
from chat.refusals import EmptyTitle, NotFound, TitleTooLong, TooManyPins
from tests.factories import make_generation, send, thread_of
from tests.races.race import at_once

pytestmark = pytest.mark.django_db(transaction=True)

OPERATIONS: dict[str, Callable[..., None]] = {
    "rename": lambda **ids: threads.rename(**ids, title="Clay"),
    "pin": lambda **ids: threads.pin(**ids, pinned=True),
    "archive": lambda **ids: threads.archive(**ids, archived=True),
    "mute": lambda **ids: threads.mute(**ids, muted=True),
    "delete": lambda **ids: threads.delete(**ids),
}


@pytest.fixture
def thread(owner: User) -> Thread:
    return Thread.objects.create(owner=owner, title="Kiln", title_by=TitleBy.WORDS)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    told: list[Any] = []
    monkeypatch.setattr(events, "publish", told.extend)
    return told


def fresh(thread: Thread) -> Thread:
    return Thread.objects.get(pk=thread.pk)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_change_takes_one_revision_and_tells_pages_and_lists(
    operation: Callable[..., None], owner: User, thread: Thread, published: list[Any]
) -> None:
    operation(user=owner, thread_id=thread.pk)

    assert fresh(thread).revision == 1
    assert [(channel, event["type"]) for channel, event in published] == [
        (f"thread:{thread.pk}", "activity.conversation.changed"),
        (f"user:{owner.pk}", "activity.listing.changed"),
    ]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_repeat_changes_and_tells_nothing(
    operation: Callable[..., None], owner: User, thread: Thread, published: list[Any]
) -> None:
    operation(user=owner, thread_id=thread.pk)
    before, told = fresh(thread), len(published)

    operation(user=owner, thread_id=thread.pk)

    after = fresh(thread)
    assert len(published) == told
    assert (after.revision, after.pinned_at) == (before.revision, before.pinned_at)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_stranger_finds_no_thread(
    operation: Callable[..., None], stranger: User, thread: Thread
) -> None:
    with pytest.raises(NotFound):
        operation(user=stranger, thread_id=thread.pk)
    with pytest.raises(NotFound):
        operation(user=stranger, thread_id=uuid.uuid4())

    assert fresh(thread).revision == 0


def test_a_stranger_cannot_restore(owner: User, stranger: User, thread: Thread) -> None:
    threads.delete(user=owner, thread_id=thread.pk)

    with pytest.raises(NotFound):
        threads.restore(user=stranger, thread_id=thread.pk)


def test_a_title_is_one_clean_line_and_its_persons(owner: User, thread: Thread) -> None:
    threads.rename(
        user=owner, thread_id=thread.pk, title="  Kiln\r\n\0notes\ud800 \u202e 👩\u200d🎨 "
    )

    assert fresh(thread).title == "Kiln notes\ufffd 👩\u200d🎨"
    assert fresh(thread).title_by == TitleBy.PERSON


def test_the_same_title_still_becomes_its_persons(owner: User, thread: Thread) -> None:
    threads.rename(user=owner, thread_id=thread.pk, title="Kiln")

    assert fresh(thread).title_by == TitleBy.PERSON


@pytest.mark.parametrize("title", ["", " \n ", "\0", "\u200d"])
def test_a_title_that_shows_nothing_is_refused(title: str, owner: User, thread: Thread) -> None:
    with pytest.raises(EmptyTitle):
        threads.rename(user=owner, thread_id=thread.pk, title=title)


def test_a_title_is_as_long_as_can_be_kept(owner: User, thread: Thread) -> None:
    threads.rename(user=owner, thread_id=thread.pk, title="é" * 200)
    with pytest.raises(TitleTooLong):
        threads.rename(user=owner, thread_id=thread.pk, title="é" * 201)

    assert len(fresh(thread).title) == 200


def test_pinned_and_archived_exclude_each_other(owner: User, thread: Thread) -> None:
    threads.pin(user=owner, thread_id=thread.pk, pinned=True)
    threads.archive(user=owner, thread_id=thread.pk, archived=True)
    assert fresh(thread).pinned_at is None

    threads.pin(user=owner, thread_id=thread.pk, pinned=True)
    assert fresh(thread).archived_at is None


def test_pins_are_few(owner: User, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_PINNED", 1)
    threads.pin(user=owner, thread_id=thread.pk, pinned=True)
    other = Thread.objects.create(owner=owner)

    with pytest.raises(TooManyPins):
        threads.pin(user=owner, thread_id=other.pk, pinned=True)
    threads.pin(user=owner, thread_id=thread.pk, pinned=True)  # it is already


def test_a_message_takes_its_thread_out_of_the_archive(owner: User, thread: Thread) -> None:
    threads.archive(user=owner, thread_id=thread.pk, archived=True)

    send(owner, thread_id=thread.pk)

    assert fresh(thread).archived_at is None


def test_deleting_stops_what_runs_and_undo_brings_all_back(owner: User) -> None:
    generation = make_generation(owner)
    thread = thread_of(generation)
    threads.pin(user=owner, thread_id=thread.pk, pinned=True)

    threads.delete(user=owner, thread_id=thread.pk)

    assert Generation.objects.get().state == State.STOPPED
    assert not GenerationLock.objects.exists()
    assert not ConversationActivity.objects.get().is_generating
    assert not Thread.objects.visible_to(owner).exists()

    threads.restore(user=owner, thread_id=thread.pk)

    back = Thread.objects.visible_to(owner).get()
    assert back.pinned_at
    assert back.messages.count() == 2
    assert back.revision > thread.revision


def test_deleting_again_stops_what_the_first_time_could_not(owner: User) -> None:
    generation = make_generation(owner)
    Thread.objects.update(deleted_at=timezone.now())  # and then the process died

    threads.delete(user=owner, thread_id=thread_of(generation).pk)

    assert Generation.objects.get().state == State.STOPPED


def test_nothing_is_sent_to_a_deleted_thread(owner: User, thread: Thread) -> None:
    threads.delete(user=owner, thread_id=thread.pk)

    with pytest.raises(NotFound):
        send(owner, thread_id=thread.pk)


def test_a_send_and_a_delete_at_once_leave_nothing_running(owner: User) -> None:
    for _ in range(10):
        thread = Thread.objects.create(owner=owner)

        at_once(
            [
                lambda pk=thread.pk: send(owner, thread_id=pk),
                lambda pk=thread.pk: threads.delete(user=owner, thread_id=pk),
            ]
        )

        assert fresh(thread).deleted_at
        assert not Generation.objects.in_flight().filter(thread=thread).exists()


def test_a_rename_and_a_first_send_at_once_keep_the_persons_title(owner: User) -> None:
    for _ in range(10):
        thread = Thread.objects.create(owner=owner)

        at_once(
            [
                lambda pk=thread.pk: send(owner, "What is clay?", thread_id=pk),
                lambda pk=thread.pk: threads.rename(user=owner, thread_id=pk, title="Mine"),
            ]
        )

        assert (fresh(thread).title, fresh(thread).title_by) == ("Mine", TitleBy.PERSON)


def test_staff_restore_from_the_trash(owner: User, staff: User, thread: Thread) -> None:
    threads.delete(user=owner, thread_id=thread.pk)
    client = Client()
    client.force_login(staff)
    url = reverse("admin:chat_thread_changelist")
    assert "Kiln" in client.get(url, {"trash": "yes"}).content.decode()

    response = client.post(url, {"action": "restore_selected", "_selected_action": [thread.pk]})

    assert [str(message) for message in get_messages(response.wsgi_request)] == ["1 chat restored."]
    assert Thread.objects.visible_to(owner).exists()
    assert "Kiln" not in client.get(url, {"trash": "yes"}).content.decode()
