"""Websockets only from our own pages. Browsers send cookies with a websocket from any site, so
the Origin is what tells a page of ours from a stranger's; a missing one is refused too."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.utils.http import is_same_domain


class SameOriginOnly:
    """Refuses a handshake whose Origin is neither the Host it was sent to nor trusted by
    ATELIER_TRUSTED_ORIGINS. Ports count: another service of this host is another origin."""

    def __init__(self, inner: Callable[..., Awaitable[Any]]) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        app = self.inner if self.allows(scope) else WebsocketDenier()
        return await app(scope, receive, send)

    @staticmethod
    def allows(scope: Any) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "")
        host = headers.get(b"host", "").lower()
        try:
            page = urlsplit(origin.lower())
        except ValueError:  # "http://[" is no address
            return False
        return (bool(host) and page.netloc == host) or is_trusted(page)


def is_trusted(page: SplitResult) -> bool:
    """Whether ATELIER_TRUSTED_ORIGINS names the origin, as Django takes it for forms: a star may
    stand for subdomains."""
    trusted = (urlsplit(one) for one in settings.CSRF_TRUSTED_ORIGINS)
    return any(
        page.scheme == one.scheme and is_same_domain(page.netloc, one.netloc.lstrip("*"))
        for one in trusted
    )
