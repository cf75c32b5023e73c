"""What is refused on the live channel, through a real server and its own limits."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from accounts.models import User
from activity.consumers import SIGNED_OUT, TOO_LARGE, TOO_MANY
from tests.page import Page
from tests.studio import Studio

pytestmark = pytest.mark.stack


@pytest.fixture
def tab(live: Studio, owner: User) -> Iterator[Page]:
    tab = Page(live.url, owner).connect()
    tab.hear_until(lambda: {"type": "hello"} in tab.frames)
    yield tab
    tab.close()


def closed(tab: Page) -> int:
    """The code with which the server closes."""
    assert tab.socket is not None
    with suppress(ConnectionClosed):
        while True:
            tab.socket.recv(timeout=5)
    code = tab.socket.close_code
    assert code is not None
    return code


def assert_serves(tab: Page) -> None:
    tab.connect()
    sent = tab.send("Write 5 words").json()
    tab.open(sent["thread"])
    tab.hear_until(lambda: tab.revision == 2 and not tab.busy)


def test_a_frame_of_two_megabytes_ends_the_socket_and_harms_nothing(tab: Page) -> None:
    assert tab.socket is not None
    tab.socket.send("x" * 2_000_000)

    assert closed(tab) == TOO_LARGE
    assert_serves(tab)


def test_a_flood_ends_the_socket_and_harms_nothing(tab: Page) -> None:
    with suppress(ConnectionClosed):
        for _ in range(2_000):
            tab.say({"type": "ping"})
    assert closed(tab) == TOO_MANY
    assert_serves(tab)


def test_signing_out_closes_the_socket_at_once(tab: Page) -> None:
    assert tab.post("/accounts/logout/").ok

    assert closed(tab) == SIGNED_OUT
    tab.connect()
    assert closed(tab) == SIGNED_OUT


@pytest.mark.parametrize("origin", [None, "null", "https://evil.test", "http://127.0.0.1:1"])
def test_a_handshake_from_elsewhere_is_refused(tab: Page, origin: str | None) -> None:
    cookie = f"sessionid={tab.http.cookies['sessionid']}"
    url = tab.url.replace("http", "ws") + "/ws/"

    with pytest.raises(InvalidStatus) as refused:
        connect(url, origin=origin, additional_headers={"Cookie": cookie})  # type: ignore[arg-type]

    assert refused.value.response.status_code == 403
