"""Batches whose worker dies in the middle: the next one goes on where it was, and counts, rows
and posts say the same."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import User
from gallery.batches.models import Batch, BatchState
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.seeding.posts import Studio as Gallery
from gallery.seeding.posts import write
from tests.faults.conftest import HarmedStudio
from tests.gallery.rows import make_file, make_image_model
from tests.page import Page
from tests.studio import wait_until

pytestmark = [
    pytest.mark.stack,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]
IMAGES = 9_000
URL = "/gallery/batches/"


@pytest.fixture
def page(studio: HarmedStudio, owner: User) -> Iterator[Page]:
    gallery = Gallery(
        owner, {"4:5": [make_file(owner)]}, [make_image_model()], [None], timezone.now()
    )
    for _made in write(gallery, IMAGES):
        pass
    page = Page(studio.url, owner)
    yield page
    page.close()


def begin(page: Page) -> Batch:
    """All of it, by a page; nobody has yet taken what is left after its answer."""
    until = page.http.get(f"{page.url}{URL}matching/").json()["until"]
    answer = page.post(URL, id=str(uuid.uuid4()), kind="delete", filters="", until=until).json()
    assert answer["under_way"]
    return Batch.objects.get()


def deliver(studio: HarmedStudio, batch: Batch, times: int) -> None:
    prefix = studio.environment["ATELIER_QUEUE_PREFIX"]
    broker = studio.environment["REDIS_URL"].replace("unix://", "redis+socket://", 1)
    with Celery(broker=broker, set_as_current=False) as app:
        app.conf.broker_transport_options = {"global_keyprefix": prefix}
        for _ in range(times):
            app.send_task("gallery.tasks.run_batch", (str(batch.pk),), queue="media")


def work(studio: HarmedStudio, name: str) -> None:
    studio.start_worker(name, queue="media", pool="threads", concurrency=4)


def killed_half_way(studio: HarmedStudio, name: str, field: str) -> Batch:
    """A worker that has done some of it is killed while it does more."""
    before = getattr(Batch.objects.get(), field)
    work(studio, name)
    wait_until(lambda: getattr(Batch.objects.get(), field) > before, seconds=60, what="some more")
    studio.kill(name)
    batch = Batch.objects.get()
    assert batch.state == BatchState.RUNNING, "it was killed too late to tell anything"
    return batch


def ended(page: Page) -> Batch:
    """A page that looks at it has it sent again: beat does not run."""

    def look() -> Any:
        page.http.get(f"{page.url}{URL}")
        return not Batch.objects.get().is_under_way

    wait_until(look, seconds=60, what="the batch has ended")
    return Batch.objects.get()


def alive() -> int:
    return GeneratedImage.objects.filter(deleted_at=None).count()


def assert_posts_are_right() -> None:
    shown = Count("images", filter=Q(images__is_shown=True, images__deleted_at=None))
    selected = Count("images", filter=Q(images__is_selected=True))
    posts = Post.objects.annotate(shown=shown, selected=selected)
    assert not posts.exclude(total_models=F("shown")).exists()
    assert not posts.filter(shown__gt=0).exclude(selected=1).exists()
    assert not posts.filter(shown=0, selected__gt=0).exists()


def test_a_worker_that_is_killed_leaves_the_rest_to_the_next(
    studio: HarmedStudio, page: Page
) -> None:
    begin(page)
    batch = killed_half_way(studio, "media1", "done")
    assert batch.done == IMAGES - alive()  # whole portions only

    work(studio, "media2")
    batch = ended(page)

    assert (batch.state, batch.done, batch.total) == (BatchState.COMPLETED, IMAGES, IMAGES)
    assert (batch.making, batch.gone, alive()) == (0, 0, 0)
    assert not GeneratedImage.objects.exclude(deleted_at=batch.created_at).exists()
    assert_posts_are_right()


def test_an_undo_that_is_killed_goes_on_too(studio: HarmedStudio, page: Page) -> None:
    batch = begin(page)
    killed_half_way(studio, "media1", "done")
    page.post(f"{URL}{batch.pk}/undo/")
    batch = Batch.objects.get()
    if batch.is_under_way:
        work(studio, "media2")
        batch = ended(page)
    assert batch.restored == batch.done < IMAGES
    assert alive() == IMAGES
    assert_posts_are_right()


def test_twenty_deliveries_to_two_workers_are_one(studio: HarmedStudio, page: Page) -> None:
    batch = begin(page)
    deliver(studio, batch, 20)
    work(studio, "media1")
    work(studio, "media2")
    batch = ended(page)
    assert (batch.done, batch.gone, alive()) == (IMAGES, 0, 0)
    assert_posts_are_right()


def test_a_stopped_worker_that_wakes_finds_it_stopped(studio: HarmedStudio, page: Page) -> None:
    batch = begin(page)
    before = batch.done
    work(studio, "media1")
    wait_until(lambda: Batch.objects.get().done > before, seconds=60, what="some more is done")
    page.post(f"{URL}{batch.pk}/stop/")
    batch = Batch.objects.get()
    assert batch.state == BatchState.STOPPED
    assert batch.done == IMAGES - alive()
    deliver(studio, batch, 3)
    page.post(f"{URL}{batch.pk}/undo/")
    assert ended(page).restored == batch.done
    assert alive() == IMAGES
    assert_posts_are_right()
