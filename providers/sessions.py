"""The HTTP sessions of one event loop."""

from dataclasses import dataclass, field
from typing import Self

import aiohttp
from django.conf import settings

from providers.guard import guarded_connector
from providers.pace import Pace


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `image` is the silence that an image may take to make, in place of `first_byte`
    and `gap`."""

    connect: float = field(default_factory=lambda: settings.PROVIDER_CONNECT_TIMEOUT)
    first_byte: float = field(default_factory=lambda: settings.PROVIDER_FIRST_BYTE_TIMEOUT)
    gap: float = field(default_factory=lambda: settings.PROVIDER_GAP_TIMEOUT)
    image: float = field(default_factory=lambda: settings.PROVIDER_IMAGE_TIMEOUT)
    total: float = field(default_factory=lambda: settings.PROVIDER_TOTAL_TIMEOUT)


class Sessions:
    """`async with Sessions() as sessions`: opened once on the loop that uses it, shared by all
    requests of that loop. Private and public addresses have connections of their own."""

    def __init__(self, timeouts: Timeouts | None = None, pace: Pace | None = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self.pace = pace
        self._open: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for allow_private in (False, True):
            self._open[allow_private] = aiohttp.ClientSession(
                connector=guarded_connector(allow_private=allow_private),
                timeout=aiohttp.ClientTimeout(
                    total=self.timeouts.total,
                    connect=self.timeouts.connect,
                    sock_read=self.timeouts.first_byte,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Atelier", "Accept-Encoding": "identity"},
                trust_env=False,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._open.values():
            await session.close()
        self._open.clear()

    def session(self, *, allow_private: bool) -> aiohttp.ClientSession:
        return self._open[allow_private]
