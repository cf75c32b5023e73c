"""What an endpoint's own list says of its models, in any of the shapes that are about.

OpenAI's list has ids and nothing else; OpenRouter's also has names, prices, context and
modalities; Ollama's speaks OpenAI's; vLLM and others add a context length.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.known import KNOWN_IMAGE_MODELS
from providers.models import Kind
from providers.sizes import ASPECT_RATIOS, RESOLUTIONS

_IMAGE = re.compile(
    r"dall-?e|gpt-image|gpt-5-image|flux|seedream|stable-?diffusion|sdxl|imagen|ideogram"
    r"|recraft|qwen-image|flash-image|pro-image|hidream|kolors",
    re.IGNORECASE,
)
_VISION = re.compile(
    r"gpt-4o|gpt-4\.1|gpt-5|o3|o4|claude|gemini|llava|vision|-vl\b|-vl-|pixtral|gemma-?3|minicpm-v",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"embed|bge-|whisper|tts|transcribe|moderation|rerank|realtime|speech|audio|sora|veo-"
    r"|text-similarity|babbage|davinci|clip-",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """None where the list says nothing. Prices as in `AIModel`."""

    slug: str
    name: str
    kind: Kind
    vision: bool | None = None
    image_edit: bool | None = None
    images_in_chat: bool | None = None
    only_images: bool | None = None
    max_references: int | None = None
    aspect_ratios: list[str] = field(default_factory=list)
    resolutions: list[str] = field(default_factory=list)
    context_tokens: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None


def parse_listing(found: Any) -> list[ListedModel]:
    """Those that make text or images, in the list's order, each slug once."""
    entries = found.get("data") or found.get("models") if isinstance(found, dict) else found
    models: dict[str, ListedModel] = {}
    for entry in entries if isinstance(entries, list) else []:
        model = _model(entry) if isinstance(entry, dict) else None
        if model is not None:
            models.setdefault(model.slug, model)
    return list(models.values())


def _model(entry: dict[str, Any]) -> ListedModel | None:
    slug = entry.get("id") or entry.get("name") or entry.get("model")
    if not isinstance(slug, str) or not slug.strip() or len(slug) > 200 or "\x00" in slug:
        return None
    modalities = _object(entry.get("architecture"))
    gives, takes = modalities.get("output_modalities"), modalities.get("input_modalities")
    kind = _kind(slug, gives)
    if kind is None:
        return None
    if kind is Kind.IMAGE:
        return _image_model(slug, entry, gives, takes)
    prices = _object(entry.get("pricing"))
    return ListedModel(
        slug=slug,
        name=_name(slug, entry),
        kind=kind,
        vision="image" in takes if isinstance(takes, list) else bool(_VISION.search(slug)),
        context_tokens=_count(entry, "context_length", "max_model_len", "context_window"),
        input_price=_price(prices.get("prompt"), per=1_000_000),
        output_price=_price(prices.get("completion"), per=1_000_000),
    )


def _kind(slug: str, gives: Any) -> Kind | None:
    """By what it gives, else by its name; None for what is neither text nor image."""
    if isinstance(gives, list):
        if "image" in gives:
            return Kind.IMAGE
        return Kind.TEXT if "text" in gives else None
    if slug in KNOWN_IMAGE_MODELS or _IMAGE.search(slug):
        return Kind.IMAGE
    return None if _OTHER.search(slug) else Kind.TEXT


def _image_model(slug: str, entry: dict[str, Any], gives: Any, takes: Any) -> ListedModel:
    # A list that tells modalities is OpenRouter's, whose images come inside chat answers.
    in_chat = isinstance(gives, list)
    edits = "image" in takes if isinstance(takes, list) else "dall-e-3" not in slug
    known = KNOWN_IMAGE_MODELS.get(slug)
    usual = (ASPECT_RATIOS, RESOLUTIONS) if in_chat else (["1:1", "2:3", "3:2"], ["1K"])
    prices = _object(entry.get("pricing"))
    return ListedModel(
        slug=slug,
        name=_name(slug, entry),
        kind=Kind.IMAGE,
        images_in_chat=in_chat,
        only_images=in_chat and "text" not in gives,
        image_edit=edits,
        max_references=(known.references if known else 4) if edits else 0,
        aspect_ratios=known.aspect_ratios if known else usual[0],
        resolutions=known.resolutions if known else usual[1],
        # Of tokens: what one image costs is in no list, and OpenRouter says it in each answer.
        input_price=_price(prices.get("prompt"), per=1_000_000),
        output_price=_price(prices.get("completion"), per=1_000_000),
    )


def _name(slug: str, entry: dict[str, Any]) -> str:
    name = entry.get("name")
    if slug in KNOWN_IMAGE_MODELS:
        return KNOWN_IMAGE_MODELS[slug].name
    return (name if isinstance(name, str) and name.strip() else slug).replace("\x00", "")[:120]


def _object(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _count(entry: dict[str, Any], *names: str) -> int | None:
    for name in names:
        value = entry.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
            return value
    return None


def _price(found: Any, *, per: int) -> Decimal | None:
    """US dollars; below zero is OpenRouter's way to say that it varies."""
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return None
    try:
        price = Decimal(str(found)) * per
    except InvalidOperation:
        return None
    return round(price, 6) if price.is_finite() and 0 <= price < 1_000_000 else None
