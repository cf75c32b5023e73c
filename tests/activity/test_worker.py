"""The end of a process that has a loop for streams."""

import os
import subprocess
import sys

import pytest

# What was registered first is called last.
ENDING = """
import atexit
import threading
import django
django.setup()
atexit.register(lambda: print([one.name for one in threading.enumerate()]))
from activity.worker import current_worker
current_worker()
"""


@pytest.mark.django_db(transaction=True)
def test_its_loop_ends_before_the_interpreter(service_urls: dict[str, str]) -> None:
    """Woken after that, it would crash the process."""
    environment = os.environ | service_urls | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ENDING], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "['MainThread']\n", "")
