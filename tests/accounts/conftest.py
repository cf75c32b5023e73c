from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_rate_limits(settings: Any) -> None:
    """They live in Redis and would count from one test to the next."""
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MFA_RATE_LIMITS = False
