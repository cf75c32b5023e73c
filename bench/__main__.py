"""`make bench`, or `python -m bench [--quick] [--only NAME] [--json FILE]`."""

import os
import shutil
import signal
import sys
from pathlib import Path

import django

from bench.host import REPLACED, ROOT


def use_own_data() -> Path:
    """A data folder of the benchmark's own, empty; settings must not be imported before."""
    data = Path(os.environ.get("ATELIER_DATA_DIR") or ROOT / ".data").resolve() / "bench"
    shutil.rmtree(data, ignore_errors=True)
    for name in REPLACED:
        os.environ.pop(name, None)
    os.environ["ATELIER_DATA_DIR"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return data


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started must be stopped
    data = use_own_data()
    django.setup()
    from bench.run import run  # it imports models

    try:
        sys.exit(run(data))
    finally:
        from django.conf import settings

        settings.EMBEDDED.stop()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
