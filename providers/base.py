"""What every provider speaks: typed requests, streamed events, results, and one error family.

Providers know nothing of Django: an `Endpoint` is all they get, so they run on the worker's
event loop without a database connection.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how to reach one model. `api_key` never shows in a repr."""

    dialect: str
    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_private: bool = False
    images_in_chat: bool = False
    only_images: bool = False


@dataclass(frozen=True, slots=True)
class ImageData:
    """An encoded image: the file's bytes and its media type."""

    content: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Role
    text: str
    images: Sequence[ImageData] = ()


@dataclass(frozen=True, slots=True)
class TextRequest:
    messages: Sequence[ChatMessage]
    temperature: float | None = None
    max_tokens: int | None = None
    want_images: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them, and its own cost in US dollars where it names one."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ImageDelta:
    """One image inside a chat answer."""

    image: ImageData


@dataclass(frozen=True, slots=True)
class Completed:
    """The last event of a stream that ended as it should."""

    usage: Usage
    finish_reason: str


TextEvent = TextDelta | ReasoningDelta | ImageDelta | Completed


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """`aspect_ratio` as "4:5"; `resolution` as "1K", "2K" or "4K"."""

    prompt: str
    aspect_ratio: str = "1:1"
    resolution: str = "1K"
    references: Sequence[ImageData] = ()


@dataclass(frozen=True, slots=True)
class ImageResult:
    image: ImageData
    usage: Usage
    text: str = ""


class TextProvider(Protocol):
    def stream(self, request: TextRequest) -> AsyncGenerator[TextEvent, None]:
        """Events in order, ending in `Completed`; any other end is a `ProviderError`. Texts hold
        no NUL and no lone surrogate. Close it (`contextlib.aclosing`) to stop the answer."""
        ...


class ImageProvider(Protocol):
    async def generate(self, request: ImageRequest) -> ImageResult: ...

    async def edit(self, request: ImageRequest) -> ImageResult:
        """Like `generate`, but transforms `request.references`, of which there is at least one."""
        ...


class ProviderError(Exception):
    """Why a provider gave no answer. `code` is kept with the generation and chooses the
    sentence that the user reads (`providers.sentences`); `detail` is for staff only."""

    code: ClassVar[str] = "unavailable"
    retryable: ClassVar[bool] = True

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail[:2000]
        self.retry_after = retry_after


class BadKey(ProviderError):
    code = "bad_key"
    retryable = False


class NoCredit(ProviderError):
    code = "no_credit"
    retryable = False


class RateLimited(ProviderError):
    code = "rate_limited"


class ProviderTimeout(ProviderError):
    code = "timeout"


class RefusedContent(ProviderError):
    code = "refused"
    retryable = False


class UnknownModel(ProviderError):
    code = "unknown_model"
    retryable = False


class BadRequest(ProviderError):
    """The endpoint does not accept what was asked, such as a too long conversation."""

    code = "bad_request"
    retryable = False


class MalformedAnswer(ProviderError):
    code = "malformed"
    retryable = False


class StreamCut(ProviderError):
    """The connection ended before the answer did; what came so far is kept."""

    code = "stream_cut"


class TooLarge(ProviderError):
    code = "too_large"
    retryable = False


class AddressRefused(ProviderError):
    """The outbound-address guard does not allow this address."""

    code = "address_refused"
    retryable = False


class Unavailable(ProviderError):
    """Not reachable, or a 5xx."""
