"""What people are told is said in every language: sentences of tables, which are only collected for
translation under the function's own name, and those of refusals."""

from importlib import import_module

import pytest
from django.conf import settings
from django.utils import translation

from accounts.refusals import Refusal

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


def kinds_of(base: type[Refusal]) -> list[type[Refusal]]:
    import_module(settings.ROOT_URLCONF)
    below = [kind for one in base.__subclasses__() for kind in [one, *kinds_of(one)]]
    return [kind for kind in below if "sentence" not in kind.__abstractmethods__]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_translated_and_has_a_status(language: str) -> None:
    kinds = kinds_of(Refusal)
    values = {"limit": 5 << 20, "name": "x.png", "model": "M", "word": "w", "problem": "P"}

    for kind in kinds:
        refusal = kind(reason="not_json", **values)
        english = refusal.sentence()
        with translation.override(language):
            assert refusal.sentence() != english, kind
        assert 400 <= kind.status < 600
        assert kind.code

    assert len(kinds) > 60


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
