"""How the models of a thread are asked: with which system prompt and temperature."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import SYSTEM_PROMPT_MAX, User
from activity.text import storable
from chat.refusals import BadTemperature, PromptTooLong

TEMPERATURE_MAX = 2.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """`temperature` is from 0 to 2; None leaves it to the model."""

    system_prompt: str = ""
    temperature: float | None = None

    @property
    def is_set(self) -> bool:
        return bool(self.system_prompt) or self.temperature is not None


def tuning_of(values: Mapping[str, str]) -> Tuning:
    """What a form says. Raises PromptTooLong or BadTemperature."""
    prompt = storable(values.get("system_prompt", "")).strip()
    if len(prompt) > SYSTEM_PROMPT_MAX:
        raise PromptTooLong(limit=SYSTEM_PROMPT_MAX)
    return Tuning(prompt, _temperature(values.get("temperature", "").strip()))


def initial_tuning(user: User) -> Tuning:
    """A new thread's, unless its first message says otherwise."""
    return Tuning(system_prompt=user.system_prompt)


def _temperature(value: str) -> float | None:
    if not value:
        return None
    try:
        temperature = float(value)
    except ValueError as error:
        raise BadTemperature(limit=TEMPERATURE_MAX) from error
    if not math.isfinite(temperature) or not 0 <= temperature <= TEMPERATURE_MAX:
        raise BadTemperature(limit=TEMPERATURE_MAX)
    return round(temperature, 2)
