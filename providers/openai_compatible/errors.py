"""From what went wrong on the wire to the error family of `providers.base`."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from providers.base import (
    BadKey,
    BadRequest,
    MalformedAnswer,
    NoCredit,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    RefusedContent,
    StreamCut,
    Unavailable,
    UnknownModel,
)

_REFUSED = (
    "content_policy",
    "content_filter",
    "content policy",
    "content management policy",
    "moderation",
    "safety system",
    "responsibleai",
    "flagged",
    "prohibited_content",
)
_NO_CREDIT = (
    "insufficient_quota",
    "insufficient credit",
    "billing_hard_limit",
    "billing_not_active",
)
_NO_MODEL = ("model_not_found", "not a valid model", "unknown model", "no endpoints found")
_BUSY = ("rate_limit", "rate limit", "overloaded", "too many requests")


class ConnectTimeout(ProviderTimeout):
    """No connection was made, so nothing was sent and the request can be tried again."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The error object of an answer. `status` is the code in it when it is an HTTP status."""

    message: str
    clues: str  # every word of it that may tell what kind of error it is, in lower case
    status: int | None = None

    @classmethod
    def parse(cls, body: bytes) -> "ErrorBody":
        text = body.decode("utf-8", "replace")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return cls(message=text.strip()[:1000], clues="")
        error = found.get("error", found) if isinstance(found, dict) else found
        if not isinstance(error, dict):
            message = error if isinstance(error, str) else text
            return cls(message=message[:1000], clues=message.lower()[:4000])
        code = error.get("code")
        return cls(
            message=_message(error) or text[:1000],
            clues=json.dumps(error).lower()[:4000],
            status=code if isinstance(code, int) and 400 <= code < 600 else None,
        )


def _message(error: dict[str, Any]) -> str:
    message = error.get("message") or error.get("detail") or ""
    text = message if isinstance(message, str) else json.dumps(message)
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{text} ({raw})"[:1000] if isinstance(raw, str) else text[:1000]


def error_for_status(status: int, body: bytes, headers: Mapping[str, str]) -> ProviderError:
    error = ErrorBody.parse(body)
    detail = f"HTTP {status}: {error.message}".rstrip(": ")
    if 300 <= status < 400:
        return MalformedAnswer(f"HTTP {status}: a redirect, which is never followed")
    wait = retry_after(headers.get("Retry-After"))
    return _family(status, error.clues, detail, wait)


def error_in_stream(raw: bytes) -> ProviderError:
    """For an error object that came inside an answer whose status was 200."""
    error = ErrorBody.parse(raw)
    return _family(error.status, error.clues, error.message, None)


def _family(status: int | None, clues: str, detail: str, wait: float | None) -> ProviderError:
    kind = _by_clues(status, clues) or _by_status(status)
    return kind(detail, retry_after=wait)


def _by_clues(status: int | None, clues: str) -> type[ProviderError] | None:
    """What the words of the body decide, whatever the status."""
    if any(clue in clues for clue in _NO_CREDIT):
        return NoCredit
    if status in (None, 400, 403, 422) and any(clue in clues for clue in _REFUSED):
        return RefusedContent
    if status in (None, 400, 404, 422) and any(clue in clues for clue in _NO_MODEL):
        return UnknownModel
    if status is None:
        if "invalid_api_key" in clues:
            return BadKey
        if any(clue in clues for clue in _BUSY):
            return RateLimited
        if "invalid_request" in clues or "context_length" in clues:
            return BadRequest
    if status == 404 and "model" not in clues:
        return BadRequest  # no such path: the base URL is wrong
    return None


def _by_status(status: int | None) -> type[ProviderError]:
    if status is None or status >= 500:
        return Unavailable
    return {
        401: BadKey,
        402: NoCredit,
        403: BadKey,
        404: UnknownModel,
        408: ProviderTimeout,
        429: RateLimited,
    }.get(status, BadRequest)


def retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or a date."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < 10**8 else None


@contextmanager
def wire_errors(api_key: str) -> Iterator[None]:
    """Turns what aiohttp raises into the family, and keeps the key out of every detail."""
    try:
        yield
    except ProviderError as error:
        if api_key and api_key in error.detail:
            detail = error.detail.replace(api_key, "[key]")
            raise type(error)(detail, retry_after=error.retry_after) from None
        raise
    except aiohttp.ConnectionTimeoutError as error:
        raise ConnectTimeout(str(error)) from None
    except (TimeoutError, aiohttp.ServerTimeoutError):
        raise ProviderTimeout("no answer in time") from None
    except aiohttp.InvalidURL:
        raise BadRequest("the base URL is not a URL") from None
    except aiohttp.ClientPayloadError as error:
        raise _for_payload(error) from None
    except aiohttp.ClientResponseError as error:
        raise MalformedAnswer(f"not HTTP: {error.message}"[:300]) from None
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}"[:500]) from None


def _for_payload(error: aiohttp.ClientPayloadError) -> ProviderError:
    """aiohttp wraps both a cut connection and bytes that break the transfer's own format."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.http_exceptions.BadHttpMessage):
        name = type(cause).__name__
        if "TransferEncodingError" in name or "ContentLengthError" in name:
            return StreamCut("the connection ended before the answer did")
        return MalformedAnswer(f"{name}: {cause}"[:300])
    return StreamCut("the connection ended before the answer did")
