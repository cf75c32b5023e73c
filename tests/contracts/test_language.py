"""Sentences that are kept in tables are said in every language: they are only collected for
translation under the function's own name."""

from importlib import import_module

import pytest
from django.conf import settings
from django.utils import translation

TABLES = ["providers.sentences", "files.sentences", "gallery.sentences", "chat.importing.sentences"]
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", TABLES)
def test_every_sentence_is_translated(table: str, language: str) -> None:
    sentences = {value for value in _texts(vars(import_module(table))) if " " in value}

    with translation.override(language):
        unsaid = {one for one in sentences if translation.gettext(one) == one}

    assert sentences
    assert unsaid == set()


def _texts(names: dict[str, object]) -> list[str]:
    found: list[str] = []
    for name, value in names.items():
        if name.startswith("__"):
            continue
        if isinstance(value, dict):
            found += [one for one in value.values() if isinstance(one, str)]
        elif isinstance(value, str):
            found.append(value)
    return found
