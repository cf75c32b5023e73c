"""Images from chat completions whose answer carries them, which is OpenRouter's way."""

import asyncio
from contextlib import aclosing

from providers.base import (
    ChatMessage,
    Completed,
    Endpoint,
    ImageData,
    ImageDelta,
    ImageRequest,
    ImageResult,
    MalformedAnswer,
    RefusedContent,
    TextDelta,
    TextRequest,
    Usage,
)
from providers.openai_compatible.chat import OpenAITextProvider
from providers.openai_compatible.chat_body import chat_body
from providers.openai_compatible.retry import retried
from providers.sessions import Sessions


class ChatImageProvider:
    """Generate and edit are one request here; references go along as images of the message."""

    def __init__(self, endpoint: Endpoint, sessions: Sessions) -> None:
        self._endpoint = endpoint
        self._chat = OpenAITextProvider(endpoint, sessions)

    async def generate(self, request: ImageRequest) -> ImageResult:
        message = ChatMessage("user", request.prompt, request.references)
        asked = TextRequest([message], want_images=True)
        shape = {"aspect_ratio": request.aspect_ratio}
        if request.resolution != "1K":  # which all mean by default, and some cannot be told
            shape["image_size"] = request.resolution
        body = await asyncio.to_thread(chat_body, self._endpoint, asked, image_config=shape)
        return await retried(lambda: self._ask(asked, body))

    async def edit(self, request: ImageRequest) -> ImageResult:
        return await self.generate(request)

    async def _ask(self, asked: TextRequest, body: bytes) -> ImageResult:
        image: ImageData | None = None
        texts: list[str] = []
        usage = Usage()
        async with aclosing(self._chat.attempt(asked, body)) as events:
            async for event in events:
                match event:
                    case ImageDelta() if image is None:
                        image = event.image
                    case TextDelta():
                        texts.append(event.text)
                    case Completed():
                        usage = event.usage
        text = "".join(texts).strip()
        if image is None:
            if text:  # it explained instead of drawing
                raise RefusedContent(text)
            raise MalformedAnswer("the answer has no image in it")
        return ImageResult(image, usage, text)
