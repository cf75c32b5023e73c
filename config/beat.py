"""The clock that sends the periodic tasks: Celery's beat without Django, at half its memory.

It needs the schedule and the routes, which are settings, and sends tasks by their names.
Run through config/lean.py with one argument, the file that remembers when each task ran.
"""

import os
import sys

from celery import Celery
from celery.apps.beat import Beat


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    app = Celery("atelier", fixups=[], set_as_current=True)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    Beat(app=app, schedule=sys.argv[1], loglevel="WARNING", pidfile=None, quiet=True).run()
