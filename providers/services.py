"""What staff and operators do with providers."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext, ngettext
from yarl import URL

from providers.base import ChatMessage, Endpoint, ProviderError, TextRequest
from providers.catalogue import Changes, fill
from providers.demo.catalogue import DEMO_MODELS
from providers.listing import ListedModel, parse_listing
from providers.models import AIModel, Dialect, Kind, Provider
from providers.openai_compatible.model_list import fetch_model_list
from providers.registry import provider_endpoint, text_provider
from providers.sentences import sentence
from providers.sessions import Sessions

OPENAI = "https://api.openai.com/v1"
_NAMES = {
    "openrouter.ai": "OpenRouter",
    "api.openai.com": "OpenAI",
    "api.groq.com": "Groq",
    "api.mistral.ai": "Mistral",
    "api.together.xyz": "Together",
}


def sync_models(provider: Provider) -> Changes:
    """Fill the provider's models from its own list; raises ProviderError when there is none."""
    return fill(provider, _list_models(provider))


def _list_models(provider: Provider) -> list[ListedModel]:
    if provider.dialect == Dialect.DEMO:
        return DEMO_MODELS
    endpoint = provider_endpoint(provider)

    async def fetch() -> object:
        async with Sessions() as sessions:
            return await fetch_model_list(endpoint, sessions)

    return parse_listing(asyncio.run(fetch()))


def ensure_demo() -> Provider:
    """The demo provider and its models exist, and are offered only while nothing else is."""
    demo, _ = Provider.objects.get_or_create(
        dialect=Dialect.DEMO, defaults={"name": _free_name("Demo")}
    )
    fill(demo, DEMO_MODELS)
    others = AIModel.objects.available().exclude(provider=demo)
    enabled = not others.exists()
    Provider.objects.filter(pk=demo.pk).exclude(enabled=enabled).update(enabled=enabled)
    demo.enabled = enabled
    return demo


def ensure_environment() -> Provider | None:
    """The provider that OPENAI_BASE_URL and OPENAI_API_KEY name. Once they are gone it is
    disabled, its address emptied as the sign that this is why."""
    base_url = (settings.OPENAI_BASE_URL or (OPENAI if settings.OPENAI_API_KEY else "")).strip()
    if not base_url:
        gone = Provider.objects.filter(from_environment=True).exclude(base_url="")
        gone.update(base_url="", enabled=False)
        return None
    provider, _ = Provider.objects.get_or_create(
        from_environment=True,
        defaults={"name": _free_name(_guessed_name(base_url)), "base_url": base_url},
    )
    if provider.base_url != base_url:
        provider.enabled = provider.enabled or not provider.base_url
        provider.base_url = base_url
        provider.save(update_fields=["enabled", "base_url"])
    return provider


def _guessed_name(base_url: str) -> str:
    try:
        url = URL(base_url)
        host, port = url.host or "", url.port
    except ValueError:
        return "OpenAI-compatible"
    if port == 11434:
        return "Ollama"
    return _NAMES.get(host) or f"{host}:{port}"[:60]


def _free_name(name: str) -> str:
    taken = set(Provider.objects.filter(name__startswith=name).values_list("name", flat=True))
    candidates = [name, *(f"{name} {number}" for number in range(2, len(taken) + 2))]
    return next(candidate for candidate in candidates if candidate not in taken)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    ok: bool
    message: str


def check_connection(provider: Provider) -> CheckOutcome:
    """Ask for the list of models, then one of them for a word: lists are often public, so only
    an answer shows that the key is good. Says how it went, for staff."""
    try:
        listed = _list_models(provider)
        model = _model_to_try(provider, listed)
        if model is None:
            return CheckOutcome(True, _counted(len(listed)))
        endpoint = provider_endpoint(provider, slug=model)
        seconds = asyncio.run(_first_word(endpoint))
    except ProviderError as error:
        return CheckOutcome(False, f"{sentence(error.code)} ({error.detail})")
    answered = gettext("%(model)s answered in %(seconds).1f s.")
    return CheckOutcome(
        True, f"{_counted(len(listed))} {answered % {'model': model, 'seconds': seconds}}"
    )


def _counted(count: int) -> str:
    return ngettext(
        "The endpoint lists %(count)d model.", "The endpoint lists %(count)d models.", count
    ) % {"count": count}


def _model_to_try(provider: Provider, listed: list[ListedModel]) -> str | None:
    """The cheapest: of the enabled ones, else of the list."""
    known = provider.models.filter(enabled=True).text().order_by("input_price", "position")
    if first := known.first():
        return first.slug
    return next((each.slug for each in listed if each.kind == Kind.TEXT), None)


async def _first_word(endpoint: Endpoint) -> float:
    """Seconds until something of an answer came."""
    started = time.monotonic()
    request = TextRequest([ChatMessage("user", "Say OK.")], max_tokens=16)
    async with (
        Sessions() as sessions,
        aclosing(text_provider(endpoint, sessions).stream(request)) as events,
    ):
        async for _ in events:
            break
    return time.monotonic() - started
