"""Exports: everything that is known, under names that every system takes, and read back."""

import io
import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from chat.exporting import reading
from chat.exporting.names import archive_name, download_name
from chat.models import Message, Role, Status, Thread
from chat.path import path
from providers.models import AIModel
from tests.chat.exchange.conftest import Bring, report_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(owner: User, model: AIModel) -> Thread:
    """A question with two answers, of which the first is shown, stopped."""
    thread = Thread.objects.create(owner=owner, title="Clay / fire", model=model, revision=3)
    question = Message.objects.create(
        thread=thread, role=Role.USER, author=owner, content="Which *clay*?\n\nAnd why?"
    )
    shown, _other = (
        Message.objects.create(
            thread=thread, parent=question, role=Role.ASSISTANT, model=model, content=text,
            status=status, cost=Decimal("0.00012345"), seconds=1.5, completion_tokens=12,
        )
        for text, status in (("Stoneware…", Status.STOPPED), ("Porcelain", Status.COMPLETED))
    )  # fmt: skip
    thread.leaf = shown
    thread.save()
    return thread


@pytest.fixture
def browser(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def content(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_json_has_the_whole_tree_and_all_that_is_known(browser: Client, thread: Thread) -> None:
    answer = browser.get(f"/chat/{thread.pk}/export.json")
    document = json.loads(content(answer))

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Chat Clay fire.json"'
    assert (document["format"], document["version"]) == ("atelier.thread", 1)
    assert document["thread"]["leaf"] == str(thread.leaf_id)
    question, shown, other = document["messages"]
    assert question["parent"] is None
    assert {shown["parent"], other["parent"]} == {question["id"]}
    assert (shown["status"], shown["cost"], shown["seconds"]) == ("stopped", "0.00012345", 1.5)
    assert other["model"] == {"slug": "demo-writer", "name": "Demo Writer"}


def test_markdown_has_what_the_page_shows(browser: Client, thread: Thread) -> None:
    answer = browser.get(f"/chat/{thread.pk}/export.md")
    text = content(answer).decode()

    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    day = f"*{thread.messages.get(role='user').created_at:%Y-%m-%d %H:%M} UTC*"
    assert text == (
        f"# Clay / fire\n\n## You\n\n{day}\n\nWhich *clay*?\n\nAnd why?\n"
        f"\n## Demo Writer\n\n{day}\n\nStoneware…\n\n*Stopped*\n"
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "Chat chat"),
        ("../../etc/passwd", "Chat etc passwd"),
        ('a\r\nb"c\\d:e*?<f>|', "Chat a b c d e f"),
        ("Ação \u202e🏺 ...", "Chat Ação 🏺"),
        ("x" * 200, "Chat " + "x" * 80),
    ],
)
def test_names_are_fit_for_every_system(thread: Thread, title: str, name: str) -> None:
    thread.title = title
    assert download_name(thread, "md") == f"{name}.md"
    assert archive_name(thread).startswith("threads/")
    assert archive_name(thread).count("/") == 1


def test_a_name_beyond_latin_comes_whole(browser: Client, thread: Thread) -> None:
    Thread.objects.update(title="Cerâmica 陶")
    header = browser.get(f"/chat/{thread.pk}/export.md").headers["Content-Disposition"]
    assert header == "attachment; filename*=utf-8''Chat%20Cer%C3%A2mica%20%E9%99%B6.md"


def test_strangers_and_the_trash_have_no_exports(
    client: Client, thread: Thread, stranger: User, owner: User
) -> None:
    for address in (f"/chat/{thread.pk}/export.md", f"/chat/{thread.pk}/export.json"):
        client.logout()
        assert client.get(address).status_code == 302
        client.force_login(stranger)
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 405
    assert zipfile.ZipFile(io.BytesIO(content(client.get("/chat/export.zip")))).namelist() == [
        "manifest.json"
    ]
    Thread.objects.update(deleted_at=thread.created_at)
    client.force_login(owner)
    assert client.get(f"/chat/{thread.pk}/export.md").status_code == 404


def test_a_long_thread_is_read_in_pages(
    browser: Client, thread: Thread, django_assert_max_num_queries: Any
) -> None:
    lengthen(thread, 1200)
    for suffix in ("json", "md"):
        with django_assert_max_num_queries(13):
            text = content(browser.get(f"/chat/{thread.pk}/export.{suffix}")).decode()
        assert text.count("word ") == 1200
    document = json.loads(content(browser.get(f"/chat/{thread.pk}/export.json")))
    assert len(document["messages"]) == 1203


def lengthen(thread: Thread, count: int) -> None:
    """Go on with the thread by this many messages."""
    ids = [thread.leaf_id, *(uuid4() for _ in range(count))]
    Message.objects.bulk_create(
        Message(id=ids[n], thread=thread, parent_id=ids[n - 1], role=Role.USER, content=f"word {n}")
        for n in range(1, count + 1)
    )
    Thread.objects.filter(pk=thread.pk).update(leaf=ids[-1])


def test_everything_is_one_archive(
    browser: Client, thread: Thread, owner: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        lengthen(Thread.objects.create(owner=owner, title=f"Short {number}"), 3)
    lengthen(thread, reading.PAGE + 1)

    with django_assert_max_num_queries(23):
        answer = browser.get("/chat/export.zip")
        data = content(answer)

    assert answer.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["format"], manifest["account"]) == ("atelier.archive", owner.email)
    assert len(manifest["threads"]) == 31
    for listed in manifest["threads"]:
        document = json.loads(archive.read(listed["json"]))
        assert (document["thread"]["id"], len(document["messages"])) == (
            listed["id"], listed["messages"],
        )  # fmt: skip
        assert archive.read(listed["markdown"]).startswith(f"# {listed['title']}\n".encode())
    assert len(archive.namelist()) == 63


def tree(thread: Thread) -> set[tuple[object, ...]]:
    """A thread's messages without the ids of this database."""
    parents = {row.pk: row.content for row in thread.messages.all()}
    return {
        (row.content, parents.get(row.parent_id), row.role, row.status, row.model_id, row.cost,
         row.seconds, row.completion_tokens, row.created_at)
        for row in thread.messages.all()
    }  # fmt: skip


def test_somebody_elses_studio_gets_the_same_thread(
    browser: Client, thread: Thread, stranger: User, bring: Bring
) -> None:
    data = content(browser.get(f"/chat/{thread.pk}/export.json"))

    first = report_of(bring(data, user=stranger))
    again = report_of(bring(data, user=stranger))

    copy = Thread.objects.get(owner=stranger)
    assert (first.added, first.messages, again.added, again.present) == (1, 3, 0, 1)
    assert tree(copy) == tree(thread)
    assert (copy.title, copy.model, copy.created_at) == (
        thread.title, thread.model, thread.created_at,
    )  # fmt: skip
    assert [row.content for row in path(copy)] == [row.content for row in path(thread)]


def test_an_archive_is_read_back_and_changes_nothing_where_it_is_from(
    browser: Client, thread: Thread, owner: User, stranger: User, bring: Bring
) -> None:
    lengthen(Thread.objects.create(owner=owner, title="Another"), 5)
    data = content(browser.get("/chat/export.zip"))
    before = Message.objects.count()

    at_home = report_of(bring(data, "Atelier.zip"))
    abroad = report_of(bring(data, "Atelier.zip", user=stranger))

    assert (at_home.added, at_home.present, at_home.messages) == (0, 2, 0)
    assert (abroad.added, abroad.messages) == (2, before)


def test_over_asgi_the_parts_come_one_by_one(thread: Thread) -> None:
    from asgiref.sync import async_to_sync

    from files.streaming import _in_thread

    made: list[int] = []

    def parts() -> Iterator[bytes]:
        try:
            for number in range(3):
                made.append(number)
                yield b"part"
        finally:
            made.append(-1)

    async def read_one() -> bytes:
        stream = _in_thread(parts())  # type: ignore[arg-type]
        part = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        return part

    assert async_to_sync(read_one)() == b"part"
    assert made == [0, -1]
