"""A chat answer taking shape: JSON documents in, events out."""

from collections.abc import Iterable

import msgspec

from providers.base import (
    Completed,
    ImageDelta,
    MalformedAnswer,
    ProviderError,
    ReasoningDelta,
    RefusedContent,
    StreamCut,
    TextDelta,
    TextEvent,
    TooLarge,
)
from providers.openai_compatible.chunks import Choice, Delta, Image, decode, parse_usage
from providers.openai_compatible.errors import error_in_stream
from providers.openai_compatible.media import image_from_data_url
from providers.openai_compatible.reading import DONE
from providers.openai_compatible.text import TextMender

_NOTHING = (msgspec.Raw(), msgspec.Raw(b"null"))


class Answer:
    """After each network read call `take`, hand on `events()`, then `check`."""

    def __init__(self, text_limit: int) -> None:
        self.finish_reason = ""
        self.done = False
        self.has_output = False
        self._room = text_limit
        self._failure: ProviderError | None = None
        self._usage = msgspec.Raw()
        self._refusal = ""
        self._mender = TextMender()
        self._reasoning_mender = TextMender()
        self._texts: list[str] = []  # not among the events yet
        self._events: list[TextEvent] = []

    def take(self, documents: Iterable[bytes]) -> None:
        """An error among them is kept for `check`: what came before it is still handed on."""
        try:
            for document in documents:
                if document == DONE:
                    self.done = True
                    break
                self._take(document)
        except ProviderError as error:
            self._failure = error

    def events(self) -> list[TextEvent]:
        """What came since the last call, neighbouring texts joined."""
        self._join_texts()
        events, self._events = self._events, []
        return events

    def check(self) -> None:
        """Raises the error that the documents carried."""
        if self._failure is not None:
            raise self._failure

    def completed(self) -> Completed:
        """The last event; raises for an ending that is none."""
        if not (self.done or self.finish_reason):
            raise StreamCut("the connection ended before the answer did")
        if self.finish_reason == "error":
            raise StreamCut("the endpoint ended the answer with an error")
        if not self.has_output and (self._refusal or self.finish_reason == "content_filter"):
            raise RefusedContent(self._refusal or "the content filter left nothing")
        return Completed(parse_usage(self._usage), self.finish_reason or "stop")

    def _take(self, document: bytes) -> None:
        chunk = decode(document)
        if chunk.error not in _NOTHING:
            raise error_in_stream(bytes(chunk.error))
        if chunk.usage not in _NOTHING:
            self._usage = chunk.usage
        if chunk.choices:
            self._take_choice(chunk.choices[0])

    def _take_choice(self, choice: Choice) -> None:
        delta = choice.delta or choice.message
        if delta is not None:
            if delta.reasoning or delta.reasoning_content or delta.refusal:
                self._take_thoughts(delta)
            if delta.content:
                self._texts.append(delta.content)
            if delta.images:
                self._take_images(delta.images)
        if choice.finish_reason:
            self.finish_reason = choice.finish_reason
        if choice.error not in _NOTHING:
            raise error_in_stream(bytes(choice.error))

    def _take_thoughts(self, delta: Delta) -> None:
        self._refusal += delta.refusal or ""
        # Some endpoints send the same reasoning under both names.
        thought = self._reasoning_mender.mend(delta.reasoning or delta.reasoning_content or "")
        if thought:
            self._join_texts()
            self._add(ReasoningDelta(thought))

    def _take_images(self, images: list[Image]) -> None:
        self._join_texts()
        for image in images:
            url = image.image_url.url if image.image_url else ""
            if not url.startswith("data:"):
                raise MalformedAnswer("an image inside a chat answer that is no data URL")
            self._add(ImageDelta(image_from_data_url(url)))

    def _join_texts(self) -> None:
        if not self._texts:
            return
        text = self._mender.mend("".join(self._texts))
        self._texts = []
        if len(text) > self._room:
            text = text[: self._room]
            self._failure = TooLarge("the answer is longer than any answer may be")
        self._room -= len(text)
        if text:
            self._add(TextDelta(text))

    def _add(self, event: TextEvent) -> None:
        self.has_output = True
        self._events.append(event)
