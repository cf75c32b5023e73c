"""One request to an endpoint: where to, with which headers, and the check of the answer's head."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from providers.base import BadKey, Endpoint, ProviderError, TooLarge
from providers.guard import check_url
from providers.openai_compatible import limits
from providers.openai_compatible.errors import error_for_status, wire_errors
from providers.sessions import Sessions

JSON = {"Content-Type": "application/json"}


class Transport:
    """Requests of one endpoint."""

    def __init__(self, endpoint: Endpoint, sessions: Sessions) -> None:
        self.endpoint = endpoint
        self.sessions = sessions

    @asynccontextmanager
    async def request(
        self, method: str, path: str, *, silence: float | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer of status 2xx, its body not read yet. `silence` is how many seconds may
        pass without a byte. Whatever goes wrong inside, too, is raised as a ProviderError."""
        timeouts = self.sessions.timeouts
        with wire_errors(self.endpoint.api_key):
            url = check_url(self.endpoint.base_url.rstrip("/") + path)
            session = self.sessions.session(allow_private=self.endpoint.allow_private)
            async with session.request(
                method,
                url,
                headers=self._headers() | options.pop("headers", {}),
                timeout=aiohttp.ClientTimeout(
                    total=timeouts.total,
                    connect=timeouts.connect,
                    sock_read=silence or timeouts.first_byte,
                ),
                allow_redirects=False,
                **options,
            ) as response:
                if not 200 <= response.status < 300:
                    raise await _refusal(response)
                yield response

    def _headers(self) -> dict[str, str]:
        headers = dict(self.endpoint.headers)
        key = self.endpoint.api_key.strip()
        if not (key.isascii() and key.isprintable()):
            raise BadKey("the key has characters that no header may have")
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return headers


async def _refusal(response: aiohttp.ClientResponse) -> ProviderError:
    body = b""
    with suppress(aiohttp.ClientError, TimeoutError):  # the status alone says enough
        body = await read_up_to(response, limits.ERROR_BODY, cut=True)
    return error_for_status(response.status, body, response.headers)


async def read_up_to(response: aiohttp.ClientResponse, limit: int, *, cut: bool = False) -> bytes:
    """The body; one that is longer is cut there, or raises TooLarge."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > limit:
            if not cut:
                raise TooLarge(f"an answer of more than {limit} bytes")
            break
    return b"".join(parts)[:limit]


def allow_silence(response: aiohttp.ClientResponse, seconds: float) -> None:
    """From now on, how long the endpoint may be silent; aiohttp keeps one value a request,
    which was the time to the first byte until here."""
    connection = response.connection  # None once the whole answer has come
    if connection is not None and connection.protocol is not None:
        connection.protocol.read_timeout = seconds
        connection.protocol.start_timeout()
