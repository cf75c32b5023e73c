"""From a model in the database to the client that speaks to it."""

from dataclasses import replace

from django.conf import settings

from providers.base import Endpoint, ImageProvider, TextProvider
from providers.demo.images import DemoImageProvider
from providers.demo.text import DemoTextProvider
from providers.models import AIModel, Dialect, Provider
from providers.openai_compatible.chat import OpenAITextProvider
from providers.openai_compatible.chat_images import ChatImageProvider
from providers.openai_compatible.images import OpenAIImageProvider
from providers.sessions import Sessions


def endpoint_for(model: AIModel) -> Endpoint:
    """Reads the model's provider: call it where the database may be used."""
    return replace(
        provider_endpoint(model.provider, slug=model.slug),
        images_in_chat=model.images_in_chat,
        only_images=model.only_images,
    )


def provider_endpoint(provider: Provider, *, slug: str = "") -> Endpoint:
    return Endpoint(
        dialect=provider.dialect,
        base_url=provider.base_url,
        model=slug,
        api_key=provider.key,
        headers={str(name): str(value) for name, value in provider.headers.items()},
        allow_private=settings.PRIVATE_PROVIDERS,
    )


def text_provider(endpoint: Endpoint, sessions: Sessions) -> TextProvider:
    if endpoint.dialect == Dialect.DEMO:
        return DemoTextProvider(endpoint)
    return OpenAITextProvider(endpoint, sessions)


def image_provider(endpoint: Endpoint, sessions: Sessions) -> ImageProvider:
    if endpoint.dialect == Dialect.DEMO:
        return DemoImageProvider(endpoint)
    if endpoint.images_in_chat:
        return ChatImageProvider(endpoint, sessions)
    return OpenAIImageProvider(endpoint, sessions)
