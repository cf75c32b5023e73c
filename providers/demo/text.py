"""The demo's text models, streamed at a pace that people can read."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from decimal import Decimal

from providers.base import (
    ChatMessage,
    Completed,
    Endpoint,
    ReasoningDelta,
    TextDelta,
    TextEvent,
    TextRequest,
    UnknownModel,
    Usage,
)
from providers.demo.caption import asks_for_caption, caption_answer
from providers.demo.echo import echo_answer, echo_thoughts
from providers.demo.title import asks_for_title, title_answer
from providers.demo.writer import writer_answer

WORDS_PER_SECOND = 60
_ANSWERS = {"demo-writer": writer_answer, "demo-echo": echo_answer}
_THOUGHTS = {"demo-echo": echo_thoughts}
_WORD = re.compile(r"\s*\S+\s*")


class DemoTextProvider:
    def __init__(self, endpoint: Endpoint) -> None:
        self._model = endpoint.model

    async def stream(self, request: TextRequest) -> AsyncGenerator[TextEvent, None]:
        write = _ANSWERS.get(self._model)
        if write is None:
            raise UnknownModel(f"the demo has no text model {self._model!r}")
        if asks_for_title(request.messages):
            write = title_answer
        elif asks_for_caption(request.messages):
            write = caption_answer
        think = _THOUGHTS.get(self._model)
        thoughts = _WORD.findall(think(request.messages)) if think else []
        answer = await asyncio.to_thread(write, request.messages)
        words = _WORD.findall(answer)
        finish_reason = "stop"
        if request.max_tokens is not None and len(words) > request.max_tokens:
            words, finish_reason = words[: request.max_tokens], "length"
        clock = asyncio.get_running_loop().time
        start = clock()
        said: list[TextEvent] = [*map(ReasoningDelta, thoughts), *map(TextDelta, words)]
        for number, event in enumerate(said, 1):
            yield event
            await asyncio.sleep(max(0.0, start + number / WORDS_PER_SECOND - clock()))
        yield Completed(_usage(request.messages, "".join(words)), finish_reason)


def _usage(messages: Sequence[ChatMessage], answer: str) -> Usage:
    """Estimated: four characters a token."""
    return Usage(
        prompt_tokens=sum(len(message.text) // 4 + 4 for message in messages),
        completion_tokens=len(answer) // 4 + 1,
        cost=Decimal(0),
    )
