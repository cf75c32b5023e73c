"""Turns of edit conversations whose worker, model or owner ends them in the middle: what was
finished is kept, a post of its own, and never asked for again."""

import base64
import signal
import time
import uuid

import pytest
from django.test import Client

from accounts.models import User
from activity import counts, ledger
from activity.models import ConversationActivity, Generation, GenerationLock, State
from files.services import keep_result
from gallery.images import GeneratedImage
from imageedit import services
from imageedit.models import EditConversation, Output, TurnStatus
from tests.faults.conftest import LEASE, HarmedStudio
from tests.faults.painter import Painter, picture
from tests.faults.services import kill_postgres, kill_valkey, need_embedded
from tests.gallery.posts import develop
from tests.gallery.rows import make_image, make_post
from tests.imageedit.edits import last_turn, outputs_of, send, start, statuses
from tests.studio import wait_until

pytestmark = [
    pytest.mark.stack,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("same_files"),
]


KEPT = ["developing", "ready"]


def begin(owner: User, painter: Painter) -> EditConversation:
    """A turn of three models."""
    content = base64.b64decode(picture("vases"))
    file = keep_result(user=owner, file_id=uuid.uuid4(), name="vases.png", content=content)
    develop()
    source = make_image(make_post(owner, images=0).exchanges.get(), file=file)
    conversation = start(owner, source, models=list(painter.models.values())).generation.edit
    assert conversation is not None
    return conversation


def kept(conversation: EditConversation) -> list[str]:
    outputs = last_turn(conversation).outputs.filter(status__in=KEPT)
    return [output.model_name.lower() for output in outputs]


def ended(conversation: EditConversation, *, seconds: float = 30) -> EditConversation:
    """The conversation at its end, when the ledger is sound and each image that is there is one
    of a post of its own."""
    wait_until(
        lambda: not Generation.objects.in_flight().filter(edit=conversation).exists(),
        seconds=seconds,
        what="the run has ended",
    )
    develop()
    assert not last_turn(conversation).is_running
    outputs = Output.objects.filter(turn__conversation=conversation)
    made = [output.image_id for output in outputs.filter(status="ready")]
    edited = GeneratedImage.objects.filter(kind="edited")
    assert sorted(made) == sorted(edited.values_list("pk", flat=True))
    assert edited.values("post").distinct().count() == len(made)
    assert not outputs.without_post().exists()
    assert not GenerationLock.objects.exists()
    activity = ConversationActivity.objects.get(edit=conversation)
    assert (activity.active_count, activity.is_generating) == (0, False)
    assert counts.reconcile_activity() == 0
    return EditConversation.objects.get(pk=conversation.pk)


def test_killed_after_the_first_output_nothing_is_paid_twice(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    conversation = begin(owner, painter)
    wait_until(lambda: kept(conversation) == ["one"], what="the first output is kept")
    studio.kill(studio.worker)
    since = time.monotonic()
    painter.release()
    studio.start_another_worker()

    conversation = ended(conversation)

    assert time.monotonic() - since < 30
    assert statuses(conversation) == ["ready"] * 3
    assert last_turn(conversation).status == TurnStatus.COMPLETED
    assert painter.asked == {"one": 1, "two": 2, "three": 2}
    generation = Generation.objects.get()
    assert (generation.state, generation.attempt) == (State.COMPLETED, 2)


def test_a_worker_that_is_shut_down_hands_the_rest_on(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    conversation = begin(owner, painter)
    wait_until(lambda: kept(conversation) == ["one"], what="the first output is kept")
    studio.signal(studio.worker, signal.SIGTERM)
    studio.start_another_worker()
    wait_until(lambda: painter.asked["two"] == 2, what="another goes on")
    painter.release()

    assert statuses(ended(conversation)) == ["ready"] * 3
    assert painter.asked == {"one": 1, "two": 2, "three": 2}


def test_cut_off_too_often_what_is_open_fails_and_is_tried_again_alone(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two"}
    conversation = begin(owner, painter)
    for attempt in (1, 2, 3):
        wait_until(
            lambda: painter.asked["two"] == attempt,  # noqa: B023
            seconds=40,
            what=f"attempt {attempt}",
        )
        wait_until(lambda: kept(conversation) == ["one", "three"], what="the others are kept")
        studio.kill(studio.worker)
        studio.start_another_worker()

    conversation = ended(conversation)

    assert statuses(conversation) == ["ready", "failed", "ready"]
    lost = outputs_of(conversation)[1]
    assert lost.error_sentence == "This was interrupted. Please try again."
    assert painter.asked["one"] == 1
    assert Generation.objects.get().state == State.INTERRUPTED

    painter.release()
    services.retry(
        user=owner, conversation_id=conversation.pk, client_id=uuid.uuid4(), output_id=lost.pk
    )
    assert statuses(ended(conversation)) == ["ready"] * 3
    assert painter.asked["three"] == 1


def test_stopped_half_way_what_is_there_stays_and_is_changed_again(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    conversation = begin(owner, painter)
    wait_until(lambda: kept(conversation) == ["one"], what="the first output is kept")
    browser = Client()
    browser.force_login(owner)
    assert browser.post(f"/posts/edit/{conversation.pk}/stop/").status_code == 204
    painter.release()

    conversation = ended(conversation, seconds=1)

    assert last_turn(conversation).status == TurnStatus.STOPPED
    assert statuses(conversation) == ["ready", "stopped", "stopped"]
    time.sleep(1)  # what is drawn now comes too late
    assert statuses(conversation) == ["ready", "stopped", "stopped"]
    page = browser.get(f"/posts/edit/{conversation.pk}/").content.decode()
    assert page.count("Try again</button>") == 3  # each of the two, and both

    send(owner, conversation, model_ids=[painter.models["three"].pk])
    conversation = ended(conversation)
    assert statuses(conversation) == ["ready"]
    assert conversation.turn_count == 2


@pytest.mark.parametrize("failing", [{"two"}, {"one", "two", "three"}])
def test_models_that_fail_are_told_apart(
    studio: HarmedStudio, owner: User, painter: Painter, failing: set[str]
) -> None:
    painter.fail = dict.fromkeys(failing, 402)
    conversation = ended(begin(owner, painter))

    by_model = {output.model_name.lower(): output for output in outputs_of(conversation)}
    assert {name for name, output in by_model.items() if output.status == "failed"} == failing
    assert {by_model[name].error_code for name in failing} == {"no_credit"}
    all_failed = len(failing) == len(by_model)
    expected = TurnStatus.FAILED if all_failed else TurnStatus.COMPLETED
    assert last_turn(conversation).status == expected


def test_delivered_many_times_it_is_made_once(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two"}
    conversation = begin(owner, painter)
    generation = Generation.objects.get()
    studio.start_another_worker()
    for _ in range(10):
        ledger.send(generation.pk)
    wait_until(lambda: kept(conversation) == ["one", "three"], what="the others are kept")
    for _ in range(10):
        ledger.send(generation.pk)
    painter.release()

    assert statuses(ended(conversation)) == ["ready"] * 3
    assert painter.asked == {"one": 1, "two": 1, "three": 1}


def test_a_worker_that_wakes_after_its_lease_writes_nothing(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    painter.hold = {"two", "three"}
    conversation = begin(owner, painter)
    wait_until(lambda: kept(conversation) == ["one"], what="the first output is kept")
    sleeper = studio.worker
    studio.signal(sleeper, signal.SIGSTOP)
    studio.start_another_worker()
    wait_until(lambda: painter.asked["two"] == 2, seconds=LEASE + 20, what="another goes on")
    painter.release()
    revision = ended(conversation).revision

    studio.signal(sleeper, signal.SIGCONT)
    time.sleep(2)

    assert ended(conversation).revision == revision
    assert statuses(conversation) == ["ready"] * 3
    assert painter.asked == {"one": 1, "two": 2, "three": 2}


def test_postgres_dies_while_outputs_are_drawn(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    need_embedded("postgres")
    painter.hold = {"two", "three"}
    conversation = begin(owner, painter)
    wait_until(lambda: kept(conversation) == ["one"], what="the first output is kept")
    kill_postgres()
    painter.release()

    conversation = ended(conversation, seconds=60)

    assert statuses(conversation) == ["ready"] * 3
    assert painter.asked["one"] == 1


def test_valkey_dies_while_outputs_are_drawn(
    studio: HarmedStudio, owner: User, painter: Painter
) -> None:
    need_embedded("valkey")
    painter.hold = {"two", "three"}
    conversation = begin(owner, painter)
    wait_until(lambda: kept(conversation) == ["one"], what="the first output is kept")
    kill_valkey()
    painter.release()

    assert statuses(ended(conversation, seconds=60)) == ["ready"] * 3
    assert painter.asked["one"] == 1
