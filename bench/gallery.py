"""Server time of the gallery: any page, filter or search of somebody who has a fifth of all
images there are."""

import time
from collections import deque
from collections.abc import Callable
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bench import scrolling
from bench.figures import Figure, median, percentile
from gallery.browse.filters import Filters
from gallery.browse.pages import Part, count_of, page_of
from gallery.images import GeneratedImage
from gallery.models import Project
from gallery.seeding import seed
from gallery.seeding.texts import LONG_AGO

SHARE = 5  # one of so many images is the measured person's
PAGES = 50
VISITS = 40
FEW = 1_000  # images of the small gallery that the large one is compared with
WORDS = {
    "a common word": "vases",
    "the beginning of a word": "lant",
    "a rare word": "1000q",
    "no such word": "zyzzyva",
    "a word of long ago": LONG_AGO,
    "a phrase without a word": '"morning light" -fog',
}


def measure(*, images: int, base: str) -> list[Figure]:
    """`images`: of all people together; `base`: where the studio is served."""
    owner, other, beginner = (
        User.objects.create(email=f"gallery-{name}@example.com")
        for name in ("owner", "other", "beginner")
    )
    began = time.monotonic()
    for user, count in ((other, images - images // SHARE), (owner, images // SHARE)):
        deque(seed(user=user, images=count), maxlen=0)
    minutes = (time.monotonic() - began) / 60
    deque(seed(user=beginner, images=min(FEW, images // SHARE)), maxlen=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    made = Figure(f"gallery: {images:,} images made up", minutes, "min", 15)
    return [
        made,
        *_pages(owner),
        *_words(owner),
        *_counts(owner),
        _growth(owner, beginner),
        *scrolling.measure(base, owner),
    ]


def _pages(owner: User) -> list[Figure]:
    project = Project.objects.filter(owner=owner)[0]
    model = GeneratedImage.objects.filter(owner=owner)[0].model_id
    asked = {
        "first page": "?",
        f"page {PAGES}": f"?after={_deep(owner)}",
        "oldest first": "?sort=oldest",
        "kind": "?kind=edited",
        "model": f"?model={model}",
        "aspect ratio": "?ratio=16:9",
        "project": f"?project={project.pk}",
        "model, aspect ratio and project": f"?model={model}&ratio=16:9&project={project.pk}",
        "dates": "?since=2000-01-01&until=2100-01-01",
    }
    return [
        figure for name, query in asked.items() for figure in _visits(owner, name, query, limit=60)
    ]


def _words(owner: User) -> list[Figure]:
    return [
        figure
        for name, words in WORDS.items()
        for sort in ("newest", "best")
        for figure in _visits(owner, f"{name}, {sort}", {"q": words, "sort": sort}, limit=100)
    ]


def _counts(owner: User) -> list[Figure]:
    found = [_times("gallery count: all", partial(count_of, owner), 60)]
    for name, words in WORDS.items():
        count = partial(count_of, owner, Filters(q=words))
        found.append(_times(f"gallery count: {name}", count, 100))
    return found


def _growth(owner: User, beginner: User) -> Figure:
    """Medians: the first visit finds nothing in memory."""
    large, small = (_milliseconds(partial(page_of, user)) for user in (owner, beginner))
    growth = median(large) / median(small)
    return Figure("gallery: the large one against a small one", growth, "x", 1.3)


def _deep(owner: User) -> str:
    after = None
    for _ in range(PAGES - 1):
        after = page_of(owner, part=Part(after)).next or after
    return str(after or "")


def _visits(owner: User, name: str, query: str | dict[str, str], *, limit: float) -> list[Figure]:
    """Of the part that scrolling reads, through all of Django; and the queries of one."""
    browser = Client(headers={"host": "localhost"})
    browser.force_login(owner)

    def visit() -> None:
        url = "/gallery/part/"
        answer = browser.get(url + query) if isinstance(query, str) else browser.get(url, query)
        if answer.status_code != 200:
            raise RuntimeError(f"{name} is not shown")

    with CaptureQueriesContext(connection) as captured:
        visit()
    queries = len(captured)
    return [
        _times(f"gallery: {name}: server time p95", visit, limit),
        Figure(f"gallery: {name}: queries", queries, "", 15),
    ]


def _times(name: str, work: Callable[[], object], limit: float) -> Figure:
    return Figure(name, percentile(_milliseconds(work), 95), "ms", limit)


def _milliseconds(work: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(VISITS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times
