"""Streaming chat completions."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import aiohttp

from providers.base import Endpoint, TextEvent, TextRequest
from providers.openai_compatible.answer import Answer
from providers.openai_compatible.chat_body import chat_body
from providers.openai_compatible.limits import image_limits, text_limits
from providers.openai_compatible.reading import documents
from providers.openai_compatible.retry import retried_stream
from providers.openai_compatible.transport import JSON, Transport, allow_silence
from providers.sessions import Sessions

# Once a reason to finish has come only the usage can follow, and some endpoints then leave the
# connection open.
SECONDS_FOR_USAGE = 5.0


class OpenAITextProvider:
    """Speaks POST {base}/chat/completions with `stream`; takes an answer in one piece, too."""

    def __init__(self, endpoint: Endpoint, sessions: Sessions) -> None:
        self._endpoint = endpoint
        self._transport = Transport(endpoint, sessions)

    async def stream(self, request: TextRequest) -> AsyncGenerator[TextEvent, None]:
        if any(message.images for message in request.messages):
            body = await asyncio.to_thread(chat_body, self._endpoint, request)
        else:
            body = chat_body(self._endpoint, request)
        async with aclosing(retried_stream(lambda: self.attempt(request, body))) as events:
            async for event in events:
                yield event

    async def attempt(self, request: TextRequest, body: bytes) -> AsyncGenerator[TextEvent, None]:
        timeouts = self._transport.sessions.timeouts
        first, gap, limits = timeouts.first_byte, timeouts.gap, text_limits()
        pace = self._transport.sessions.pace
        if request.want_images:
            first, gap, limits, pace = timeouts.image, timeouts.image, image_limits(), None
        answer = Answer(limits.text)
        async with (
            self._transport.request(
                "POST", "/chat/completions", silence=first, data=body, headers=JSON
            ) as response,
            aclosing(documents(response, limits, gap)) as reads,
        ):
            try:
                async for found in reads:
                    answer.take(found)
                    for event in answer.events():
                        yield event
                    answer.check()
                    if answer.done:
                        break
                    if answer.finish_reason:
                        allow_silence(response, SECONDS_FOR_USAGE)
                    elif pace is not None and answer.has_output:
                        pace.rest(response)
            except (aiohttp.ClientError, TimeoutError):
                if not answer.finish_reason:
                    raise
            yield answer.completed()
