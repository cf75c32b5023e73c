from typing import Any

import pytest
from django.core.checks import run_checks


def found() -> set[str]:
    return {message.id or "" for message in run_checks()}


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("SIGNUP", "Open", "atelier.E001"),
        ("SECRET_KEY", "secret", "atelier.E002"),
        ("SECRET_KEY", "a" * 60, "atelier.E002"),
        ("PORT", 0, "atelier.E003"),
        ("PORT", 70000, "atelier.E003"),
        ("LEASE_SECONDS", 6.0, "atelier.E004"),
        ("ALLOWED_HOSTS", ["*"], "atelier.W001"),
    ],
)
def test_bad_configuration_is_told_at_start(
    settings: Any, setting: str, value: object, expected: str
) -> None:
    setattr(settings, setting, value)
    assert expected in found()


def test_the_defaults_are_good() -> None:
    assert found() & {"atelier.E001", "atelier.E002", "atelier.E003", "atelier.E004"} == set()
