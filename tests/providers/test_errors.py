import pytest

from providers.base import (
    BadRequest,
    MalformedAnswer,
    NoCredit,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    Unavailable,
)
from providers.openai_compatible import errors, retry
from providers.openai_compatible.errors import ConnectTimeout, error_in_stream, retry_after
from providers.openai_compatible.retry import pause_before_retry


def every_code() -> set[str]:
    """Those that a provider may be at fault for; the apps above have more of their own."""
    kinds = [
        one for one in ProviderError.__subclasses__() if one.__module__.startswith("providers")
    ]
    return {ProviderError.code, *(kind.code for kind in kinds)}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b'{"code": 429, "message": "slow"}', RateLimited),
        (b'{"code": "rate_limit_exceeded"}', RateLimited),
        (b'{"type": "overloaded_error"}', RateLimited),
        (b'{"code": "insufficient_quota"}', NoCredit),
        (b'{"code": 408}', ProviderTimeout),
        (b'{"type": "invalid_request_error"}', BadRequest),
        (b'{"code": "server_error"}', Unavailable),
        (b'"oops"', Unavailable),
        (b"{}", Unavailable),
        (b"[]", Unavailable),
    ],
)
def test_an_error_object_in_a_stream_is_told_apart(raw, kind):
    assert type(error_in_stream(raw)) is kind


def test_what_the_provider_behind_the_provider_said_is_kept():
    raw = b'{"code": 502, "message": "Provider error", "metadata": {"raw": "GPU on fire"}}'
    assert error_in_stream(raw).detail == "Provider error (GPU on fire)"


@pytest.mark.parametrize("value", [None, "", "soon", "nan", "inf", "1e300"])
def test_an_odd_retry_after_is_none(value):
    assert retry_after(value) is None


def test_a_moment_that_has_passed_is_now():
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("-5") == 0


def test_what_can_be_tried_again():
    for error in (RateLimited(), Unavailable(), ConnectTimeout()):
        assert pause_before_retry(error, 1) is not None
        assert pause_before_retry(error, retry.ATTEMPTS) is None
    for other in (ProviderTimeout(), MalformedAnswer(), NoCredit(), BadRequest()):
        assert pause_before_retry(other, 1) is None


def test_pauses_grow_and_honour_what_the_endpoint_asks_for(monkeypatch):
    monkeypatch.setattr(retry, "FIRST_PAUSE_SECONDS", 1.0)
    first = [pause_before_retry(Unavailable(), 1) for _ in range(50)]
    second = [pause_before_retry(Unavailable(), 2) for _ in range(50)]
    assert 0.5 <= min(first) < max(first) <= 1.5
    assert 1.0 <= min(second) < max(second) <= 3.0
    assert 20 <= pause_before_retry(RateLimited(retry_after=20), 1) < 21
    assert pause_before_retry(RateLimited(retry_after=31), 1) is None


def test_a_detail_is_bounded():
    assert len(errors.error_for_status(500, b"x" * 100_000, {}).detail) <= 2000
