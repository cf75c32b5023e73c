"""A made-up gallery keeps every rule of a real one."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F
from django.test import Client

from accounts.models import User
from chat.models import Thread
from files.models import Blob
from gallery.images import GeneratedImage
from gallery.models import Exchange, Post
from gallery.seeding.pictures import MOST
from tests.gallery.rows import make_post

pytestmark = pytest.mark.django_db(transaction=True)


def seed(**options: object) -> None:
    call_command("seed_demo", user="OWNER@example.com", **options)


def test_there_are_as_many_as_were_asked_for_and_no_threads(owner: User) -> None:
    seed(images=150)
    seed(images=7, chance=2)

    assert GeneratedImage.objects.visible_to(owner).in_gallery().count() == 157
    assert not Thread.objects.exists()


def test_images_share_files_and_belong_to_their_posts(owner: User) -> None:
    seed(images=150)

    assert Blob.objects.count() <= MOST
    images = GeneratedImage.objects.all()
    assert not images.exclude(exchange__post=F("post")).exists()
    assert not images.exclude(width=F("file__blob__width")).exists()
    assert not images.exclude(project=F("post__project")).exclude(project=None).exists()
    assert not images.filter(words="").exists()
    counts = Post.objects.annotate(n=Count("images")).values_list("total_models", "n")
    assert all(total == n for total, n in counts)
    assert not Post.objects.exclude(images__is_selected=True).exists()


def test_the_next_real_exchange_gets_a_number_of_its_own(owner: User) -> None:
    seed(images=20)
    newest = Exchange.objects.order_by("-pk")[0].pk

    assert make_post(owner).exchanges.get().pk > newest


def test_they_are_shown(client: Client, owner: User) -> None:
    seed(images=20)
    client.force_login(owner)

    assert client.get("/gallery/").status_code == 200
    assert client.get(f"/posts/{Post.objects.all()[0].pk}/").status_code == 200


def test_fewer_than_none_is_refused(owner: User) -> None:
    with pytest.raises(CommandError):
        seed(images=-1)
