"""A post on the live channel: every part wakes its pages, which read what they lack."""

import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from accounts.models import User
from activity import events
from activity.live.conversations import Changes
from activity.models import Generation
from files.models import File
from gallery.live import LivePost
from gallery.models import GeneratedImage, Post, Status
from gallery.services import stop
from tests.gallery.posts import (
    develop,
    images_of,
    make_claimed,
    make_finished,
    make_post,
    run_all,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is published."""
    heard: list[tuple[str, Any]] = []

    def publish(messages: Sequence[tuple[str, events.Event]]) -> None:
        heard.extend(messages)

    monkeypatch.setattr(events, "publish", publish)
    return heard


def changes(user: User, post: Post, revision: int = 0) -> Changes:
    found = LivePost().changes_since(user=user, id=post.pk, revision=revision)
    assert found is not None
    return found


def test_every_part_is_told_with_its_revision(owner: User, told: list[tuple[str, Any]]) -> None:
    post = make_post(owner)
    work(Generation.objects.get())
    develop()

    channel = events.conversation_channel("post", post.pk)
    revisions = [event["revision"] for name, event in told if name == channel]
    # Asked for, the caption, the beginning, three images kept, the end, three images opened.
    # Three threads keep the images: what they commit in order they need not publish in order.
    assert sorted(revisions) == list(range(1, 11))
    assert Post.objects.get().revision == 10
    rows = [event for name, event in told if name == events.user_channel(owner.pk)]
    assert [event["top"] for event in rows] == [True] + [False] * 9
    assert {event["kind"] for event in rows} == {"post"}


def test_a_page_reads_what_it_lacks(owner: User, stranger: User) -> None:
    generation = make_claimed(owner)
    post = Post.objects.get()

    running = changes(owner, post)
    assert (running.revision, running.busy) == (post.revision, True)
    assert [(one.generation_id, one.element) for one in running.streams] == [
        (generation.pk, str(post.pk))
    ]
    assert changes(owner, post, running.revision).content == ""
    assert LivePost().changes_since(user=stranger, id=post.pk, revision=0) is None
    assert LivePost().changes_since(user=owner, id=uuid.uuid4(), revision=0) is None

    stop(user=owner, post_id=post.pk)
    stopped = changes(owner, post, running.revision)
    assert (stopped.busy, list(stopped.streams)) == (False, [])
    assert stopped.revision > running.revision


def test_its_row_spins_as_long_as_it_is_made(owner: User, stranger: User) -> None:
    post = make_post(owner)
    row = LivePost().row(user=owner, id=post.pk)
    assert row is not None
    assert "spinner" in row.html
    assert LivePost().row(user=stranger, id=post.pk) is None

    run_all(post)

    row = LivePost().row(user=owner, id=post.pk)
    assert row is not None
    assert "spinner" not in row.html


def test_the_page_costs_as_many_queries_for_many_versions(
    owner: User, django_assert_max_num_queries: Any
) -> None:
    post = make_finished(owner)
    with django_assert_max_num_queries(14):
        changes(owner, post)


def test_an_account_goes_with_all_that_it_made(owner: User) -> None:
    post = make_finished(owner)
    assert post.status == Status.GENERATED
    assert len(images_of(post)) == 3

    owner.delete()

    assert not Post.objects.exists()
    assert not GeneratedImage.objects.exists()
    assert not File.objects.exists()
