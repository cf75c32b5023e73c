"""Races of posts on a real database, with controls that break the mechanism and must then see
the rule broken."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from activity import counts, ledger
from activity.kinds import Outcome
from activity.models import ConversationActivity, Generation, GenerationLock, State
from activity.sweeping import sweep
from files import opened
from files.models import Blob
from files.models import State as BlobState
from files.services import keep_result
from gallery import editing, progress
from gallery.asking import Asked
from gallery.captions import Caption
from gallery.generation import MakingPost
from gallery.images import ImageStatus
from gallery.models import Exchange, GeneratedImage, Post, Status
from gallery.parts import Claim
from gallery.refusals import Busy, NothingToRetry, RequestChanged
from gallery.retrying import retry, retry_image
from gallery.services import refine, stop
from gallery.slots import Spent
from providers.base import Endpoint, ImageRequest
from providers.demo.images import DemoImageProvider
from providers.models import AIModel
from tests.gallery.posts import create, images_of, make_claimed, make_image_models, make_post
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

TIMES = 12
ROUNDS = 12


@pytest.fixture
def models(db: None) -> list[AIModel]:
    return make_image_models()


@pytest.fixture(scope="module")
def picture() -> bytes:
    drawn = DemoImageProvider(Endpoint("demo", "", "demo-shapes")).generate(ImageRequest("x"))
    return asyncio.run(drawn).image.content


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    from providers.demo import images

    monkeypatch.setattr(images, "PAUSE_SECONDS", dict.fromkeys(images.PAUSE_SECONDS, 0.0))


def claim_of(generation: Generation) -> Claim:
    return MakingPost().prepare(generation).claim


def assert_sound(post: Post) -> None:
    """One generation at most, its lock, its count, and what the post says of its parts."""
    running = Generation.objects.in_flight().filter(post=post).count()
    assert running == GenerationLock.objects.filter(post=post).count() <= 1
    row = ConversationActivity.objects.get(post=post)
    assert (row.active_count, row.is_generating) == (running, running > 0)
    assert counts.reconcile_activity() == 0
    post = Post.objects.get(pk=post.pk)
    pending = sum(image.is_pending for image in images_of(post))
    assert post.pending_models == pending
    assert (post.status in (Status.GENERATING_CAPTION, Status.GENERATING_IMAGES)) == (
        running > 0 or pending > 0
    )
    assert post.exchanges.filter(status="running").count() == running


def creates_at_once(owner: User, models: list[AIModel], keys: list[uuid.UUID]) -> list[Any]:
    post_id = uuid.uuid4()
    return at_once(
        [partial(create, owner, post_id=post_id, client_id=key, models=models) for key in keys]
    )


def test_of_many_creates_at_once_one_is_made(owner: User, models: list[AIModel]) -> None:
    results = creates_at_once(owner, models, [uuid.uuid4()] * TIMES)

    assert all(isinstance(result, Asked) for result in results), results
    assert sum(not result.replayed for result in results) == 1
    assert (Post.objects.count(), Exchange.objects.count()) == (1, 1)
    assert (Generation.objects.count(), GeneratedImage.objects.count()) == (1, 3)
    assert_sound(Post.objects.get())


def test_of_many_creates_under_other_keys_one_is_made(owner: User, models: list[AIModel]) -> None:
    results = creates_at_once(owner, models, [uuid.uuid4() for _ in range(TIMES)])

    assert all(isinstance(result, Asked) for result in results), results
    assert len({result.generation.pk for result in results}) == 1
    assert_sound(Post.objects.get())


def test_of_many_wishes_under_one_id_one_is_made(owner: User, models: list[AIModel]) -> None:
    post_id = uuid.uuid4()
    wishes = [
        partial(create, owner, post_id=post_id, models=models, prompt=f"Clay {number}")
        for number in range(TIMES)
    ]
    results = at_once(wishes)

    assert sum(isinstance(result, Asked) for result in results) == 1
    assert sum(isinstance(result, RequestChanged) for result in results) == TIMES - 1
    assert_sound(Post.objects.get())


def finished_with_one_lost(owner: User, models: list[AIModel], picture: bytes) -> Post:
    """A post of which the second image failed."""
    generation = make_claimed(owner, models=models)
    claim = claim_of(generation)
    slots = list(GeneratedImage.objects.filter(post=generation.post_id).order_by("position"))
    claim.save_caption(Caption("Clay"), Spent())
    claim.begin_drawing({slot.pk: "x" for slot in slots})
    claim.fail_image(slots[1].pk, "timeout")
    for slot in (slots[0], slots[2]):
        claim.keep_image(slot.pk, "a.png", picture, Spent())
    assert ledger.finish(generation.pk, epoch=generation.epoch, outcome=Outcome(State.COMPLETED))
    Blob.objects.update(state=BlobState.READY)
    GeneratedImage.objects.filter(status=ImageStatus.DEVELOPING).update(status=ImageStatus.READY)
    return Post.objects.get(pk=generation.post_id)


def retries_at_once(owner: User, post: Post) -> list[Any]:
    lost = post.images.get(status=ImageStatus.FAILED)
    again = partial(retry_image, user=owner, post_id=post.pk, image_id=lost.pk)
    all_again = partial(retry, user=owner, post_id=post.pk)
    return at_once(
        [
            partial(again if number % 2 else all_again, client_id=uuid.uuid4())
            for number in range(TIMES)
        ]
    )


def test_tried_again_many_times_at_once_it_is_once(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    post = finished_with_one_lost(owner, models, picture)

    results = retries_at_once(owner, post)

    assert sum(isinstance(result, Asked) for result in results) == 1
    refused = [result for result in results if not isinstance(result, Asked)]
    assert all(isinstance(result, Busy | NothingToRetry) for result in refused), refused
    assert Generation.objects.in_flight().count() == 1
    assert_sound(post)


@contextmanager
def without_unique(column: str) -> Iterator[None]:
    table = GenerationLock._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'u' "
            "AND pg_get_constraintdef(oid) LIKE %s",
            [table, f"%({column})%"],
        )
        name, definition = cursor.fetchone()
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def test_control_without_locks_many_retries_win(
    owner: User, models: list[AIModel], picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the unique column, nor the post's row lock: then several are accepted."""

    def unlocked(post_id: uuid.UUID) -> Post:
        return Post.objects.get(pk=post_id)

    def no_lock_is_seen(*args: Any, **kwargs: Any) -> Any:
        return GenerationLock.objects.none()

    from gallery import retrying

    post = finished_with_one_lost(owner, models, picture)
    monkeypatch.setattr(progress, "locked", unlocked)
    monkeypatch.setattr(
        retrying, "GenerationLock", type("None_", (), {"objects": GenerationLock.objects.none()})
    )
    with without_unique("post_id"):
        accepted = 0
        for _ in range(ROUNDS):
            results = retries_at_once(owner, post)
            accepted = max(accepted, sum(isinstance(result, Asked) for result in results))
            if accepted > 1:
                break
            GenerationLock.objects.all().delete()
            GeneratedImage.objects.filter(position=1).update(status=ImageStatus.FAILED)
            Generation.objects.filter(state=State.QUEUED).update(state=State.FAILED)
    assert accepted > 1


def test_stop_against_the_end_and_against_parts(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    dice = Random(4)
    for _ in range(ROUNDS):
        generation = make_claimed(owner, models=models)
        claim = claim_of(generation)
        post = Post.objects.get(pk=claim.post_id)
        slots = list(post.images.order_by("position"))
        claim.save_caption(Caption("Clay"), Spent())
        claim.begin_drawing({slot.pk: "x" for slot in slots})
        finish = partial(
            ledger.finish,
            generation.pk,
            epoch=generation.epoch,
            outcome=Outcome(State.COMPLETED),
        )
        keep = [partial(claim.keep_image, slot.pk, "a.png", picture, Spent()) for slot in slots]
        actions = [partial(stop, user=owner, post_id=post.pk), finish, *keep, sweep]
        dice.shuffle(actions)
        results = at_once(actions)

        strange = [
            result
            for result in results
            if isinstance(result, Exception) and not isinstance(result, ledger.Lost)
        ]
        assert not strange
        generation.refresh_from_db()
        assert generation.state in (State.STOPPED, State.COMPLETED)
        for image in post.images.all():
            assert image.status in ("developing", "ready", "stopped")
            assert (image.file_id is None) == (image.status == "stopped")
        assert_sound(post)


def test_the_end_of_opening_is_never_missed(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    """The media worker may be done before the slot knows its file."""
    for number in range(ROUNDS):
        generation = make_claimed(owner, models=models[:1])
        claim = claim_of(generation)
        slot = GeneratedImage.objects.get(post=claim.post_id)
        content = picture + str(number).encode()  # another blob each time
        file = keep_result(user=owner, file_id=uuid.uuid4(), name="a.png", content=content)

        def open_it(sha256: str = file.blob_id) -> None:
            from django.db import transaction

            with transaction.atomic():
                Blob.objects.filter(pk=sha256).update(state=BlobState.READY, width=10, height=20)
                opened.tell(Blob.objects.get(pk=sha256))

        results = at_once([open_it, partial(claim.adopt_image, slot.pk, file, Spent())])
        assert results == [None, None]
        slot.refresh_from_db()
        assert (slot.status, slot.width, slot.height) == ("ready", 10, 20)
        stop(user=owner, post_id=claim.post_id)


def test_refine_against_edit_delete_and_stop(owner: User, models: list[AIModel]) -> None:
    dice = Random(8)
    for _ in range(ROUNDS):
        post = make_post(owner, models=models)
        stop(user=owner, post_id=post.pk)
        actions = [
            partial(refine, user=owner, post_id=post.pk, client_id=uuid.uuid4(), text="More")
            for _ in range(3)
        ]
        edit = partial(editing.edit_caption, user=owner, post_id=post.pk, hashtags="")
        actions += [partial(edit, caption=f"Words {number}") for number in range(3)]
        actions += [partial(editing.go_to_version, user=owner, post_id=post.pk, number=1)] * 2
        actions += [partial(retry, user=owner, post_id=post.pk, client_id=uuid.uuid4())] * 2
        actions.append(partial(stop, user=owner, post_id=post.pk))
        dice.shuffle(actions)
        for result in at_once(actions):
            if isinstance(result, Exception):
                assert hasattr(result, "sentence"), repr(result)
        assert_sound(post)
        stop(user=owner, post_id=post.pk)
        assert_sound(post)
