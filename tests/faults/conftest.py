"""A studio that may be harmed: its parts are killed and started again by the tests, and what a
test leaves behind is put right before the next one."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from tests.faults.painter import Painter, painting
from tests.faults.tab import Tab
from tests.studio import Studio

LEASE, BEAT, RESEND, DRAIN = 6.0, 0.5, 2.0, 1.0


class HarmedStudio(Studio):
    """`worker` names the one that a test may harm; another takes its place."""

    worker = ""
    started = 0

    def start_another_worker(self) -> str:
        """Start one more, which is the next test's worker; returns its name."""
        self.started += 1
        self.worker = f"generate{self.started}"
        self.start_worker(self.worker)
        return self.worker

    def repair(self) -> None:
        """Web and one worker, awake."""
        self.bury_the_dead()
        if "web" not in self.processes:
            self.start_web()
        if self.worker not in self.processes:
            self.start_another_worker()
        for name in self.processes.keys() - {"web", self.worker}:
            self.kill(name)
        for name in self.processes:
            self.signal(name, signal.SIGCONT)


@pytest.fixture(scope="session")
def harmed_studio(
    service_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HarmedStudio]:
    """With a short lease: tests wait for it."""
    yield from harmed(service_urls, tmp_path_factory, lease=LEASE)


def harmed(
    service_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory, *, lease: float
) -> Iterator[HarmedStudio]:
    environment = service_urls | {
        "ATELIER_LEASE_SECONDS": str(lease),
        "ATELIER_HEARTBEAT_SECONDS": str(BEAT),
        "ATELIER_RESEND_SECONDS": str(RESEND),
        "ATELIER_DRAIN_SECONDS": str(DRAIN),
        "ATELIER_PROVIDER_FIRST_BYTE_TIMEOUT": "1",
        "ATELIER_PROVIDER_GAP_TIMEOUT": "1",
    }
    studio = HarmedStudio(tmp_path_factory.mktemp("harmed"), environment)
    try:
        yield studio
    finally:
        studio.stop()


@pytest.fixture
def studio(harmed_studio: HarmedStudio, transactional_db: None) -> HarmedStudio:
    harmed_studio.stop_others()
    harmed_studio.repair()
    return harmed_studio


@pytest.fixture
def tab(studio: Studio, owner: User) -> Iterator[Tab]:
    tab = Tab(studio.url, owner)
    yield tab
    tab.close()


@pytest.fixture
def painter(owner: User) -> Iterator[Painter]:
    with painting(owner) as painter:
        yield painter


@pytest.fixture
def same_files(studio: HarmedStudio, settings: Any) -> None:
    """This process does the media worker's part, with the files of the studio."""
    settings.MEDIA_ROOT = studio.data / "media"
