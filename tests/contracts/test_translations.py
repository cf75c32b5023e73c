"""The Portuguese catalogue is whole, and what runs is what was written.

The compiled file is kept in the repository, since a newcomer's machine need not have gettext."""

import gettext
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "locale" / "pt_BR" / "LC_MESSAGES"
NAME = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def catalogue(file: Path = FOLDER / "django.mo") -> dict[object, str]:
    """Sentence, or (sentence, plural form), to its translation."""
    with file.open("rb") as stream:
        found: dict[object, str] = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    return {key: value for key, value in found.items() if key}


def test_every_sentence_is_translated_and_none_is_a_guess() -> None:
    written = (FOLDER / "django.po").read_text()
    entries = re.findall(r'^msgid "(.+)"$', written, re.MULTILINE)
    assert [entry for entry in entries if f'msgid "{entry}"\nmsgstr ""\n' in written] == []
    assert "fuzzy" not in written


def test_the_compiled_catalogue_is_the_written_one(tmp_path: Path) -> None:
    if not shutil.which("msgfmt"):
        pytest.skip("gettext is not installed")
    fresh = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "-o", fresh, FOLDER / "django.po"], check=True)
    assert catalogue(fresh) == catalogue()


def test_every_name_in_a_sentence_is_in_its_translation() -> None:
    for key, translation in catalogue().items():
        sentence = key[0] if isinstance(key, tuple) else str(key)
        assert set(NAME.findall(sentence)) == set(NAME.findall(translation)), sentence
