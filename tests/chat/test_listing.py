"""The sidebar's list: its order, its pages, its headings."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.signing import Signer
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from chat import listing
from chat.listing import day_label, sidebar
from chat.models import Thread
from tests.factories import make_generation

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


def make_threads(owner: User, moments: list[datetime]) -> list[Thread]:
    return Thread.objects.bulk_create(
        Thread(owner=owner, title=f"T{n}", last_activity_at=at) for n, at in enumerate(moments)
    )


def pages(user: User) -> list[list[uuid.UUID]]:
    """All pages, as a reader who scrolls gets them."""
    found, after = [], ""
    while True:
        page = sidebar(user, after=after)
        found.append([thread.pk for _, threads in page.groups for thread in threads])
        if not page.next_cursor:
            return found
        after = page.next_cursor


def test_newest_activity_comes_first(owner: User) -> None:
    threads = make_threads(owner, [NOON - timedelta(hours=n) for n in (3, 1, 2)])

    assert pages(owner) == [[threads[n].pk for n in (1, 2, 0)]]


@pytest.mark.parametrize("count", [0, 1, 50, 51, 100, 101, 160])
def test_every_thread_is_on_one_page(owner: User, count: int) -> None:
    threads = make_threads(owner, [NOON - timedelta(minutes=n) for n in range(count)])

    found = pages(owner)

    assert [pk for page in found for pk in page] == [thread.pk for thread in threads]
    assert all(len(page) == 50 for page in found[:-1])


@pytest.mark.parametrize("moments", [1, 3])
def test_threads_of_one_moment_are_neither_lost_nor_doubled(owner: User, moments: int) -> None:
    make_threads(owner, [NOON - timedelta(minutes=n % moments) for n in range(160)])

    found = [pk for page in pages(owner) for pk in page]

    assert len(found) == len(set(found)) == 160
    ordered = Thread.objects.order_by("-last_activity_at", "-id").values_list("pk", flat=True)
    assert found == list(ordered)


def test_a_thread_that_moves_up_meanwhile_is_at_worst_shown_twice(owner: User) -> None:
    threads = make_threads(owner, [NOON - timedelta(minutes=n) for n in range(100)])
    first = sidebar(owner)
    Thread.objects.filter(pk=threads[70].pk).update(last_activity_at=NOON + timedelta(hours=1))

    second = sidebar(owner, after=first.next_cursor)

    shown = {thread.pk for _, group in (*first.groups, *second.groups) for thread in group}
    assert shown == {thread.pk for thread in threads} - {threads[70].pk}
    assert pages(owner)[0][0] == threads[70].pk


def test_only_ones_own_threads_that_are_not_in_the_trash(owner: User, stranger: User) -> None:
    (mine,) = make_threads(owner, [NOON])
    make_threads(stranger, [NOON])
    Thread.objects.create(owner=owner, deleted_at=NOON)

    assert pages(owner) == [[mine.pk]]


def test_a_cursor_of_somebody_else_shows_no_thread_of_theirs(owner: User, stranger: User) -> None:
    make_threads(stranger, [NOON - timedelta(minutes=n) for n in range(60)])
    (mine,) = make_threads(owner, [NOON - timedelta(days=9)])

    page = sidebar(owner, after=sidebar(stranger).next_cursor)

    assert [thread for _, threads in page.groups for thread in threads] == [mine]


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "2026-03-18T12:00:00+00:00|x:forged",
        Signer(salt="chat.listing").sign("no moment|no id"),
        Signer(salt="chat.listing").sign("2026-03-18T12:00:00+00:00|no id"),
        Signer(salt="chat.listing").sign("2026-13-45T99:00:00+00:00|" + str(uuid.uuid4())),
        Signer(salt="another").sign("2026-03-18T12:00:00+00:00|" + str(uuid.uuid4())),
    ],
    ids=["nonsense", "forged", "no moment", "no id", "no such moment", "of something else"],
)
def test_an_unreadable_cursor_gives_the_first_page(owner: User, cursor: str) -> None:
    (thread,) = make_threads(owner, [NOON])

    assert list(sidebar(owner, after=cursor).groups[0][1]) == [thread]


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (-1, "Today"),
        (0, "Today"),
        (1, "Yesterday"),
        (2, "Last 7 days"),
        (6, "Last 7 days"),
        (7, "March 2026"),
        (18, "February 2026"),
        (400, "February 2025"),
    ],
)
def test_headings_by_day(days: int, label: str) -> None:
    thread = Thread(last_activity_at=NOON - timedelta(days=days))

    with override("en"):
        assert day_label(thread, NOON.date()) == label


def test_months_are_named_in_the_readers_language() -> None:
    thread = Thread(last_activity_at=NOON - timedelta(days=20))

    with override("pt-br"):
        assert day_label(thread, NOON.date()) == "Fevereiro de 2026"


def test_threads_stand_under_their_headings_in_order(owner: User) -> None:
    now = timezone.now().replace(hour=12)
    make_threads(owner, [now - timedelta(days=n) for n in (0, 0, 1, 3, 5, 200)])

    with override("en"):
        groups = sidebar(owner).groups

    assert [(label, len(threads)) for label, threads in groups][:3] == [
        ("Today", 2),
        ("Yesterday", 1),
        ("Last 7 days", 2),
    ]


def test_a_list_takes_one_query_and_one_for_the_pinned(
    owner: User, django_assert_num_queries: object
) -> None:
    for _ in range(3):
        make_generation(owner)

    with django_assert_num_queries(2):  # type: ignore[operator]
        page = sidebar(owner)
        states = [thread.activity.is_generating for _, group in page.groups for thread in group]

    assert states == [True] * 3
    assert listing.PAGE == 50
