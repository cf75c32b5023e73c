"""The demo's models as its own list would name them."""

from providers.listing import ListedModel
from providers.models import Kind
from providers.sizes import ASPECT_RATIOS, RESOLUTIONS


def _text(slug: str, name: str) -> ListedModel:
    return ListedModel(slug=slug, name=name, kind=Kind.TEXT, vision=True)


def _image(slug: str, name: str) -> ListedModel:
    return ListedModel(
        slug=slug,
        name=name,
        kind=Kind.IMAGE,
        image_edit=True,
        max_references=4,
        aspect_ratios=ASPECT_RATIOS,
        resolutions=RESOLUTIONS,
    )


DEMO_MODELS = [
    _text("demo-writer", "Demo Writer"),
    _text("demo-echo", "Demo Echo"),
    _image("demo-shapes", "Demo Shapes"),
    _image("demo-dunes", "Demo Dunes"),
    _image("demo-watercolour", "Demo Watercolour"),
]
