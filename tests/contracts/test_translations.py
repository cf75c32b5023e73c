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


def catalogue() -> dict[str, str]:
    """Singular or "singular (plural form n)" to its translation."""
    with (FOLDER / "django.mo").open("rb") as file:
        found = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0]: value for key, value in found.items() if key}


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
    assert fresh.read_bytes() == (FOLDER / "django.mo").read_bytes()


def test_every_name_in_a_sentence_is_in_its_translation() -> None:
    wrong = [
        sentence
        for sentence, translation in catalogue().items()
        if set(NAME.findall(sentence.rpartition("\x04")[2])) != set(NAME.findall(translation))
    ]
    assert wrong == []
