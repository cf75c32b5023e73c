"""Runs of posts whose worker, model or owner ends them in the middle: what was finished is kept
and never asked for again, and page and database say the same."""

import signal
import time
import uuid

import pytest
from django.test import Client

from accounts.models import User
from activity import counts, ledger
from activity.models import ConversationActivity, Generation, GenerationLock, State, TextChunk
from gallery.models import CaptionStatus, GeneratedImage, Post, Status
from gallery.retrying import retry
from gallery.services import stop
from tests.faults.conftest import LEASE, HarmedStudio
from tests.faults.painter import SHOWN, Painter
from tests.faults.services import kill_postgres, kill_valkey, need_embedded
from tests.gallery.posts import develop, images_of, make_post
from tests.studio import wait_until

pytestmark = [
    pytest.mark.stack,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("same_files"),
]
KEPT = ["developing", "ready"]


def begin(owner: User, painter: Painter) -> Post:
    return make_post(owner, models=list(painter.models.values()))


def kept(post: Post) -> list[str]:
    images = GeneratedImage.objects.filter(post=post, status__in=KEPT).order_by("position")
    return [image.model_name.lower() for image in images]


def ended(post: Post, *, seconds: float = 30) -> Post:
    """The post at its end, when the ledger is sound."""
    wait_until(
        lambda: not Generation.objects.in_flight().filter(post=post).exists(),
        seconds=seconds,
        what="the run has ended",
    )
    develop()
    post = Post.objects.get(pk=post.pk)
    assert not post.is_waiting
    assert post.pending_models == 0
    assert not GenerationLock.objects.exists()
    assert not TextChunk.objects.exists()
    activity = ConversationActivity.objects.get(post=post)
    assert (activity.active_count, activity.is_generating) == (0, False)
    assert counts.reconcile_activity() == 0
    return post


def statuses(post: Post) -> list[str]:
    return [image.status for image in images_of(post)]


def test_killed_after_the_first_image_nothing_is_paid_twice(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    post = begin(owner, painter)
    wait_until(lambda: kept(post) == ["one"], what="the first image is kept")
    studio.kill(studio.worker)
    since = time.monotonic()
    painter.release()
    studio.start_another_worker()

    post = ended(post)

    assert time.monotonic() - since < 30
    assert statuses(post) == ["ready"] * 3
    assert (post.status, post.caption) == (Status.GENERATED, SHOWN)
    assert painter.asked == {"words": 1, "one": 1, "two": 2, "three": 2}
    generation = Generation.objects.get()
    assert (generation.state, generation.attempt) == (State.COMPLETED, 2)


def test_killed_in_the_caption_it_is_written_anew(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"words"}
    post = begin(owner, painter)
    wait_until(lambda: TextChunk.objects.exists(), what="a part of the caption is saved")
    studio.kill(studio.worker)
    painter.release()
    studio.start_another_worker()

    post = ended(post)

    assert (post.caption, post.hashtags) == (SHOWN, ["clay", "kiln"])
    assert statuses(post) == ["ready"] * 3
    assert painter.asked == {"words": 2, "one": 1, "two": 1, "three": 1}


def test_a_worker_that_is_shut_down_hands_the_rest_on(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    post = begin(owner, painter)
    wait_until(lambda: kept(post) == ["one"], what="the first image is kept")
    studio.signal(studio.worker, signal.SIGTERM)
    studio.start_another_worker()
    wait_until(lambda: painter.asked["two"] == 2, what="another goes on")
    painter.release()

    post = ended(post)

    assert statuses(post) == ["ready"] * 3
    assert painter.asked == {"words": 1, "one": 1, "two": 2, "three": 2}


def test_cut_off_too_often_what_is_open_fails_and_can_be_tried_again(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two"}
    post = begin(owner, painter)
    for attempt in (1, 2, 3):
        wait_until(
            lambda: painter.asked["two"] == attempt,  # noqa: B023
            seconds=40,
            what=f"attempt {attempt}",
        )
        wait_until(lambda: kept(post) == ["one", "three"], what="the others are kept")
        studio.kill(studio.worker)
        studio.start_another_worker()

    post = ended(post)

    assert statuses(post) == ["ready", "failed", "ready"]
    image = images_of(post)[1]
    assert image.error_sentence == "This was interrupted. Please try again."
    assert (painter.asked["one"], painter.asked["words"]) == (1, 1)
    assert Generation.objects.get().state == State.INTERRUPTED

    painter.release()
    retry(user=owner, post_id=post.pk, client_id=uuid.uuid4())
    post = ended(post)
    assert statuses(post) == ["ready"] * 3
    assert post.status == Status.GENERATED


def test_stopped_half_way_what_is_there_stays(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    post = begin(owner, painter)
    wait_until(lambda: kept(post) == ["one"], what="the first image is kept")
    browser = Client()
    browser.force_login(owner)
    assert browser.post(f"/posts/{post.pk}/stop/").status_code == 204
    painter.release()

    post = ended(post, seconds=1)

    assert (post.status, post.caption) == (Status.STOPPED, SHOWN)
    assert statuses(post) == ["ready", "stopped", "stopped"]
    time.sleep(1)  # what is drawn now comes too late
    assert statuses(post) == ["ready", "stopped", "stopped"]
    page = browser.get(f"/posts/{post.pk}/").content.decode()
    assert page.count("<picture") >= 1


def test_stopped_in_the_caption_its_words_stay(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"words"}
    post = begin(owner, painter)
    wait_until(lambda: TextChunk.objects.exists(), what="a part of the caption is saved")

    assert stop(user=owner, post_id=post.pk)
    post = ended(post, seconds=1)

    assert post.status == Status.STOPPED
    assert post.caption
    assert SHOWN.startswith(post.caption)
    assert post.exchanges.get().caption_status == CaptionStatus.STOPPED
    assert statuses(post) == ["stopped"] * 3
    assert painter.asked == {"words": 1}


@pytest.mark.parametrize("failing", [{"two"}, {"one", "two", "three"}])
def test_models_that_fail_are_told_apart(
    studio: HarmedStudio, owner: User, painter: Painter, failing: set[str]
) -> None:
    painter.fail = dict.fromkeys(failing, 402)
    post = ended(begin(owner, painter))

    by_model = {image.model_name.lower(): image for image in images_of(post)}
    assert {name for name, image in by_model.items() if image.status == "failed"} == failing
    assert {by_model[name].error_code for name in failing} == {"no_credit"}
    assert (post.status, post.caption) == (Status.GENERATED, SHOWN)
    assert painter.asked["two"] == 1


def test_a_caption_that_fails_costs_no_image(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.fail = {"words": 401}
    post = ended(begin(owner, painter))

    assert post.status == Status.CAPTION_FAILED
    assert post.exchanges.get().error_code == "bad_key"
    assert statuses(post) == ["stopped"] * 3
    assert painter.asked == {"words": 1}


def test_delivered_many_times_it_is_made_once(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two"}
    post = begin(owner, painter)
    generation = Generation.objects.get()
    studio.start_another_worker()
    for _ in range(10):
        ledger.send(generation.pk)
    wait_until(lambda: kept(post) == ["one", "three"], what="the others are kept")
    for _ in range(10):
        ledger.send(generation.pk)
    painter.release()

    post = ended(post)

    assert painter.asked == {"words": 1, "one": 1, "two": 1, "three": 1}
    assert statuses(post) == ["ready"] * 3


def test_a_worker_that_wakes_after_its_lease_writes_nothing(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    post = begin(owner, painter)
    wait_until(lambda: kept(post) == ["one"], what="the first image is kept")
    sleeper = studio.worker
    studio.signal(sleeper, signal.SIGSTOP)
    studio.start_another_worker()
    wait_until(lambda: painter.asked["two"] == 2, seconds=LEASE + 20, what="another goes on")
    painter.release()
    post = ended(post)
    revision = post.revision

    studio.signal(sleeper, signal.SIGCONT)
    time.sleep(2)

    post = Post.objects.get()
    assert post.revision == revision
    assert statuses(post) == ["ready"] * 3
    assert painter.asked == {"words": 1, "one": 1, "two": 2, "three": 2}


def test_postgres_dies_while_images_are_drawn(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    need_embedded("postgres")
    painter.hold = {"two", "three"}
    post = begin(owner, painter)
    wait_until(lambda: kept(post) == ["one"], what="the first image is kept")
    painter.hold = {"three"}
    kill_postgres()
    painter.release()

    post = ended(post, seconds=60)

    assert statuses(post) == ["ready"] * 3
    assert painter.asked["one"] == painter.asked["words"] == 1


def test_valkey_dies_while_the_caption_is_written(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    need_embedded("valkey")
    painter.hold = {"words"}
    post = begin(owner, painter)
    wait_until(lambda: painter.asked["words"] == 1, what="the caption is asked for")
    kill_valkey()
    painter.release()

    post = ended(post, seconds=60)

    assert post.caption == SHOWN
    assert statuses(post) == ["ready"] * 3
