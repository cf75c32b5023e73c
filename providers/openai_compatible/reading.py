"""The body of a chat answer, read from the network as the JSON documents in it."""

from collections.abc import AsyncGenerator

import aiohttp
import msgspec

from providers.base import MalformedAnswer, TooLarge
from providers.openai_compatible.limits import Limits
from providers.openai_compatible.parsing import UNREADABLE
from providers.openai_compatible.sse import EventSplitter
from providers.openai_compatible.transport import allow_silence

DONE = b"[DONE]"


async def documents(
    response: aiohttp.ClientResponse, limits: Limits, gap: float
) -> AsyncGenerator[list[bytes], None]:
    """Lists of JSON documents, one list a network read. An endpoint that answers a stream
    request with one plain JSON document gives that document and DONE."""
    splitter = EventSplitter(limits.line)
    document = bytearray()
    is_plain: bool | None = None  # not known before the first byte that is no white space
    size = 0
    seen = False
    async for chunk in response.content.iter_any():
        if not size:
            allow_silence(response, gap)
        size += len(chunk)
        if size > limits.answer:
            raise TooLarge(f"an answer of more than {limits.answer} bytes")
        if is_plain is None and (start := chunk.lstrip()):
            is_plain = start.startswith(b"{")
        if is_plain:
            document += chunk
        elif found := splitter.feed(chunk):
            seen = True
            yield found
    if is_plain:
        yield [bytes(document), DONE]
    elif rest := [data for data in splitter.finish() if data == DONE or _is_whole(data)]:
        yield rest
    elif size and not seen:
        raise MalformedAnswer("the answer has no event in it")


def _is_whole(data: bytes) -> bool:
    """Whether the connection ended after this document, and not inside it."""
    try:
        msgspec.json.decode(data)
    except UNREADABLE:
        return False
    return True
