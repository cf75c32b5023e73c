"""Many images at once: exactly those that were selected, in bulk as one by one, with true counts,
however often it is sent and whoever dies in between."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity import events, jobs
from files.models import File
from gallery import editing, tasks
from gallery.batches import changing, lease, services, work
from gallery.batches.models import Batch, BatchState
from gallery.batches.refusals import Changed, NotFound, NothingSelected, TooMany
from gallery.batches.selection import Selection
from gallery.batches.sentences import told
from gallery.images import GeneratedImage, ImageStatus
from gallery.models import ExchangeStatus, Post, Status
from gallery.opening import on_opened
from gallery.trash import kinds, listing
from gallery.trash import services as trash
from tests.gallery.batches import alive, begin, everything, images, state_of
from tests.gallery.rows import make_exchange, make_file, make_image, make_post
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sent")]


# --- Deleting and its undoing -------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [[0], [0, 1], [2], [0, 1, 2], [1, 3], [0, 2, 3]])
@pytest.mark.parametrize("running", [False, True])
def test_in_bulk_a_post_becomes_what_it_becomes_one_by_one(
    owner: User, chosen: list[int], running: bool
) -> None:
    """The fourth image was lost; some posts are still being worked on."""
    one, many = make_post(owner, images=3), make_post(owner, images=3)
    for post in (one, many):
        make_image(post.exchanges.get(), position=3, status=ImageStatus.FAILED)
        Post.objects.filter(pk=post.pk).update(total_models=4)
        if running:
            post.exchanges.update(status=ExchangeStatus.RUNNING)
    for image in [images(one)[index] for index in chosen]:
        editing.delete_image(user=owner, post_id=one.pk, image_id=image.pk, with_post=True)

    batch = begin(owner, [images(many)[index] for index in chosen])

    assert batch.done == len(chosen)
    assert state_of(many) == state_of(one)
    assert state_of(many)["is_deleted"] is (chosen == [0, 1, 2] and not running)
    for image in [images(one)[index] for index in chosen]:
        editing.restore_image(user=owner, post_id=one.pk, image_id=image.pk)
    assert services.undo(user=owner, batch_id=batch.pk).restored == len(chosen)
    assert state_of(many)["total_models"] == state_of(one)["total_models"] == 4
    assert not state_of(many)["is_deleted"]
    assert not state_of(one)["is_deleted"]
    assert sum(image[0] for image in state_of(many)["images"]) == 1


def test_one_that_comes_back_alone_brings_its_post(owner: User) -> None:
    """The post's selected image stays in the trash, and is selected no more."""
    post = make_post(owner, images=3)
    chosen, _first, second = images(post)
    editing.delete_image(user=owner, post_id=post.pk, image_id=second.pk, with_post=True)
    editing.delete(user=owner, post_id=post.pk)

    editing.restore_image(user=owner, post_id=post.pk, image_id=second.pk)

    assert state_of(post)["is_deleted"] is False
    assert [image.is_selected for image in images(post)] == [False, False, True]
    editing.restore_image(user=owner, post_id=post.pk, image_id=chosen.pk)
    assert alive() == {chosen.pk, second.pk}
    assert [image.is_selected for image in images(post)] == [False, False, True]


def test_what_is_opened_after_its_post_went_waits_with_it(owner: User) -> None:
    """It had failed, and the same bytes were brought again."""
    post = make_post(owner)
    late = make_image(
        post.exchanges.get(), position=1, status=ImageStatus.FAILED, file=make_file(owner)
    )
    begin(owner, images(post)[:1])
    assert late.file
    with transaction.atomic():
        on_opened(late.file.blob)

    late.refresh_from_db()
    assert late.status == ImageStatus.READY
    assert alive() == set()
    editing.restore(user=owner, post_id=post.pk)
    assert alive() == {image.pk for image in images(post)}


@pytest.mark.parametrize("other", ["pending", "of another version"])
def test_a_post_that_has_another_image_stays(owner: User, other: str) -> None:
    post = make_post(owner)
    fields = {"status": ImageStatus.DRAWING} if other == "pending" else {"is_shown": False}
    kept = make_image(post.exchanges.get(), position=1, **fields)

    assert begin(owner, images(post)[:1]).done == 1

    post.refresh_from_db()
    assert post.deleted_at is None
    assert alive() == {kept.pk}


def test_a_post_deleted_since_comes_back_with_what_the_batch_brings(owner: User) -> None:
    post = make_post(owner, images=3)
    first, *others = images(post)
    batch = begin(owner, [first])
    editing.delete(user=owner, post_id=post.pk)

    assert services.undo(user=owner, batch_id=batch.pk).restored == 1

    post.refresh_from_db()
    assert post.deleted_at is None
    assert alive() == {first.pk}
    kind = kinds.listed()["image"]
    assert {one.pk for one in kind.listed(owner)} == {one.pk for one in others}


def test_a_post_goes_with_its_last_image_and_either_brings_it_back(owner: User) -> None:
    one, other = make_post(owner, images=2), make_post(owner)
    batch = begin(owner, images(one, other))
    assert not Post.objects.visible_to(owner).exists()
    assert [item.kind for item in listing.page(owner).items] == ["post", "post"]

    trash.restore(user=owner, kind="post", id=one.pk)
    assert alive() == {image.pk for image in images(one)}
    assert services.undo(user=owner, batch_id=batch.pk).restored == 1

    assert Post.objects.visible_to(owner).count() == 2
    one.refresh_from_db()
    assert (one.total_models, one.status) == (2, Status.GENERATED)


def test_each_post_gets_one_revision_and_tells_its_pages(
    owner: User, told_of: list[tuple[str, Any]]
) -> None:
    first, second, other = (make_post(owner, images=3) for _ in range(3))
    begin(owner, [*images(first), images(second)[0]])

    posts = Post.objects.in_bulk()
    assert [posts[one.pk].revision for one in (first, second, other)] == [1, 1, 0]
    assert posts[first.pk].shown_revision == 1
    assert {image.revision for image in images(first)} == {1}
    heard = [(event["id"], event["revision"]) for _, event in told_of if "revision" in event]
    assert sorted(heard) == sorted([(str(first.pk), 1), (str(second.pk), 1)])
    assert told_of[-1] == events.listing_renewed(owner.pk)


def test_the_number_of_queries_does_not_grow_with_the_images(owner: User) -> None:
    few, many = [make_post(owner) for _ in range(2)], [make_post(owner) for _ in range(40)]
    counts = []
    for posts in (few, many):
        ids = [image.pk for image in images(*posts)]
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            changing.delete_images(owner, ids, timezone.now())
        counts.append(len(asked))
    assert counts[0] == counts[1] < 18


def test_undo_brings_back_what_this_batch_deleted_and_nothing_else(owner: User) -> None:
    post = make_post(owner, images=5)
    before, again, kept, first, second = images(post)
    editing.delete_image(user=owner, post_id=post.pk, image_id=before.pk)
    batch = begin(owner, [before, again, first, second])
    assert (batch.done, batch.gone) == (3, 1)
    assert told(batch) == "3 images moved to the trash. 1 was gone already."
    # By hand out of the trash, and into it again: not the batch's any more.
    editing.restore_image(user=owner, post_id=post.pk, image_id=again.pk)
    editing.delete_image(user=owner, post_id=post.pk, image_id=again.pk)

    batch = services.undo(user=owner, batch_id=batch.pk)

    assert alive() == {kept.pk, first.pk, second.pk}
    assert told(batch) == "2 images restored. 1 is not in the trash any more."
    assert services.undo(user=owner, batch_id=batch.pk).restored == 2


def test_undo_after_a_purge_says_what_is_left(owner: User) -> None:
    first, second = images(make_post(owner, images=3))[:2]
    batch = begin(owner, [first, second])
    trash.delete_for_good(user=owner, kind="image", id=first.pk)

    batch = services.undo(user=owner, batch_id=batch.pk)

    assert told(batch) == "1 image restored. 1 is not in the trash any more."
    assert first.pk not in alive()
    assert second.pk in alive()


def test_what_is_being_made_is_left_and_counted(owner: User) -> None:
    post = make_post(owner, images=1)
    exchange = make_exchange(post, status=ExchangeStatus.RUNNING)
    for position, status in enumerate(["waiting", "drawing", "developing", "failed"]):
        make_image(exchange, position=position, status=status)

    batch = begin(owner, images(post))

    assert (batch.done, batch.making, batch.gone) == (2, 3, 0)
    assert told(batch) == "2 images moved to the trash. 3 are still being made."
    post.refresh_from_db()
    assert post.status == Status.GENERATING_IMAGES
    assert post.pending_models == 3


# --- All that match -----------------------------------------------------------------------------


def test_all_that_match_are_those_that_were_there(owner: User, stranger: User) -> None:
    theirs = make_post(stranger, images=2)
    square = make_post(owner, images=3)
    GeneratedImage.objects.filter(post=square).update(aspect_ratio="1:1")
    wide = make_post(owner, images=2)
    kept = images(square)[1]
    asked = Selection([kept.pk], {"ratio": "1:1"}, timezone.now())
    later = make_post(owner, images=1)
    GeneratedImage.objects.filter(post=later).update(aspect_ratio="1:1")

    batch = begin(owner, asked)

    assert batch.done == 2
    assert alive() == {kept.pk, *(image.pk for image in images(theirs, wide, later))}
    assert services.undo(user=owner, batch_id=batch.pk).restored == 2


def test_what_was_drawn_after_the_selection_is_not_in_it(owner: User) -> None:
    """Its place is older: it was asked for before."""
    post = make_post(owner, images=2)
    asked = everything()
    late = images(post)[1]
    File.objects.filter(pk=late.file_id).update(created_at=timezone.now() + timedelta(seconds=1))

    assert begin(owner, asked).done == 1
    assert alive() == {late.pk}


def test_days_begin_where_the_reader_is(owner: User) -> None:
    noon = timezone.now().replace(hour=2, minute=0)  # the day before, in São Paulo
    post = make_post(owner, images=1, created_at=noon)
    GeneratedImage.objects.update(created_at=noon)
    File.objects.update(created_at=noon)
    day = (noon - timedelta(days=1)).date().isoformat()
    asked = {"since": day, "until": day}
    soon = noon + timedelta(days=1)
    assert begin(owner, Selection((), asked, soon, "Asia/Tokyo")).done == 0
    assert begin(owner, Selection((), asked, soon, "America/Sao_Paulo")).done == 1
    assert images(post)[0].deleted_at is not None


def test_a_search_is_left_to_the_workers(owner: User, sent: list[uuid.UUID]) -> None:
    make_post(owner, caption="A tram in the rain", images=2)
    dry = make_post(owner, caption="A sunny day")
    batch = begin(owner, everything(q="tram"))
    assert (batch.state, sent) == (BatchState.QUEUED, [batch.pk])

    tasks.run_batch(str(batch.pk))

    batch.refresh_from_db()
    assert (batch.state, batch.total, batch.done) == (BatchState.COMPLETED, 2, 2)
    assert alive() == {image.pk for image in images(dry)}


# --- Asking again, and refusals -----------------------------------------------------------------


def test_the_same_id_is_the_same_batch(owner: User, stranger: User) -> None:
    first, second = images(make_post(owner, images=2))
    key = uuid.uuid4()
    made = begin(owner, [first], batch_id=key)
    services.undo(user=owner, batch_id=key)
    assert begin(owner, [first], batch_id=key).pk == made.pk
    assert alive() == {first.pk, second.pk}  # not deleted once more
    with pytest.raises(Changed):
        begin(owner, [second], batch_id=key)
    with pytest.raises(Changed):
        begin(owner, [first], batch_id=key, kind="download")
    with pytest.raises(NotFound):
        begin(stranger, [first], batch_id=key)


def test_a_stranger_meets_no_batch_and_no_image(owner: User, stranger: User) -> None:
    mine = images(make_post(owner, images=2))
    assert begin(stranger, mine).gone == 2
    assert begin(stranger, everything()).done == 0
    assert alive() == {image.pk for image in mine}
    batch = begin(owner, mine)
    for verb in (services.undo, services.stop, services.dismiss):
        with pytest.raises(NotFound):
            verb(user=stranger, batch_id=batch.pk)
    assert batch not in services.shown(stranger)


def test_nothing_and_too_much_are_refused(owner: User) -> None:
    with pytest.raises(NothingSelected):
        begin(owner, [])
    with pytest.raises(TooMany):
        begin(owner, Selection([uuid.uuid4() for _ in range(services.MAX_IDS + 1)]))
    assert not Batch.objects.exists()


# --- Faults -------------------------------------------------------------------------------------


@pytest.fixture
def in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """One portion a slice."""
    monkeypatch.setattr(work, "PORTION", 10)
    monkeypatch.setattr(work, "AT_ONCE_SECONDS", 0.0)
    monkeypatch.setattr(work, "SLICE_SECONDS", 0.0)


@pytest.fixture
def long(owner: User, in_portions: None) -> Batch:
    """A batch of which a third is done."""
    for _ in range(10):
        make_post(owner, images=3)
    batch = begin(owner, everything())
    assert (batch.state, batch.done, batch.is_told) == (BatchState.QUEUED, 10, False)
    return batch


def finish(batch: Batch) -> Batch:
    for _ in range(9):
        tasks.run_batch(str(batch.pk))
    batch.refresh_from_db()
    assert batch.state == BatchState.COMPLETED
    return batch


def test_a_large_one_goes_on_in_slices(long: Batch, owner: User, sent: list[uuid.UUID]) -> None:
    assert sent == [long.pk]
    assert services.shown(owner) == [long]
    tasks.run_batch(str(long.pk))
    long.refresh_from_db()
    assert (long.total, long.done) == (30, 20)
    assert finish(long).done == 30
    assert alive() == set()
    assert services.shown(owner) == [long]
    services.dismiss(user=owner, batch_id=long.pk)
    assert services.shown(owner) == []


def test_twenty_deliveries_do_it_once(long: Batch) -> None:
    at_once([lambda: tasks.run_batch(str(long.pk))] * 20)
    assert finish(long).done == 30
    assert finish(long).done == 30


def test_what_a_dead_worker_left_is_taken_up_and_counted_once(
    long: Batch, sent: list[uuid.UUID]
) -> None:
    held = lease.claim(long.pk)
    assert held is not None
    work._step(held)  # and then it dies
    tasks.run_batch(str(long.pk))
    long.refresh_from_db()
    assert (long.state, long.done) == (BatchState.RUNNING, 20)

    past = timezone.now() - timedelta(minutes=5)
    Batch.objects.update(lease_until=past, sent_at=past)
    sent.clear()
    assert lease.resend() == 1
    assert sent == [long.pk]
    assert finish(long).done == 30
    with pytest.raises(jobs.Lost):
        work._step(held)  # it was only slow
    assert GeneratedImage.objects.exclude(deleted_at=long.created_at).count() == 0


def test_undo_meets_a_delete_half_way(long: Batch, owner: User) -> None:
    held = lease.claim(long.pk)
    assert held is not None
    work._step(held)

    undone = services.undo(user=owner, batch_id=long.pk)

    with pytest.raises(jobs.Lost):
        work._step(held)
    assert (undone.state, undone.restored) == (BatchState.QUEUED, 10)
    assert finish(undone).restored == 20
    assert len(alive()) == 30
    assert told(undone) == "20 images restored."


def test_stopping_keeps_what_is_done_and_can_be_undone(long: Batch, owner: User) -> None:
    held = lease.claim(long.pk)
    assert held is not None
    stopped = services.stop(user=owner, batch_id=long.pk)
    with pytest.raises(jobs.Lost):
        work._step(held)
    assert told(stopped) == "Stopped. 10 images moved to the trash."
    assert len(alive()) == 20
    services.undo(user=owner, batch_id=long.pk)
    assert finish(long).restored == 10
    assert len(alive()) == 30


def test_one_that_breaks_again_and_again_ends(long: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(changing, "delete_images", broken)
    for _ in range(lease.MAX_ATTEMPTS + 1):
        tasks.run_batch(str(long.pk))
    long.refresh_from_db()
    assert long.state == BatchState.FAILED
    assert told(long) == "This could not be finished. 10 images moved to the trash."


def test_rows_that_are_good_for_nothing_go(owner: User) -> None:
    kept = begin(owner, images(make_post(owner)))
    begin(owner, everything(), kind="download")
    Batch.objects.filter(kind="download").update(created_at=timezone.now() - timedelta(days=2))
    tasks.sweep_batches()
    assert list(Batch.objects.all()) == [kept]
    Batch.objects.update(created_at=timezone.now() - timedelta(days=31))
    tasks.sweep_batches()
    assert not Batch.objects.exists()
