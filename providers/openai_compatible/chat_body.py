"""The JSON of a chat request."""

from typing import Any

import msgspec

from providers.base import ChatMessage, Endpoint, TextRequest
from providers.openai_compatible.media import data_url
from providers.openai_compatible.text import clean


def chat_body(endpoint: Endpoint, request: TextRequest, **more: Any) -> bytes:
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body[_max_tokens_name(endpoint)] = request.max_tokens
    if request.want_images:
        body["modalities"] = ["image"] if endpoint.only_images else ["image", "text"]
    return msgspec.json.encode(body | more)


def _max_tokens_name(endpoint: Endpoint) -> str:
    # OpenAI's reasoning models refuse the older name, which is all that most others know.
    return "max_completion_tokens" if "api.openai.com" in endpoint.base_url else "max_tokens"


def _message(message: ChatMessage) -> dict[str, Any]:
    text = clean(message.text)
    if not message.images:
        return {"role": message.role, "content": text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    parts += [
        {"type": "image_url", "image_url": {"url": data_url(image)}} for image in message.images
    ]
    return {"role": message.role, "content": parts}
