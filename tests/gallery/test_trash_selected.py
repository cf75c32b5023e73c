"""Several things of the trash at once, of any kinds: true counts, and nobody else's."""

import uuid

import pytest
from django.db.models import Model
from django.test import Client

from accounts.models import User
from chat.models import Thread
from files.models import File
from gallery import editing
from gallery.images import GeneratedImage, ImageStatus
from gallery.models import Post, Project
from gallery.trash import listing, selected
from tests.gallery.rows import make_image, make_project
from tests.gallery.trash import ago, keep_file, make_post, make_thread

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_storage", "purge_tasks"),
]
URL = "/gallery/trash/selected/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def items(owner: User) -> list[str]:
    """One of each kind, in the trash."""
    image = make_post(owner, prompt="Dusk", images=2).images.order_by("position")[0]
    GeneratedImage.objects.filter(pk=image.pk).update(deleted_at=ago(18))
    things: list[tuple[str, Model]] = [
        ("post", make_post(owner, days=3, prompt="Sea", images=3)),
        ("image", image),
        ("thread", make_thread(owner, days=2)),
        ("project", make_project(owner, "Spring", deleted_at=ago(11))),
    ]
    return [f"{kind}:{thing.pk}" for kind, thing in things]


def number_in_trash(user: User) -> int:
    return listing.contents(user).count


def said(browser: Client, act: str, items: list[str], **more: str) -> str:
    answer = browser.post(f"{URL}{act}/", {"item": items, **more}, headers=JSON)
    sentence: str = answer.json()["message"]
    return sentence


def test_all_kinds_come_back_and_are_put_back(
    owner: User, browser: Client, items: list[str]
) -> None:
    assert said(browser, "restore", [*items, *items]) == "4 items restored."
    assert number_in_trash(owner) == 0
    assert said(browser, "put-back", items) == "4 items moved to the trash."
    assert number_in_trash(owner) == 4


@pytest.fixture
def parts(owner: User) -> list[str]:
    """An image that was deleted by itself, and then its post with two others."""
    post = make_post(owner, prompt="Sea", images=3)
    first = post.images.order_by("position")[0]
    editing.delete_image(user=owner, post_id=post.pk, image_id=first.pk)
    editing.delete(user=owner, post_id=post.pk)
    items = [f"{item.kind}:{item.id}" for item in listing.page(owner).items]
    assert [item.split(":")[0] for item in items] == ["image", "post"]
    return items


def test_an_image_and_its_post_come_back_whole(
    owner: User, browser: Client, parts: list[str]
) -> None:
    assert said(browser, "restore", parts) == "2 items restored."
    assert number_in_trash(owner) == 0
    assert GeneratedImage.objects.filter(deleted_at=None).count() == 3

    assert said(browser, "put-back", parts) == "2 items moved to the trash."
    facts = sorted(item.facts for item in listing.page(owner).items)
    assert facts == ["Image, ", "Post, 2 images"]


def test_an_image_and_its_post_are_two_things_to_delete(browser: Client, parts: list[str]) -> None:
    for order in (parts, parts[::-1]):
        question = browser.post(f"{URL}delete/", {"item": order}).content.decode()
        assert "Delete 2 items for good?" in question
    assert said(browser, "delete", parts[::-1], sure="1") == "2 items deleted for good."
    assert not Post.objects.exists()


def test_one_that_is_busy_keeps_the_others_from_nothing(
    owner: User, browser: Client, items: list[str]
) -> None:
    said(browser, "restore", items)
    image = items[1].removeprefix("image:")
    GeneratedImage.objects.filter(pk=image).update(status=ImageStatus.DRAWING)

    sentence = "3 items moved to the trash. 1 could not be moved."
    assert said(browser, "put-back", items) == sentence

    assert number_in_trash(owner) == 3


def test_deleting_for_good_asks_first(owner: User, browser: Client, items: list[str]) -> None:
    asked = browser.post(f"{URL}delete/", {"item": items}, headers={"HX-Request": "true"})
    assert "Delete 4 items for good?" in asked.content.decode()
    assert number_in_trash(owner) == 4

    assert said(browser, "delete", items[:3], sure="1") == "3 items deleted for good."

    assert number_in_trash(owner) == 1
    assert not Thread.objects.exists()
    assert [post.prompt for post in Post.objects.all()] == ["Dusk"]
    assert GeneratedImage.objects.count() == 1


def test_files_go_with_the_last_that_points_to_them(
    owner: User, browser: Client, purge_tasks: list[tuple[str, tuple[object, ...]]]
) -> None:
    shared, own = keep_file(owner), keep_file(owner)
    first, second = (make_post(owner, days=2, images=0) for _ in range(2))
    for post, file in ((first, shared), (second, shared), (second, own)):
        make_image(post.exchanges.get(), file=file, deleted_at=post.deleted_at)

    said(browser, "delete", [f"post:{second.pk}"], sure="1")
    assert list(File.objects.filter(pk__in=[shared.pk, own.pk])) == [shared]
    assert [task for task, _given in purge_tasks] == ["files.tasks.remove_bytes"]
    said(browser, "delete", [f"post:{first.pk}"], sure="1")
    assert not File.objects.filter(pk=shared.pk).exists()


def test_what_is_gone_is_counted(owner: User, browser: Client, items: list[str]) -> None:
    Thread.objects.all().delete()
    Project.objects.all().delete()
    unknown = ["vase:" + str(uuid.uuid4())]

    question = browser.post(f"{URL}delete/", {"item": items}).content.decode()
    assert "Delete 2 items for good?" in question
    sentence = "2 items restored. 3 are not in the trash any more."
    assert said(browser, "restore", items + unknown) == sentence
    sentence = "0 items deleted for good. 5 are not in the trash any more."
    assert said(browser, "delete", items + unknown, sure="1") == sentence
    assert GeneratedImage.objects.count() == 5


def test_nobody_else_gets_at_it(owner: User, stranger: User, items: list[str]) -> None:
    other = Client()
    other.force_login(stranger)
    for act, left in (
        ("restore", "4 are not in the trash any more."),
        ("put-back", "4 could not be moved."),
        ("delete", "4 are not in the trash any more."),
    ):
        assert said(other, act, items, sure="1").endswith(left)
    assert number_in_trash(owner) == 4
    assert (
        "Not in the trash any more" in other.post(f"{URL}delete/", {"item": items}).content.decode()
    )


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "nothing_selected"),
        (["post"], "malformed"),
        (["post:1"], "malformed"),
        ([f"post:{uuid.UUID(int=number)}" for number in range(selected.MOST + 1)], "too_many"),
    ],
)
def test_what_cannot_be_read_is_refused(browser: Client, items: list[str], code: str) -> None:
    for act in ("restore", "put-back", "delete"):
        answer = browser.post(f"{URL}{act}/", {"item": items, "sure": "1"}, headers=JSON)
        assert answer.json()["error"] == code
    assert browser.post(f"{URL}restore/", {"item": items}).status_code == 302
