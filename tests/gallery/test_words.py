"""An image has its post's project and words, whoever changes these."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import Post
from tests.gallery.rows import make_exchange, make_image, make_post, make_project

pytestmark = pytest.mark.django_db(transaction=True)


def words(post: Post) -> set[tuple[str, Any]]:
    return set(post.images.values_list("words", "project__name"))


def test_an_image_takes_them_when_it_is_made(owner: User) -> None:
    post = make_post(
        owner, caption="First light.", hashtags=["clay", "vases"], project=make_project(owner)
    )

    assert words(post) == {("First light. clay vases", "Spring collection")}


def test_an_edited_caption_goes_to_all_of_its_images(owner: User) -> None:
    post, other = make_post(owner, images=3), make_post(owner)

    editing.edit_caption(user=owner, post_id=post.pk, caption="Last light.", hashtags="#clay")

    assert words(post) == {("Last light. clay", None)}
    assert words(other) == {("First light. ", None)}


def test_a_bulk_update_of_posts_is_followed_too(owner: User) -> None:
    posts = [make_post(owner, images=2) for _ in range(3)]
    project = make_project(owner, "Autumn")

    Post.objects.filter(owner=owner).update(project=project)

    assert GeneratedImage.objects.filter(project=project).count() == 6
    project.delete()
    assert words(posts[0]) == {("First light. ", None)}


def test_nothing_is_left_of_a_change_that_was_rolled_back(owner: User) -> None:
    post = make_post(owner)

    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(caption="Never")
        transaction.set_rollback(True)

    assert words(post) == {("First light. ", None)}


def test_an_image_that_is_made_while_the_caption_changes_has_the_new_one(owner: User) -> None:
    post = make_post(owner, images=0)
    exchange = make_exchange(post)

    def make() -> None:
        make_image(exchange)
        connection.close()

    maker = threading.Thread(target=make)
    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(caption="New")
        maker.start()
        maker.join(0.5)
        assert maker.is_alive(), "it must wait for the change"
    maker.join(10)

    assert words(post) == {("New ", None)}
