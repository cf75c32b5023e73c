"""Server time and queries of a thread's page: they must not grow with the thread."""

import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bench import rows
from bench.figures import Figure, median, percentile
from chat.models import Thread

SHORT, LONG = 50, 10_000
VISITS = 30


def measure(*, filler: int) -> list[Figure]:
    """`filler`: messages in the database, other people's included."""
    owner = User.objects.create(email="pages@example.com")
    other = User.objects.create(email="pages-other@example.com")
    threads = {count: rows.make_thread(owner, count) for count in (SHORT, LONG)}
    rows.fill(other, filler)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(owner)
    figures, medians = [], {}
    for count, thread in threads.items():
        times, queries = visits(browser, f"/chat/{thread.pk}/")
        medians[count] = median(times)
        name = f"thread page, {count:,} messages"
        figures.append(Figure(f"{name}: server time p95", percentile(times, 95), "ms", 50))
        figures.append(Figure(f"{name}: queries", queries, "", 15))
    growth = medians[LONG] / medians[SHORT]
    figures.append(Figure("thread page: 10,000 messages against 50", growth, "x", 1.3))
    return figures + sidebar(other)


def sidebar(owner: User) -> list[Figure]:
    """The list of somebody who has all the filler's threads."""
    browser = Client(headers={"host": "localhost"})
    browser.force_login(owner)
    times, queries = visits(browser, "/chat/threads/")
    name = f"sidebar, {Thread.objects.filter(owner=owner).count():,} threads"
    return [
        Figure(f"{name}: server time p95", percentile(times, 95), "ms", 50),
        Figure(f"{name}: queries", queries, "", 15),
    ]


def visits(browser: Client, url: str) -> tuple[list[float], int]:
    """Milliseconds of each visit, and the queries of one."""
    with CaptureQueriesContext(connection) as captured:
        if browser.get(url).status_code != 200:
            raise RuntimeError(f"{url} is not shown")
    queries = len(captured)  # the next request forgets them
    times = []
    for _ in range(VISITS):
        began = time.perf_counter()
        browser.get(url)
        times.append((time.perf_counter() - began) * 1000)
    return times, queries
