"""Images from the moment that a worker keeps them to the moment that a page may show them, and the
memory that this takes."""

import io
import json
import math
import os
import sys
import tempfile
import time
import uuid
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from PIL import Image

from accounts.models import User
from bench.figures import Figure, median
from bench.processes import Meter
from files import opening, services
from files.models import Blob, State
from files.previews import EDGES, FORMATS

SIZE = (1024, 1280)  # what models draw at 1K, 4:5
LARGEST = (6_300, 6_300)  # just what may be opened
ALONE = 5
PATIENCE_SECONDS = 600.0


def measure(meter: Meter, *, count: int) -> list[Figure]:
    owner, _ = User.objects.get_or_create(email="pictures@example.com")
    keep(owner, 1)  # the worker's first
    alone = [keep(owner, 1) for _ in range(ALONE)]
    keep(owner, count)
    before, began = meter.memory().get("media", math.nan), meter.read()
    seconds = keep(owner, count)
    used = meter.read().since(began).get("media", math.nan)
    after = meter.memory().get("media", math.nan)
    thumbnails = count * len(EDGES) * len(FORMATS)
    limit = settings.OPENING_MEMORY_BYTES / 1_000_000
    return [
        Figure("an image, kept to ready", 1000 * median(alone), "ms"),
        Figure(f"{count} images at once: thumbnails per second", thumbnails / seconds, ""),
        Figure("CPU of the media worker for an image", 1000 * used / count, "ms"),
        Figure("memory of the media worker", after, "MB", 250),
        Figure("memory of the media worker against the batch before", after / before, "x", 1.1),
        Figure("peak of the process that opens 40 megapixels", peak(), "MB", limit),
    ]


def keep(owner: User, count: int) -> float:
    """Seconds in which so many new images are kept and opened."""
    drawn = [image() for _ in range(count)]
    began = time.monotonic()
    kept = [
        services.keep_result(user=owner, file_id=uuid.uuid4(), name="x.png", content=one).blob_id
        for one in drawn
    ]
    while Blob.objects.filter(pk__in=kept).exclude(state=State.READY).exists():
        if time.monotonic() - began > PATIENCE_SECONDS:
            sys.exit("The media worker does not open what it is given.")
        time.sleep(0.01)
    return time.monotonic() - began


def image(size: tuple[int, int] = SIZE) -> bytes:
    """Soft forms with some grain, as heavy as a photograph, and never the same twice."""
    forms = Image.frombytes("RGB", (32, 40), os.urandom(32 * 40 * 3))
    grain = Image.effect_noise((512, 640), 40).convert("RGB")
    drawn = [one.resize(size, Image.Resampling.BICUBIC) for one in (forms, grain)]
    out = io.BytesIO()
    Image.blend(*drawn, 0.15).save(out, "PNG", compress_level=1)
    return out.getvalue()


def peak() -> float:
    """MB of the limited process at its largest, with the largest image."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "source").write_bytes(image(LARGEST))
        arguments = [
            str(opening.PROGRAM),
            folder,
            "image/png",
            json.dumps(asdict(opening.limits())),
        ]
        pid = os.posix_spawn(sys.executable, [sys.executable, "-I", *arguments], {})
        _, status, usage = os.wait4(pid, 0)
        if status or "error" in json.loads((Path(folder) / "result.json").read_bytes()):
            sys.exit("The largest image could not be opened.")
        return usage.ru_maxrss / 1000
