import io

import pytest
from PIL import Image, ImageChops, ImageStat

from providers.base import BadRequest, Endpoint, ImageData, ImageRequest, UnknownModel
from providers.demo import images

MODELS = ["demo-shapes", "demo-dunes", "demo-watercolour"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(images, "PAUSE_SECONDS", dict.fromkeys(MODELS, 0))


def picture(colour, size=(300, 200)) -> ImageData:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return ImageData(file.getvalue(), "image/jpeg")


async def make(model: str, request: ImageRequest) -> Image.Image:
    provider = images.DemoImageProvider(Endpoint("demo", "", model))
    ask = provider.edit if request.references else provider.generate
    found = await ask(request)
    assert found.image.media_type == "image/png"
    assert found.usage.cost == 0
    return Image.open(io.BytesIO(found.image.content))


@pytest.mark.parametrize("model", MODELS)
async def test_the_size_follows_the_request(model):
    assert (await make(model, ImageRequest("fox"))).size == (1024, 1024)
    assert (await make(model, ImageRequest("fox", "16:9"))).size == (1344, 768)
    assert (await make(model, ImageRequest("fox", "9:16", "2K"))).size == (1536, 2752)


@pytest.mark.parametrize("model", MODELS)
async def test_the_picture_depends_on_the_prompt_alone(model):
    first = await make(model, ImageRequest("a red fox"))
    again = await make(model, ImageRequest("a red fox"))
    other = await make(model, ImageRequest("a blue whale"))
    assert distance(first, again) == 0
    assert distance(first, other) > 2


async def test_the_models_draw_differently():
    first, second, third = [await make(model, ImageRequest("a red fox")) for model in MODELS]
    assert min(distance(first, second), distance(second, third), distance(first, third)) > 10


@pytest.mark.parametrize("model", MODELS)
async def test_an_edit_shows_its_reference(model):
    light, dark = picture((240, 230, 220)), picture((20, 30, 40))
    bright = await make(model, ImageRequest("paint it", references=[light]))
    dim = await make(model, ImageRequest("paint it", references=[dark]))
    assert bright.size == (1024, 1024)
    assert distance(bright, dim) > 20


async def test_the_instruction_is_followed():
    reference = picture((200, 60, 30))
    grey = await make("demo-shapes", ImageRequest("black and white", references=[reference]))
    red, green, blue = ImageStat.Stat(grey).mean
    assert red == green == blue


async def test_further_references_are_shown_too():
    first, second = picture((200, 60, 30)), picture((10, 200, 60))
    one = await make("demo-dunes", ImageRequest("blend", references=[first]))
    two = await make("demo-dunes", ImageRequest("blend", references=[first, second]))
    assert ImageChops.difference(one, two).getbbox() is not None


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x89PNG\r\n\x1a\n", b"<svg/>"])
async def test_a_broken_reference_is_a_bad_request(content):
    with pytest.raises(BadRequest):
        await make(MODELS[0], ImageRequest("x", references=[ImageData(content, "image/png")]))


async def test_an_unknown_model_is_refused():
    with pytest.raises(UnknownModel):
        await make("demo-x", ImageRequest("x"))


def distance(first: Image.Image, second: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean)
