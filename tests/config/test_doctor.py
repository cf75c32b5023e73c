"""`manage.py doctor`: one line a check, and exit code 1 when one fails."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from config.management.commands import doctor

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def _own_services() -> None:
    """Here the services of all tests will do."""


@pytest.mark.django_db
def test_a_sound_installation_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"workers": "generate@here, media@here", "providers": "1 set up"}
    for name, text in said.items():
        monkeypatch.setitem(doctor.CHECKS, name, lambda text=text: text)
    out = StringIO()
    call_command("doctor", stdout=out, no_color=True)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.startswith("ok ") for line in lines)
    assert any("PostgreSQL" in line for line in lines)


@pytest.mark.django_db
def test_a_fault_is_told_and_the_others_are_still_looked_at() -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out, no_color=True)
    assert ended.value.code == 1
    assert "FAIL workers      nobody serves generate and media" in out.getvalue()
    assert len(out.getvalue().splitlines()) == len(doctor.CHECKS)


def test_a_key_that_others_may_read_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.delenv("ATELIER_SECRET_KEY", raising=False)
    (tmp_path / "secret_key").touch(mode=0o644)
    with pytest.raises(doctor.Problem, match="chmod 600"):
        doctor.secret()


def test_services_out_of_reach_are_told_without_a_traceback(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": "postgres://a@127.0.0.1:1/a", "REDIS_URL": "redis://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env=os.environ | nowhere | {"ATELIER_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "FAIL database     The database does not answer" in done.stdout
    assert "FAIL redis        Redis does not answer" in done.stdout
