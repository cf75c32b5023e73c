"""The images endpoints: generate and edit."""

import asyncio
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from providers.base import (
    Endpoint,
    ImageData,
    ImageRequest,
    ImageResult,
    MalformedAnswer,
)
from providers.guard import check_url
from providers.openai_compatible import limits
from providers.openai_compatible.chunks import parse_usage
from providers.openai_compatible.errors import error_in_stream
from providers.openai_compatible.media import (
    image_from_base64,
    image_from_bytes,
    image_from_data_url,
)
from providers.openai_compatible.parsing import parse
from providers.openai_compatible.retry import retried
from providers.openai_compatible.sizes import size_for
from providers.openai_compatible.text import clean
from providers.openai_compatible.transport import JSON, Transport, read_up_to
from providers.sessions import Sessions

BODY = limits.IMAGE_FILE * 4 // 3 + limits.MB


class OpenAIImageProvider:
    """Speaks POST {base}/images/generations and /images/edits."""

    def __init__(self, endpoint: Endpoint, sessions: Sessions) -> None:
        self._endpoint = endpoint
        self._transport = Transport(endpoint, sessions)

    async def generate(self, request: ImageRequest) -> ImageResult:
        body = msgspec.json.encode(self._fields(request))
        found = await retried(lambda: self._ask("/images/generations", data=body, headers=JSON))
        return await self._result(found)

    async def edit(self, request: ImageRequest) -> ImageResult:
        # A form can be sent once only, so every attempt makes its own.
        found = await retried(lambda: self._ask("/images/edits", data=self._form(request)))
        return await self._result(found)

    def _fields(self, request: ImageRequest) -> dict[str, Any]:
        size = size_for(self._endpoint.model, request.aspect_ratio, request.resolution)
        return {
            "model": self._endpoint.model,
            "prompt": clean(request.prompt),
            "n": 1,
            "size": size,
        }

    def _form(self, request: ImageRequest) -> aiohttp.FormData:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in self._fields(request).items():
            form.add_field(name, str(value))
        field = "image" if len(request.references) == 1 else "image[]"
        for number, image in enumerate(request.references, 1):
            extension = image.media_type.rpartition("/")[2]
            form.add_field(
                field,
                image.content,
                filename=f"reference-{number}.{extension}",
                content_type=image.media_type,
            )
        return form

    async def _ask(self, path: str, **options: Any) -> dict[str, Any]:
        silence = self._transport.sessions.timeouts.image
        async with self._transport.request("POST", path, silence=silence, **options) as response:
            body = await read_up_to(response, BODY)
        return await asyncio.to_thread(_parse, body)

    async def _result(self, found: dict[str, Any]) -> ImageResult:
        first = found["data"][0]
        encoded, url = first.get("b64_json"), first.get("url")
        if isinstance(encoded, str) and encoded:
            image = await asyncio.to_thread(image_from_base64, encoded)
        elif isinstance(url, str) and url.startswith("data:"):
            image = await asyncio.to_thread(image_from_data_url, url)
        elif isinstance(url, str):
            image = await retried(lambda: self._download(url))
        else:
            raise MalformedAnswer("the answer has no image in it")
        text = first.get("revised_prompt")
        return ImageResult(
            image=image,
            usage=parse_usage(msgspec.json.encode(found.get("usage"))),
            text=clean(text) if isinstance(text, str) else "",
        )

    async def _download(self, text: str) -> ImageData:
        """From an address that the endpoint chose, and that gets no key. It may be a private
        one only where it is the endpoint's own host."""
        url = check_url(text)
        own = _origin(url) == _origin(URL(self._endpoint.base_url))
        elsewhere = Endpoint(
            dialect=self._endpoint.dialect,
            base_url=text,
            model="",
            allow_private=self._endpoint.allow_private and own,
        )
        transport = Transport(elsewhere, self._transport.sessions)
        async with transport.request("GET", "") as response:
            content = await read_up_to(response, limits.IMAGE_FILE)
        return image_from_bytes(content)


def _origin(url: URL) -> tuple[str | None, int | None]:
    return url.host, url.port


def _parse(body: bytes) -> dict[str, Any]:
    """The answer, once it is known to hold at least one entry."""
    found = parse(body, "the answer")
    if not isinstance(found, dict):
        raise MalformedAnswer(f"not an object: {body[:200]!r}")
    if found.get("error"):
        raise error_in_stream(msgspec.json.encode(found["error"]))
    data = found.get("data")
    if not (isinstance(data, list) and data and isinstance(data[0], dict)):
        raise MalformedAnswer("the answer has no image in it")
    return found
