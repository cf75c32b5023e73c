"""What Atelier knows of image models beyond what their endpoint's list says of them."""

from dataclasses import dataclass, field

from providers.sizes import ASPECT_RATIOS, RESOLUTIONS

WIDE = [*ASPECT_RATIOS, "21:9"]


@dataclass(frozen=True, slots=True)
class KnownImageModel:
    """`references`: how many images it takes to begin with."""

    name: str
    references: int
    aspect_ratios: list[str] = field(default_factory=lambda: WIDE)
    resolutions: list[str] = field(default_factory=lambda: RESOLUTIONS)


KNOWN_IMAGE_MODELS = {
    "google/gemini-2.5-flash-image": KnownImageModel("Nano Banana", 3, resolutions=["1K"]),
    "google/gemini-3-pro-image-preview": KnownImageModel("Nano Banana Pro", 14),
    "bytedance-seed/seedream-4.5": KnownImageModel("SeeDream v4.5", 10, resolutions=["2K", "4K"]),
    "black-forest-labs/flux.2-flex": KnownImageModel("Flux 2 Flex", 8, resolutions=["1K", "2K"]),
    "openai/gpt-5-image": KnownImageModel(
        "GPT Image 1.5", 10, aspect_ratios=["1:1", "2:3", "3:2"], resolutions=["1K"]
    ),
}
