"""The trash as its owner sees it: what is in it, in order, and what can be done with it."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity.live import conversations
from chat import thread_services
from chat.models import Thread
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import Post, Project
from gallery.trash import kinds, listing, purging, services
from gallery.trash.listing import PAGE
from gallery.trash.models import EmptiedTrash
from gallery.trash.refusals import NotFound
from tests.contracts.html import parse
from tests.factories import make_running
from tests.gallery.posts import make_claimed
from tests.gallery.rows import make_project
from tests.gallery.trash import ago, make_post, make_thread, stored

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_storage", "purge_tasks"),
]
URL = "/gallery/trash/"
JSON = {"Accept": "application/json"}


def titles(user: User, **fields: Any) -> list[str]:
    return [item.title for item in listing.page(user, **fields).items]


def test_what_goes_next_comes_first_whatever_it_is(owner: User, browser: Client) -> None:
    make_post(owner, days=3, prompt="Sea", images=3)
    make_thread(owner, days=29.5)
    make_project(owner, "Spring", deleted_at=ago(11))
    image = make_post(owner, prompt="Dusk").images.get()
    GeneratedImage.objects.filter(pk=image.pk).update(deleted_at=ago(18), model_name="FLUX")
    make_post(owner, prompt="Living")

    items = listing.page(owner).items

    assert [(item.title, item.days_left, item.is_soon) for item in items] == [
        ("Long", 1, True),
        ("Dusk", 12, False),
        ("Spring", 19, False),
        ("Sea", 27, False),
    ]
    assert [item.facts for item in items][1:] == [
        "Image, FLUX", "Project, without its posts", "Post, 3 images",
    ]  # fmt: skip
    page = parse(browser.get(URL).content.decode())
    assert "4 items" in page.text
    assert "1 day left" in page.text
    assert len([one for one in page.walk() if one.tag == "picture"]) == 2


def test_pages_go_on_by_position_and_none_is_twice(owner: User) -> None:
    at = ago(5)
    for number in range(23):
        Thread.objects.create(owner=owner, title=f"T{number}", deleted_at=at)  # of one moment
        make_post(owner, images=0, prompt=f"P{number}", days=number)
    seen: list[str] = []
    after = ""
    while True:
        page = listing.page(owner, after=after, size=5)
        seen += [item.title for item in page.items]
        if not page.next:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == 46
    assert seen == titles(owner, size=100)


def test_its_page_costs_the_same_with_any_number(owner: User, browser: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            browser.get(URL)
        return len(found)

    browser.get(URL)
    for _ in range(2):
        make_post(owner, days=1)
        make_thread(owner, days=1)
    few = queries()
    for _ in range(8):
        make_post(owner, days=1)
        make_thread(owner, days=1)
    assert queries() == few


def test_its_lists_use_their_indexes(owner: User) -> None:
    with connection.cursor() as cursor:
        # A table of no rows is read whole, or sorted, whatever its indexes.
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET enable_{way} = off")
    try:
        for kind in kinds.listed().values():
            if kind.name == "project":
                continue  # a person has few
            rows = kind.listed(owner).filter(deleted_at__gt=ago(9)).order_by("deleted_at", "pk")
            plan = rows.values_list("deleted_at", "pk")[:51].explain()
            due = kind.deleted().filter(deleted_at__lt=ago(30)).order_by("deleted_at", "pk")
            assert f"{kind.name}_trashed" in plan, plan
            assert f"{kind.name}_purge" in due.values_list("pk")[:200].explain()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ALL")


def test_restoring_brings_each_kind_back_and_undo_puts_it_back(
    owner: User, browser: Client
) -> None:
    post = make_post(owner, days=3, images=2)
    image = make_post(owner).images.get()
    editing.delete_image(user=owner, post_id=image.post_id, image_id=image.pk)
    thread, project = make_thread(owner, days=2), make_project(owner, deleted_at=ago(2))
    things: list[tuple[str, Post | GeneratedImage | Thread | Project]] = [
        ("post", post), ("image", image), ("thread", thread), ("project", project),
    ]  # fmt: skip

    for kind, thing in things:
        for _again in range(2):
            answer = browser.post(f"{URL}{kind}/{thing.pk}/restore/", headers=JSON)
            assert answer.json() == {"message": "Restored."}
            thing.refresh_from_db()
            assert thing.deleted_at is None, kind
        assert browser.post(f"{URL}{kind}/{thing.pk}/put-back/", headers=JSON).status_code == 200
        thing.refresh_from_db()
        assert thing.deleted_at is not None, kind
    assert post.images.filter(deleted_at=None).count() == 0
    assert listing.contents(owner).count == 4


def test_delete_for_good_takes_the_rows_and_has_the_bytes_removed(
    owner: User, browser: Client, purge_tasks: list[Any]
) -> None:
    post = make_post(owner, days=3)
    file = post.images.get().file
    assert file
    question = browser.get(f"{URL}post/{post.pk}/delete/")
    assert "Delete “Three vases” for good?" in question.content.decode()
    assert Post.objects.exists()

    answer = browser.post(f"{URL}post/{post.pk}/delete/", headers=JSON)

    assert answer.status_code == 200
    assert not Post.objects.exists()
    assert browser.get(f"/files/{file.pk}/original").status_code == 404
    assert purge_tasks == [("files.tasks.remove_bytes", ([file.blob_id],))]
    purging.files.remove_bytes([file.blob_id])
    assert stored() == set()
    again = browser.post(f"{URL}post/{post.pk}/delete/", headers=JSON)
    assert (again.status_code, again.json()["error"]) == (404, "not_found")


def test_only_what_is_in_the_trash_can_be_deleted_for_good(owner: User, browser: Client) -> None:
    post, thread = make_post(owner), make_thread(owner)
    image = post.images.get()
    for kind, thing in (("post", post), ("thread", thread), ("image", image)):
        url = f"{URL}{kind}/{thing.pk}/delete/"
        assert browser.get(url).status_code == 404
        assert browser.post(url).status_code == 404
    assert browser.post(f"{URL}message/{post.pk}/delete/").status_code == 404
    assert browser.post(f"{URL}nothing/{post.pk}/restore/").status_code == 404
    assert post.images.count() == 1


def test_what_is_still_being_made_is_stopped_first(owner: User) -> None:
    answer, drawing = make_running(owner), make_claimed(owner)
    assert answer.thread_id
    assert drawing.post_id
    Thread.objects.update(deleted_at=timezone.now())
    Post.objects.update(deleted_at=timezone.now())

    services.delete_for_good(user=owner, kind="thread", id=answer.thread_id)
    services.delete_for_good(user=owner, kind="post", id=drawing.post_id)

    assert not Thread.objects.exists()
    assert not Post.objects.exists()


def test_nobody_sees_or_changes_what_is_anothers(owner: User, stranger: User) -> None:
    post, thread = make_post(owner, days=3, prompt="Secret"), make_thread(owner, days=3)
    project = make_project(owner, "Secret", deleted_at=ago(1))
    image = make_post(owner, prompt="Secret").images.get()
    GeneratedImage.objects.filter(pk=image.pk).update(deleted_at=ago(1))
    client = Client()
    client.force_login(stranger)

    assert "Secret" not in client.get(URL).content.decode()
    assert "Secret" not in client.get(f"{URL}empty/").content.decode()
    for kind, thing in (
        ("post", post), ("thread", thread), ("image", image), ("project", project),
    ):  # fmt: skip
        base = f"{URL}{kind}/{thing.pk}/"
        assert client.get(f"{base}delete/").status_code == 404
        for action in ("restore", "put-back", "delete"):
            for headers in ({}, JSON):
                assert client.post(f"{base}{action}/", headers=headers).status_code == 404
    until = timezone.now().isoformat()
    assert client.post(f"{URL}empty/", {"until": until}, headers=JSON).status_code == 200
    purging.purge(before=purging.cutoff())
    assert listing.contents(owner).count == 4


def test_emptying_hides_it_at_once_and_workers_do_the_rest(
    owner: User, browser: Client, purge_tasks: list[Any]
) -> None:
    make_post(owner, days=3)
    make_thread(owner, days=2)
    kept = make_post(owner)
    question = parse(browser.get(f"{URL}empty/").content.decode())
    fields = [one.attributes for one in question.walk() if one.attributes.get("name") == "until"]
    late = make_post(owner, days=0, prompt="Deleted while it was asked")

    answer = browser.post(f"{URL}empty/", {"until": fields[0]["value"]}, headers=JSON)

    assert answer.status_code == 200
    assert purge_tasks == [("gallery.tasks.purge_trash", ())]
    assert titles(owner) == [late.title]
    assert Post.objects.count() == 3
    assert purging.count(before=purging.cutoff()) == {"posts": 1, "chats": 1} | dict.fromkeys(
        ["images", "projects", "messages", "edit conversations"], 0
    )
    purging.purge(before=purging.cutoff())
    assert set(Post.objects.all()) == {kept, late}
    assert not Thread.objects.exists()


def test_emptying_is_never_ahead_of_time(owner: User, browser: Client) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert browser.post(f"{URL}empty/", {"until": tomorrow}).status_code == 302
    assert EmptiedTrash.objects.get().until <= timezone.now()
    earlier = ago(1).isoformat()
    browser.post(f"{URL}empty/", {"until": earlier})
    assert EmptiedTrash.objects.get().until > ago(1)  # and it never goes back
    for broken in ("", "yesterday", "2026-11-21T12:00", "2026-13-41T12:00:00Z"):
        assert browser.post(f"{URL}empty/", {"until": broken}, headers=JSON).status_code == 400


def test_what_was_restored_after_emptying_stays(owner: User) -> None:
    thread = make_thread(owner, days=2)
    services.empty(user=owner, until=timezone.now())
    thread_services.restore(user=owner, thread_id=thread.pk)

    purging.purge(before=purging.cutoff())
    assert Thread.objects.get().deleted_at is None

    thread_services.delete(user=owner, thread_id=thread.pk)
    assert titles(owner) == ["Long"]


def test_scripts_read_so_many_rows_as_they_show(owner: User, browser: Client) -> None:
    for number in range(PAGE + 5):
        Thread.objects.create(owner=owner, title=f"T{number}", deleted_at=ago(1))
    piece = {"HX-Request": "true"}

    def rows(url: str) -> int:
        html = browser.get(url, headers=piece).content.decode()
        return html.count('id="trashed-')

    assert rows(URL) == PAGE
    assert rows(f"{URL}?shown={PAGE + 5}") == PAGE + 5
    assert rows(f"{URL}?shown=99999999999") == PAGE
    assert rows(f"{URL}?shown=²") == PAGE
    after = quote(listing.page(owner).next)
    assert rows(f"{URL}?after={after}") == 5


def test_without_scripts_every_way_leads_back(owner: User, browser: Client) -> None:
    thread = make_thread(owner, days=2)
    answer = browser.post(f"{URL}thread/{thread.pk}/restore/", follow=True)
    assert answer.redirect_chain == [(URL, 302)]
    assert "Restored." in answer.content.decode()
    assert "The trash is empty" in answer.content.decode()
    assert "There is nothing to delete." in browser.get(f"{URL}empty/").content.decode()


def test_what_is_unknown_is_not_found(owner: User) -> None:
    for kind in ("post", "image", "thread", "project", "message", "nothing"):
        for operation in (services.restore, services.put_back, services.delete_for_good):
            with pytest.raises(NotFound):
                operation(user=owner, kind=kind, id=uuid.uuid4())


def test_every_kind_of_conversation_has_a_place_in_the_trash() -> None:
    assert {one.kind for one in conversations.all_conversations()} <= set(kinds.listed())


def test_what_is_remembered_of_emptying_goes_when_age_says_the_same(owner: User) -> None:
    services.empty(user=owner, until=ago(31))
    purging.purge(before=purging.cutoff())
    assert not EmptiedTrash.objects.exists()
    services.empty(user=owner, until=ago(29))
    purging.purge(before=purging.cutoff(), until=lambda: True)
    purging.purge(before=purging.cutoff())
    assert EmptiedTrash.objects.exists()
