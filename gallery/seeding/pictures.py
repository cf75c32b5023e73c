"""A few hundred small pictures that all made-up images share. They come in by the door that all
files come in by, and are opened here, so that no worker need run."""

import io
import os
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.core.management.base import CommandError
from django.db import connection

from accounts.models import User
from files.models import Blob, File, State
from files.opening import open_file
from files.services import keep_result
from providers.demo.drawing import STYLES
from providers.sizes import ASPECT_RATIOS, ratio

MOST = 240
SIDE = 320  # of a square of the same area, in pixels: one preview is enough then
PATIENCE = 120.0  # seconds for a picture that a worker has taken


def pictures(user: User, images: int, chance: int) -> Mapping[str, Sequence[File]]:
    """Files of the user by aspect ratio, as many as are worth it for so many images."""
    count = min(MOST, max(len(ASPECT_RATIOS), images // 8))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        files = threads.map(lambda number: _picture(user, number, chance), range(count))
        found = defaultdict(list)
        for number, file in enumerate(files):
            found[ASPECT_RATIOS[number % len(ASPECT_RATIOS)]].append(file)
    return found


def _picture(user: User, number: int, chance: int) -> File:
    try:
        name = f"picture-{number + 1}.png"
        content = _drawn(number, chance)
        file = keep_result(user=user, file_id=uuid4(), name=name, content=content)
        open_file(file.blob_id)
        file.blob = _opened(file.blob_id)
        return file
    finally:
        connection.close()


def _drawn(number: int, chance: int) -> bytes:
    dice = random.Random(f"{chance} {number}")  # noqa: S311
    root = ratio(ASPECT_RATIOS[number % len(ASPECT_RATIOS)]) ** 0.5
    style = dice.choice(sorted(STYLES))
    size = (round(SIDE * root), round(SIDE / root))
    file = io.BytesIO()
    STYLES[style].draw(f"picture {number}", size, dice).save(file, "PNG")
    return file.getvalue()


def _opened(sha256: str) -> Blob:
    deadline = time.monotonic() + PATIENCE
    while True:
        blob = Blob.objects.get(pk=sha256)
        if blob.is_ready:
            return blob
        if blob.state == State.FAILED or time.monotonic() > deadline:
            raise CommandError(f"A drawn picture could not be opened: {blob.error_code}.")
        time.sleep(0.2)
