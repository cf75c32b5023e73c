"""The figures under an answer."""

from decimal import Decimal

import pytest

from chat.templatetags.figures import usd


@pytest.mark.parametrize(
    ("cost", "shown"),
    [
        ("0", "$0.00"),
        ("0.00000123", "$0.0000012"),
        ("0.0042", "$0.0042"),
        ("0.0407", "$0.041"),
        ("0.04", "$0.04"),
        ("0.126", "$0.13"),
        ("12.3456", "$12.35"),
    ],
)
def test_a_cost_shows_cents_or_two_digits_that_count(cost: str, shown: str) -> None:
    assert usd(Decimal(cost)) == shown
