"""A message and its files as a model is told them: images as images where it sees, other files as
text in a frame that says where it begins and ends."""

import re

from chat.models import Message, Role
from files.models import File
from files.reading import model_image, read, rendition
from providers.base import ChatMessage, ImageData

CHARS_PER_TOKEN = 3  # low for English, about right for code and other languages
IMAGE_CHARS = 3_000  # what an image costs of a context, about a thousand tokens
MOST_IMAGES = 20
MOST_IMAGE_BYTES = 20 * 1024 * 1024
FILES_SHARE = 0.75  # of the room that is left: the rest is for the conversation before
_TICKS = re.compile("`{3,}")


class Room:
    """What of a model's context is left for older messages. Give it the newest message first."""

    def __init__(self, *, tokens: int, sees: bool) -> None:
        self.chars = tokens * CHARS_PER_TOKEN
        self._images = MOST_IMAGES if sees else 0
        self._image_bytes = MOST_IMAGE_BYTES

    def has(self, message: Message) -> bool:
        return len(message.content) <= self.chars

    def told(self, message: Message) -> ChatMessage | None:
        """The message as far as there is room; None where it says nothing."""
        if message.role != Role.USER:
            self.chars -= len(message.content)
            return ChatMessage("assistant", message.content) if message.content else None
        parts = [message.content] if message.content else []
        self.chars -= len(message.content)
        images = []
        for file in message.files:
            image = self._seen(file) if file.blob.is_image else None
            if image:
                images.append(image)
            else:
                parts.append(self._framed(file))
        return ChatMessage("user", "\n\n".join(parts), images) if parts or images else None

    def _seen(self, file: File) -> ImageData | None:
        made = model_image(file.blob)
        if not self._images or not made or made.size > self._image_bytes:
            return None
        content = read(made, made.size)
        if content is None:
            return None
        self._images -= 1
        self._image_bytes -= made.size
        self.chars -= IMAGE_CHARS
        return ImageData(content, made.media_type)

    def _framed(self, file: File) -> str:
        blob = file.blob
        if blob.is_image:
            size = f"{blob.width} x {blob.height} pixels"
            return f"[Attached image: {file.name}, {size}. It is not shown to you.]"
        room = max(0, int(self.chars * FILES_SHARE))
        made = rendition(blob, "text.txt")
        content = read(made, 4 * room) if made else None
        if content is None:
            return f"[Attached file: {file.name}. It could not be read.]"
        text = content.decode("utf-8", "ignore")[:room]  # the bytes may end within a character
        self.chars -= len(text)
        return framed(file.name, text, told=len(text), whole=blob.chars or 0, is_cut=blob.is_cut)


def framed(name: str, text: str, *, told: int, whole: int, is_cut: bool) -> str:
    """A fence that nothing in the text can end."""
    if not whole:
        return f"[Attached file: {name}. There is no text in it.]"
    fence = "`" * (max([2, *map(len, _TICKS.findall(text))]) + 1)
    framed = f"Attached file: {name}\n{fence}\n{text}\n{fence}"
    if told < whole:
        framed += f"\n[{name} is cut here: the first {told:,} of {whole:,} characters are shown.]"
    elif is_cut:
        framed += f"\n[{name} is cut here: the file goes on.]"
    return framed
