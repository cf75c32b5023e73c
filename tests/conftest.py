"""The cast: an owner, a stranger, staff, and the model that they all talk to."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.test import TransactionTestCase

from accounts.models import User
from activity.models import Generation
from activity.services import stop
from files.models import Blob
from files.models import State as BlobState
from gallery.batches.models import Batch
from providers.models import AIModel
from tests.factories import make_model, make_user
from tests.flush import empty_tables
from tests.studio import Studio, wait_until

# Sync Playwright leaves an event loop in the main thread; Django must not take that loop for an
# async caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A studio sweeps what it finds in the tables, so what needs none comes first. Browsers come
    last: no test with a loop of its own may follow them."""

    def order(item: pytest.Item) -> tuple[bool, bool, bool]:
        in_browser = item.get_closest_marker("e2e") is not None
        fixtures = getattr(item, "fixturenames", ())
        return in_browser, "shared_studio" in fixtures, "harmed_studio" in fixtures

    items.sort(key=order)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> None:
    TransactionTestCase._fixture_teardown = lambda _: empty_tables()


@receiver(connection_created)
def outlast_deadlocks(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Emptying the tables may deadlock with a process of the studio: that one is to give way.
    Races are run in threads, and find their deadlocks soon. Both is said each time: the pool gives
    a connection now to one thread, now to another."""
    is_main = threading.current_thread() is threading.main_thread()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('deadlock_timeout', %s, false)"
            " FROM pg_roles WHERE rolname = current_user AND rolsuper",
            ["1min" if is_main else "1s"],
        )


@pytest.fixture
def model(db: None) -> AIModel:
    return make_model()


@pytest.fixture
def owner(model: AIModel) -> User:
    return make_user("owner@example.com", default_model=model)


@pytest.fixture
def stranger(model: AIModel) -> User:
    return make_user("stranger@example.com")


@pytest.fixture
def staff(model: AIModel) -> User:
    return make_user("staff@example.com", is_staff=True, is_superuser=True)


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their files by content, so these must have been collected."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def service_urls(django_db_setup: None) -> dict[str, str]:
    """The test database and its Redis, as a studio's processes take them."""
    database = connections["default"].settings_dict
    if settings.DATABASE_URL:
        url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{database['NAME']}").geturl()
    else:
        host = quote(str(database["HOST"]), safe="")
        url = f"postgresql://{database['USER']}@{host}/{database['NAME']}"
    return {
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "ATELIER_PRIVATE_PROVIDERS": "1",
        "ATELIER_STATIC_ROOT": str(settings.STATIC_ROOT),
        "ATELIER_SECRET_KEY": settings.SECRET_KEY,
        "ATELIER_TITLES": "0",  # made after an answer's end, which is a test's end too
    }


@pytest.fixture(scope="session")
def shared_studio(
    service_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Studio]:
    studio = Studio(tmp_path_factory.mktemp("studio"), service_urls)
    try:
        yield studio
    finally:
        studio.stop()


@pytest.fixture
def live(
    request: pytest.FixtureRequest, shared_studio: Studio, transactional_db: None
) -> Iterator[Studio]:
    """A running studio on the test database, shared by all tests that do not harm it. It opens no
    files and works on no batches but for those that ask for `media`."""
    shared_studio.stop_others()
    if not shared_studio.processes:  # the first test, or the fault tests were here
        shared_studio.start_web()
        shared_studio.start_worker()
    if "media" not in request.fixturenames:
        shared_studio.end("media")
    yield shared_studio
    for generation in Generation.objects.in_flight():
        stop(generation=generation)
    wait_until(is_at_rest, what="the studio is at rest")


@pytest.fixture
def media(shared_studio: Studio, live: object) -> Iterator[None]:
    """The shared studio has a media worker, which stays for the next test that wants one."""
    if "media" not in shared_studio.processes:
        shared_studio.start_worker("media", queue="media", pool="solo")
    yield
    wait_until(lambda: has_no_media_task(shared_studio), what="the media worker is done")


def has_no_media_task(studio: Studio) -> bool:
    """What a worker has taken is in rows only."""
    opening = Blob.objects.filter(state__in=[BlobState.WAITING, BlobState.DECODING])
    batches = Batch.objects.under_way()
    return not (studio.has_waiting("media") or opening.exists() or batches.exists())


def is_at_rest() -> bool:
    """Whether no process of a studio is in a transaction: emptying the tables takes a lock on
    all of them, and would deadlock with one that holds some and wants more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid() "
            "AND xact_start IS NOT NULL"
        )
        busy: int = cursor.fetchone()[0]
    return busy == 0 and not Generation.objects.in_flight().exists()


@pytest.fixture
def studio(
    service_urls: dict[str, str], transactional_db: None, tmp_path: Path
) -> Iterator[Studio]:
    """A studio of the test's own, of which it may kill any part. Nothing is started yet."""
    studio = Studio(tmp_path, service_urls)
    try:
        yield studio
    finally:
        studio.stop()
