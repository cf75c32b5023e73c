"""Limits on what a request may carry, before Django puts it into a temporary file."""

import errno
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

NO_ROOM = "There is no room left on the server. Tell whoever looks after it."


def limited(application: Application, limits: dict[str, int]) -> Application:
    """Below the paths of `limits` a body is read to its end, so that the browser listens to the
    answer, but only one byte more than its limit is passed on: enough to be refused by the view.
    A disk that cannot take the body is said plainly."""

    async def wrapped(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        limit = next((limits[prefix] for prefix in limits if path.startswith(prefix)), None)
        if limit is None:
            return await application(scope, receive, send)
        try:
            await application(scope, _cut(receive, limit + 1), send)
        except OSError as error:  # raised before a view is called
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            await _refuse(send)

    return wrapped


def _cut(receive: Receive, limit: int) -> Receive:
    left = limit

    async def cut() -> Message:
        nonlocal left
        message = await receive()
        while message["type"] == "http.request":
            body = message.get("body", b"")[:left]
            left -= len(body)
            if left or not message.get("more_body"):
                return {**message, "body": body}
            if body:
                return {**message, "body": body, "more_body": True}
            message = await receive()
        return message

    return cut


async def _refuse(send: Send) -> None:
    body = json.dumps({"error": "no_room", "message": NO_ROOM}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
