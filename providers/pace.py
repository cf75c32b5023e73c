"""Reading many slow streams a little at a time, together."""

from collections.abc import Callable

import aiohttp
from aiohttp.base_protocol import BaseProtocol


class Pace:
    """A stream that brought text rests until `go_on`, which whoever shows the text calls before
    each time that it does. What comes meanwhile waits in the kernel, and one read brings it all:
    at 50 tokens a second that is a quarter of the work, and no delay."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake  # tells that somebody waits for `go_on`
        self._resting: list[BaseProtocol] = []

    def rest(self, response: aiohttp.ClientResponse) -> None:
        connection = response.connection  # None once the whole answer has come
        if connection is not None and connection.protocol is not None:
            connection.protocol.pause_reading()
            self._resting.append(connection.protocol)
            self._wake()

    def go_on(self) -> bool:
        """Let all read again; False when none rested."""
        resting, self._resting = self._resting, []
        for protocol in resting:
            protocol.resume_reading()  # nothing happens where the connection is gone
        return bool(resting)
