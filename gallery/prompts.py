"""What the models are asked, in words."""

import json
from collections.abc import Sequence

from gallery.models import Exchange, ExchangeKind, Post
from providers.base import ChatMessage, ImageData

FORM = (
    "You write captions for social media posts. Answer with JSON alone, without a code fence: "
    '{"caption": "...", "hashtags": ["...", "..."]}. The caption is plain text with line breaks '
    "and without hashtags. Give three to eight hashtags, without their #."
)


def caption_messages(
    post: Post, exchange: Exchange, images: Sequence[ImageData]
) -> list[ChatMessage]:
    """The brief, the prompt, and for another version what there is and what should change."""
    messages = [
        ChatMessage("system", "\n".join([FORM, *_brief(post)])),
        ChatMessage("user", f"The post is about:\n{post.prompt}", images),
    ]
    if exchange.kind == ExchangeKind.CREATE:
        return messages
    if post.caption:
        present = {"caption": post.caption, "hashtags": list(post.hashtags)}
        messages.append(ChatMessage("assistant", json.dumps(present, ensure_ascii=False)))
    asked = exchange.instruction or "Write another one, with another idea and another beginning."
    messages.append(ChatMessage("user", asked))
    return messages


def _brief(post: Post) -> list[str]:
    project = post.project
    lines = []
    if post.tone:
        lines.append(f"Tone: {post.tone}.")
    if project and project.audience:
        lines.append(f"Written for: {project.audience}")
    if project and project.hashtags:
        lines.append(f"Hashtags that must be among them: {', '.join(project.hashtags)}")
    language = post.language or "the language in which the post is described"
    lines.append(f"Write in {language}.")
    return lines


def image_prompt(post: Post, exchange: Exchange) -> str:
    """The prompt and all that should change since, in its order; for another version of the same
    a word that makes it another picture."""
    parts = [post.prompt]
    if post.tone:
        parts.append(f"Mood: {post.tone}.")
    parts += (f"Change: {instruction}" for instruction in _instructions(post, exchange))
    if exchange.kind == ExchangeKind.REGENERATE:
        parts.append(f"Another composition than before (take {exchange.number}).")
    return "\n\n".join(parts)


def _instructions(post: Post, exchange: Exchange) -> list[str]:
    """Of the exchange and of the versions that it is based on."""
    by_number = {one.number: one for one in post.exchanges.all()}
    found: list[str] = []
    one: Exchange | None = exchange
    while one is not None:
        if one.instruction:
            found.append(one.instruction)
        one = by_number.get(one.based_on or 0)
    return found[::-1]
