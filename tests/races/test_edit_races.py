"""Races of edit conversations on a real database, and controls without what decides them."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction

from accounts.models import User
from activity import counts, ledger
from activity.kinds import Outcome
from activity.models import ConversationActivity, Generation, GenerationLock, State
from activity.sweeping import sweep
from files import opened
from files.models import Blob
from files.models import State as BlobState
from files.services import keep_result
from gallery import editing
from gallery.asking import Asked
from gallery.images import GeneratedImage, ImageStatus
from gallery.models import Post
from gallery.refusals import NothingToRetry, RequestChanged
from gallery.saving import saved
from gallery.slots import Spent
from gallery.trash.services import delete_for_good
from imageedit import posts, services
from imageedit.models import EditConversation, Output, Turn
from imageedit.parts import Claim
from imageedit.refusals import Busy
from providers.base import Endpoint, ImageRequest
from providers.demo.images import DemoImageProvider
from providers.models import AIModel
from tests.gallery.posts import make_image_models
from tests.gallery.rows import make_image, make_post
from tests.imageedit.edits import last_turn, make_conversation, outputs_of, send, start
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


def make_source(owner: User) -> GeneratedImage:
    return make_image(make_post(owner, images=0).exchanges.get())


def claimed(owner: User, models: list[AIModel]) -> tuple[Generation, Claim, list[Output]]:
    """A first turn that a worker has begun to draw."""
    conversation = make_conversation(owner, source=make_source(owner), models=models)
    generation = ledger.claim(Generation.objects.get(edit=conversation).pk, worker="test")
    assert generation is not None
    outputs = outputs_of(conversation)
    claim = Claim(
        generation.pk, generation.epoch, owner, conversation.pk, last_turn(conversation).pk
    )
    claim.begin_drawing({output.pk: ImageRequest("x") for output in outputs})
    return generation, claim, outputs


def finish(generation: Generation) -> bool:
    return ledger.finish(generation.pk, epoch=generation.epoch, outcome=Outcome(State.COMPLETED))


def open_blob(sha256: str) -> None:
    """The media worker's last step."""
    with transaction.atomic():
        Blob.objects.filter(pk=sha256).update(state=BlobState.READY, width=10, height=20)
        opened.tell(Blob.objects.get(pk=sha256))


def assert_sound(conversation: EditConversation) -> None:
    """One generation at most, its lock, its count, the numbers of turns, and a post for each
    image that is ready."""
    running = Generation.objects.in_flight().filter(edit=conversation).count()
    assert running == GenerationLock.objects.filter(edit=conversation).count() <= 1
    row = ConversationActivity.objects.get(edit=conversation)
    assert (row.active_count, row.is_generating) == (running, running > 0)
    assert counts.reconcile_activity() == 0
    conversation = EditConversation.objects.get(pk=conversation.pk)
    numbers = list(conversation.turns.values_list("number", flat=True))
    assert numbers == list(range(1, conversation.turn_count + 1))
    outputs = Output.objects.filter(turn__conversation=conversation)
    assert not outputs.without_post().exists()
    made = outputs.filter(status=ImageStatus.READY).values_list("image__post", flat=True)
    assert len(set(made)) == len(made)
    assert None not in made
    assert conversation.turns.filter(status="running").count() == running


def test_of_many_starts_under_one_id_one_is_made(owner: User, models: list[AIModel]) -> None:
    source, key = make_source(owner), uuid.uuid4()
    begin = partial(start, owner, source, conversation_id=key, models=models)
    results = at_once([begin] * TIMES)

    assert all(isinstance(result, Asked) for result in results), results
    assert sum(not result.replayed for result in results) == 1
    assert (EditConversation.objects.count(), Turn.objects.count()) == (1, 1)
    assert (Generation.objects.count(), Output.objects.count()) == (1, 3)
    assert_sound(EditConversation.objects.get())


def test_of_many_wishes_under_one_id_one_is_made(owner: User, models: list[AIModel]) -> None:
    source, key = make_source(owner), uuid.uuid4()
    begin = partial(start, owner, source, conversation_id=key, models=models)
    results = at_once([partial(begin, text=f"Clay {number}") for number in range(TIMES)])

    assert sum(isinstance(result, Asked) for result in results) == 1
    assert sum(isinstance(result, RequestChanged) for result in results) == TIMES - 1
    assert_sound(EditConversation.objects.get())


def test_of_many_turns_at_once_one_is_asked_for(owner: User, models: list[AIModel]) -> None:
    conversation = at_rest(owner, models)

    results = sends_at_once(owner, conversation, models)

    assert sum(isinstance(result, Asked) for result in results) == 1, results
    assert sum(isinstance(result, Busy) for result in results) == TIMES - 1
    assert conversation.turns.count() == 2
    assert_sound(conversation)


def at_rest(owner: User, models: list[AIModel]) -> EditConversation:
    """A conversation whose first turn was stopped."""
    conversation = make_conversation(owner, source=make_source(owner), models=models)
    assert services.stop(user=owner, conversation_id=conversation.pk)
    return conversation


def sends_at_once(owner: User, conversation: EditConversation, models: list[AIModel]) -> list[Any]:
    assert conversation.source is not None
    ask = partial(send, owner, conversation, file_ids=[conversation.source.file_id])
    ask = partial(ask, model_ids=[model.pk for model in models])
    return at_once([partial(ask, client_id=uuid.uuid4()) for _ in range(TIMES)])


@contextmanager
def without_unique_lock() -> Iterator[None]:
    table = GenerationLock._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'u' "
            "AND conrelid = %s::regclass AND pg_get_constraintdef(oid) LIKE '%%(edit_id)%%'",
            [table],
        )
        name, definition = cursor.fetchone()
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def test_control_without_the_lock_many_turns_are_asked_for(
    owner: User, models: list[AIModel]
) -> None:
    conversation = at_rest(owner, models)
    with without_unique_lock():
        results = sends_at_once(owner, conversation, models)
    assert sum(isinstance(result, Asked) for result in results) > 1


def test_tried_again_many_times_at_once_it_is_once(owner: User, models: list[AIModel]) -> None:
    conversation = at_rest(owner, models)
    lost = outputs_of(conversation)
    again = partial(services.retry, user=owner, conversation_id=conversation.pk)
    results = at_once(
        [
            partial(again, client_id=uuid.uuid4(), output_id=lost[0].pk if number % 2 else None)
            for number in range(TIMES)
        ]
    )

    assert sum(isinstance(result, Asked) for result in results) == 1
    refused = [result for result in results if not isinstance(result, Asked)]
    assert all(isinstance(result, Busy | NothingToRetry) for result in refused), refused
    assert_sound(conversation)


def test_stop_against_the_end_the_outputs_and_their_opening(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    dice = Random(4)
    for number in range(ROUNDS):
        generation, claim, outputs = claimed(owner, models)
        blobs = []
        actions = [partial(services.stop, user=owner, conversation_id=claim.conversation_id)]
        for place, output in enumerate(outputs):
            content = picture + f"{number} {place}".encode()
            file = keep_result(user=owner, file_id=uuid.uuid4(), name="a.png", content=content)
            blobs.append(file.blob_id)
            actions.append(partial(claim.adopt_image, output.pk, file, Spent()))
            actions.append(partial(open_blob, file.blob_id))
        actions += [partial(finish, generation), sweep]
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
        conversation = EditConversation.objects.get(pk=claim.conversation_id)
        for output in outputs_of(conversation):
            assert output.status in ("ready", "stopped")
            assert (output.image_id is None) == (output.status == "stopped")
        assert_sound(conversation)


def test_the_end_of_opening_is_never_missed(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    """The media worker may be done before the output knows its file."""
    for number in range(ROUNDS):
        _generation, claim, (output,) = claimed(owner, models[:1])
        content = picture + str(number).encode()  # another blob each time
        file = keep_result(user=owner, file_id=uuid.uuid4(), name="a.png", content=content)
        results = at_once(
            [
                partial(open_blob, file.blob_id),
                partial(claim.adopt_image, output.pk, file, Spent()),
            ]
        )
        assert results == [None, None]
        output.refresh_from_db()
        assert output.image is not None
        assert (output.status, output.image.width, output.image.height) == ("ready", 10, 20)
        services.stop(user=owner, conversation_id=claim.conversation_id)


def test_a_parent_that_is_deleted_for_good_costs_no_output(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    """The output of a blob that is open already becomes a post in the same transaction."""
    for number in range(ROUNDS):
        _generation, claim, (output,) = claimed(owner, models[:1])
        source = EditConversation.objects.get(pk=claim.conversation_id).source
        assert source is not None
        editing.delete(user=owner, post_id=source.post_id)
        if number % 2:  # then only the reference leads to it, and the commit finds it gone
            EditConversation.objects.update(source=None)
        content = picture + str(number).encode()
        file = keep_result(user=owner, file_id=uuid.uuid4(), name="a.png", content=content)
        open_blob(file.blob_id)
        erase = partial(delete_for_good, user=owner, kind="post", id=source.post_id)
        adopt = partial(claim.adopt_image, output.pk, file, Spent())
        results = at_once([erase, lambda adopt=adopt: async_to_sync(saved)(adopt)])
        assert results == [None, None]
        output.refresh_from_db()
        assert output.status == "ready"
        assert output.image is not None
        assert not Post.objects.filter(pk=source.post_id).exists()
        services.stop(user=owner, conversation_id=claim.conversation_id)


def test_many_backfills_at_once_make_each_post_once(
    owner: User, models: list[AIModel], picture: bytes
) -> None:
    outputs = without_posts(owner, models, picture)
    before = Post.objects.count()

    results = at_once([lambda: sum(posts.backfill())] * 6)

    assert sum(results) == len(outputs)
    assert Post.objects.count() == before + len(outputs)
    assert not Output.objects.without_post().exists()


def without_posts(owner: User, models: list[AIModel], picture: bytes) -> list[Output]:
    """Outputs that are drawn and opened, and in no gallery."""
    file = keep_result(user=owner, file_id=uuid.uuid4(), name="a.png", content=picture)
    Blob.objects.update(state=BlobState.READY)
    turn = last_turn(at_rest(owner, models))
    return Output.objects.bulk_create(
        Output(turn=turn, position=place, model_name="Shapes", status="ready", file=file)
        for place in range(10, 40)
    )


def test_turns_against_deletions_renames_and_stops(owner: User, models: list[AIModel]) -> None:
    dice = Random(8)
    for number in range(ROUNDS):
        conversation = at_rest(owner, models)
        source = conversation.source
        assert source is not None
        ids = {"user": owner, "conversation_id": conversation.pk}
        ask = partial(send, owner, conversation, file_ids=[source.file_id])
        ask = partial(ask, model_ids=[models[0].pk])
        actions: list[Any] = [partial(ask, client_id=uuid.uuid4()) for _ in range(3)]
        actions += [partial(services.retry, **ids, client_id=uuid.uuid4()) for _ in range(2)]
        actions += [partial(services.rename, **ids, title=f"Vases {number}")] * 2
        actions += [partial(services.delete, **ids)] * 2
        actions += [partial(services.restore, **ids), partial(services.stop, **ids)]
        actions.append(partial(editing.delete, user=owner, post_id=source.post_id))
        dice.shuffle(actions)
        for result in at_once(actions):
            if isinstance(result, Exception):
                assert hasattr(result, "sentence"), repr(result)
        assert_sound(conversation)
        if EditConversation.objects.get(pk=conversation.pk).deleted_at:
            assert not Generation.objects.in_flight().filter(edit=conversation).exists()
