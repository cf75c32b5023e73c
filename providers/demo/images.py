"""The demo's image models: drawn from the prompt, or made from the references."""

import asyncio
import io
import random
from decimal import Decimal

from PIL import Image

from providers.base import (
    BadRequest,
    Endpoint,
    ImageData,
    ImageRequest,
    ImageResult,
    UnknownModel,
    Usage,
)
from providers.demo.drawing import STYLES, Style
from providers.demo.edits import edited
from providers.sizes import pixel_size

MOST_PIXELS = 40_000_000
# Long enough for the page to show that an image is on its way, and in another order than asked.
PAUSE_SECONDS = {"demo-shapes": 1.6, "demo-dunes": 0.8, "demo-watercolour": 2.4}


class DemoImageProvider:
    def __init__(self, endpoint: Endpoint) -> None:
        self._model = endpoint.model

    async def generate(self, request: ImageRequest) -> ImageResult:
        return await self._result(request, [])

    async def edit(self, request: ImageRequest) -> ImageResult:
        references = [await asyncio.to_thread(_opened, each) for each in request.references]
        return await self._result(request, references)

    async def _result(self, request: ImageRequest, references: list[Image.Image]) -> ImageResult:
        style = STYLES.get(self._model)
        if style is None:
            raise UnknownModel(f"the demo has no image model {self._model!r}")
        await asyncio.sleep(PAUSE_SECONDS[self._model])
        content = await asyncio.to_thread(_made, style, request, references)
        usage = Usage(prompt_tokens=len(request.prompt) // 4 + 1, cost=Decimal(0))
        return ImageResult(ImageData(content, "image/png"), usage)


def _made(style: Style, request: ImageRequest, references: list[Image.Image]) -> bytes:
    size = pixel_size(request.aspect_ratio, request.resolution)
    dice = random.Random(f"{style.name} {request.prompt}")  # noqa: S311
    if references:
        picture = edited(style, request.prompt, references, size, dice)
    else:
        picture = style.draw(request.prompt, size, dice)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=2)
    return file.getvalue()


def _opened(reference: ImageData) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(reference.content), formats=("PNG", "JPEG", "WEBP", "GIF"))
        if picture.width * picture.height > MOST_PIXELS:
            raise BadRequest("a reference has more than 40 megapixels")
        return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadRequest("a reference cannot be read as an image") from None
