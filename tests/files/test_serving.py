"""Parts, repeats and failures of what is served."""

import errno
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from files import serving
from tests.files.conftest import Upload, image

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = image()
SIZE = len(CONTENT)


@pytest.fixture
def page(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def url(upload: Upload) -> str:
    return f"/files/{upload(CONTENT).pk}/original"


def body(response: Any) -> bytes:
    return b"".join(response) if response.streaming else bytes(response.content)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=7-", 7, SIZE),
        ("bytes=-4", SIZE - 4, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        (f"bytes=3-{SIZE + 50}", 3, SIZE),
    ],
)
def test_a_part(page: Client, url: str, asked: str, start: int, end: int) -> None:
    answer = page.get(url, headers={"Range": asked})

    assert (answer.status_code, body(answer)) == (206, CONTENT[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 9}-{SIZE + 20}", "bytes=-0"])
def test_a_part_that_there_is_not(page: Client, url: str, asked: str) -> None:
    answer = page.get(url, headers={"Range": asked})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,4-5",  # several are answered with the whole, and never add up to more
        "bytes=0-,0-,0-",
        "bytes=9-3",
        "bytes=-",
        "bytes=a-b",
        "bytes=٣-٤",
        "items=0-1",
        "bytes=" + "9" * 40 + "-",
        "",
    ],
)
def test_a_part_that_is_not_understood_is_the_whole(page: Client, url: str, asked: str) -> None:
    answer = page.get(url, headers={"Range": asked})

    assert (answer.status_code, body(answer)) == (200, CONTENT)
    assert "Content-Range" not in answer.headers


def test_a_part_of_what_was_another_file_is_the_whole(page: Client, url: str) -> None:
    etag = page.get(url).headers["ETag"]
    same = page.get(url, headers={"Range": "bytes=0-0", "If-Range": etag})
    other = page.get(url, headers={"Range": "bytes=0-0", "If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)


def test_what_a_browser_has_is_not_sent_again(page: Client, url: str) -> None:
    etag = page.get(url).headers["ETag"]
    for header in etag, f"W/{etag}", f'"other", {etag}', "*":
        answer = page.get(url, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content) == (304, b"")
        assert "immutable" in answer.headers["Cache-Control"]
    assert page.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_its_head_alone(page: Client, url: str) -> None:
    answer = page.head(url)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_storage_that_is_away_is_said(
    page: Client, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> Any:
        raise OSError(errno.EIO, "away")

    monkeypatch.setattr(serving, "part", away)

    answer = page.get(url)

    assert answer.status_code == 503
    assert answer.content.endswith(b"Please try again.")
    assert answer.headers["Retry-After"] == "5"
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_nobody_else_is_served(url: str, stranger: User) -> None:
    other = Client()
    assert other.get(url).status_code == 302
    other.force_login(stranger)
    for asked in {}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"}:
        assert other.get(url, headers=asked).status_code == 404
