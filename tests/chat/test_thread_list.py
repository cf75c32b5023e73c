"""The sidebar's list: pinned first, then by the reader's days, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity import keyset
from chat import listing
from chat.live import LiveThread
from chat.models import Thread
from tests.contracts.html import parse

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def make(owner: User, title: str, *, hours: float = 0, **fields: Any) -> Thread:
    at = NOW - timedelta(hours=hours)
    return Thread.objects.create(owner=owner, title=title, last_activity_at=at, **fields)


def shown(owner: User) -> list[tuple[str, list[str]]]:
    return [(label, [t.title for t in row]) for label, row in listing.sidebar(owner).groups]


def test_pinned_come_first_and_the_archive_and_the_trash_are_left_out(owner: User) -> None:
    make(owner, "new")
    make(owner, "old", hours=24 * 40)
    make(owner, "pinned", hours=99, pinned_at=NOW - timedelta(hours=2))
    make(owner, "pinned later", hours=100, pinned_at=NOW)
    make(owner, "archived", archived_at=NOW)
    make(owner, "deleted", deleted_at=NOW)

    assert shown(owner) == [
        ("Pinned", ["pinned later", "pinned"]),
        ("Today", ["new"]),
        ("October 2026", ["old"]),
    ]
    assert [thread.title for thread in listing.archive(owner).threads] == ["archived"]


def test_days_are_the_readers(owner: User) -> None:
    make(owner, "this morning", hours=3)
    make(owner, "last night", hours=13)
    make(owner, "last week", hours=24 * 6)

    assert [label for label, _ in shown(owner)] == ["Today", "Yesterday", "Last 7 days"]
    with timezone.override(ZoneInfo("Pacific/Kiritimati")):  # already two in the night of the 22nd
        assert [label for label, _ in shown(owner)] == ["Yesterday", "Last 7 days"]
    with timezone.override(ZoneInfo("Pacific/Honolulu")):  # still two in the night of the 21st
        assert [label for label, _ in shown(owner)] == ["Yesterday", "Last 7 days"]


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("", "Today"),
        ("Asia/Tokyo", "Today"),
        ("America/New_York", "Yesterday"),
        ("Nowhere/Land", "Today"),
        ("../../etc/passwd", "Today"),
        ("America", "Today"),
        ("x" * 500, "Today"),
    ],
)
def test_the_browser_tells_its_time_zone(zone: str, label: str, owner: User) -> None:
    make(owner, "at one in the night", hours=11)
    client = Client()
    client.force_login(owner)
    client.cookies["timezone"] = zone

    pages = [client.get(path).content.decode() for path in ("/chat/", "/chat/threads/")]

    timezone.deactivate()
    for html in pages:
        groups = [one.attributes.get("data-group") for one in parse(html).walk()]
        assert [group for group in groups if group] == [label]


def test_pages_follow_each_other_without_gap_or_repeat(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    titles = [f"thread {number}" for number in range(8)]
    for number, title in enumerate(titles):
        make(owner, title, hours=number // 2)  # pairs of the same moment
    make(owner, "pinned", pinned_at=NOW)

    seen: list[str] = []
    after, pages = "", 0
    while True:
        page = listing.sidebar(owner, after=after)
        seen += [thread.title for _label, row in page.groups for thread in row]
        after, pages = page.next_cursor, pages + 1
        if not after:
            break

    assert pages == 3
    assert seen[0] == "pinned"
    assert sorted(seen[1:]) == titles


@pytest.mark.parametrize(
    "cursor",
    ["x", "a|b", keyset.signer.sign("x|y"), "\0"],
    ids=["x", "unsigned", "signed", "NUL"],
)
def test_an_unreadable_cursor_gives_the_first_page(cursor: str, owner: User) -> None:
    make(owner, "one")

    assert shown(owner) == [("Today", ["one"])]
    assert [label for label, _ in listing.sidebar(owner, after=cursor).groups] == ["Today"]
    assert len(listing.archive(owner, after=cursor).threads) == 0


def test_a_page_costs_two_queries_by_its_indexes(owner: User) -> None:
    for number in range(60):
        make(owner, f"thread {number}", hours=number, pinned_at=NOW if number < 2 else None)

    with CaptureQueriesContext(connection) as captured:
        listing.sidebar(owner)

    assert len(captured) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        for query, index in zip(
            captured, ("chat_thread_pinned", "chat_thread_listed"), strict=True
        ):
            cursor.execute("EXPLAIN " + query["sql"])
            assert index in "\n".join(row[0] for row in cursor.fetchall())


def test_a_row_names_its_group_and_what_its_menu_must_know(owner: User) -> None:
    thread = make(owner, "one", pinned_at=NOW, muted=True, unread=True)

    row = LiveThread().row(user=owner, id=thread.pk)

    assert row is not None
    assert row.group == "Pinned"
    item = parse(row.html).find(f"thread-{thread.pk}")
    states = {name: item.attributes[f"data-{name}"] for name in ("pinned", "muted", "archived")}
    assert states == {"pinned": "true", "muted": "true", "archived": "false"}
    assert "is-unread" not in item.attributes["class"]  # a dot, but not in bold
    assert "New reply" in item.text


@pytest.mark.parametrize("gone", ["archived_at", "deleted_at"])
def test_a_thread_that_is_not_listed_has_no_row(gone: str, owner: User) -> None:
    thread = make(owner, "one", **{gone: NOW})

    assert LiveThread().row(user=owner, id=thread.pk) is None


def test_the_archive_page(owner: User, stranger: User) -> None:
    thread = make(owner, "Old <b>glaze</b>", archived_at=NOW)
    client = Client()
    client.force_login(owner)

    whole = client.get("/chat/archive/").content.decode()
    part = client.get("/chat/archive/", headers={"HX-Request": "true"}).content.decode()

    for html in (whole, part):
        assert "Old <b>glaze</b>" in parse(html).find(f"archived-{thread.pk}").text
        assert "<b>glaze" not in html
    assert "<html" in whole
    assert "<html" not in part
    client.force_login(stranger)
    assert "No chat is archived" in client.get("/chat/archive/").content.decode()
