"""What one batch deleted comes back by one click in the trash."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery import editing
from gallery.batches import services as batches
from gallery.batches.models import Batch
from gallery.batches.selection import Selection
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.trash import services
from gallery.trash.together import together
from tests.gallery.rows import make_post
from tests.gallery.trash import ago

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def posts(owner: User) -> list[Post]:
    return [make_post(owner, images=2) for _ in range(3)]


def delete(owner: User, posts: list[Post]) -> Batch:
    ids = [image.pk for image in GeneratedImage.objects.filter(post__in=posts)]
    return batches.begin(user=owner, batch_id=uuid.uuid4(), kind="delete", selection=Selection(ids))


def in_trash() -> int:
    return GeneratedImage.objects.exclude(deleted_at=None).count()


def test_exactly_what_was_deleted_together_comes_back(
    client: Client, owner: User, posts: list[Post]
) -> None:
    alone = posts[0].images.get(position=0)
    editing.delete_image(user=owner, post_id=posts[0].pk, image_id=alone.pk)
    batch = delete(owner, posts)
    assert [(one.id, one.count, one.is_coming_back) for one in together(owner)] == [
        (batch.pk, 5, False)
    ]
    client.force_login(owner)
    assert "Restore 5 images" in client.get("/gallery/trash/").content.decode()

    for _again in range(2):
        answer = client.post(f"/gallery/trash/together/{batch.pk}/restore/", follow=True)
        assert "5 images restored." in answer.content.decode()

    assert list(GeneratedImage.objects.exclude(deleted_at=None)) == [alone]
    assert together(owner) == []


def test_a_script_hears_what_was_done(client: Client, owner: User, posts: list[Post]) -> None:
    batch = delete(owner, posts)
    client.force_login(owner)
    url = f"/gallery/trash/together/{batch.pk}/restore/"

    answer = client.post(url, headers={"accept": "application/json"})
    assert answer.json() == {"message": "6 images restored."}
    assert in_trash() == 0


def test_nobody_else_brings_it_back(
    client: Client, owner: User, stranger: User, posts: list[Post]
) -> None:
    batch = delete(owner, posts)
    client.force_login(stranger)

    assert client.post(f"/gallery/trash/together/{batch.pk}/restore/").status_code == 404
    assert together(stranger) == []
    assert in_trash() == 6


def test_only_what_there_is_to_bring_back_is_told(owner: User, posts: list[Post]) -> None:
    old = delete(owner, posts[1:2])
    Batch.objects.filter(pk=old.pk).update(created_at=ago(31))
    assert together(owner) == []

    delete(owner, posts[2:])
    assert [one.count for one in together(owner)] == [2]
    services.empty(user=owner, until=timezone.now())
    assert together(owner) == []


def test_one_that_is_coming_back_says_so(owner: User, posts: list[Post]) -> None:
    batch = delete(owner, posts)
    Batch.objects.filter(pk=batch.pk).update(is_undo=True, state="running")

    assert [one.is_coming_back for one in together(owner)] == [True]
