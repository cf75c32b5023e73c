"""What the media worker does with a file: the bytes go to a process with limits, and what that
made of them is kept."""

import errno
import json
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.files import File as StorageFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from files import queue
from files.limited.limits import Limits
from files.models import Blob, Rendition, State
from files.opened import tell
from files.storage import pieces

log = structlog.get_logger(__name__)

PROGRAM = Path(__file__).parent / "limited"
LONGEST_RESULT = 64 * 1024
NAME = re.compile(r"[a-z0-9]{1,10}(\.[a-z]{1,6})?")
FACTS = {"width", "height", "placeholder", "has_avif", "is_clean", "pages", "chars", "is_cut"}
KILLED = "too_complex"  # by a limit, or by a decoder that broke


@dataclass(frozen=True, slots=True)
class Opened:
    """`facts`: columns of the blob. `made`: rows of its renditions, whose files lie in a folder."""

    error_code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    made: Sequence[Mapping[str, Any]] = ()


def open_file(sha256: str) -> None:
    """Open a waiting file; a doubled delivery returns after one statement."""
    blob = queue.claim(sha256)
    if blob is None:
        return
    connection.close()
    try:
        with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
            opened = _opened(blob, Path(folder))
            _keep(blob, opened, Path(folder))
    except FileNotFoundError:
        opened = Opened("lost")
    except OSError as error:
        log.warning("file_not_opened", sha256=sha256, error=str(error))
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        if not full and queue.give_back(blob):
            return
        opened = Opened("no_room" if full else "storage_away")
    except Exception:  # whatever breaks here must not leave a file that is checked for ever
        log.exception("file_broke_its_worker", sha256=sha256)
        opened = Opened("internal")
    _finish(blob, opened)


def _opened(blob: Blob, folder: Path) -> Opened:
    """Run the program; its end by a limit is an answer, too."""
    with default_storage.open(blob.path) as original, (folder / "source").open("wb") as source:
        for piece in pieces(original):
            source.write(piece)
    command = [sys.executable, "-I", str(PROGRAM), str(folder), blob.media_type]
    seconds = settings.OPENING_SECONDS
    try:
        ended = subprocess.run(  # noqa: S603
            [*command, json.dumps(asdict(limits()))],
            env={},  # no secrets
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            timeout=seconds + 5,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Opened(KILLED)
    if ended.returncode:
        said = ended.stderr[-500:].decode(errors="replace")
        log.info("file_killed_its_process", sha256=blob.pk, code=ended.returncode, said=said)
        return Opened(KILLED)
    return _result(blob, folder)


def _result(blob: Blob, folder: Path) -> Opened:
    """What the program says, as far as it may: a file could have taken it over."""
    if _links(folder):
        log.error("file_took_its_process_over", sha256=blob.pk)
        return Opened("damaged")
    result = json.loads((folder / "result.json").read_bytes()[:LONGEST_RESULT])
    if code := result.pop("error", ""):
        log.info("file_unreadable", sha256=blob.pk, code=code, detail=result.get("detail", ""))
        return Opened(str(code)[:40])
    made = result.pop("renditions")
    named = all(NAME.fullmatch(one["name"]) for one in made)
    if not named or not FACTS.issuperset(result):
        log.error("file_took_its_process_over", sha256=blob.pk)
        return Opened("damaged")
    return Opened(made=made, facts=result)


def _links(folder: Path) -> bool:
    return any(not stat.S_ISREG(one.lstat().st_mode) for one in folder.iterdir())


def limits() -> Limits:
    return Limits(
        memory=settings.OPENING_MEMORY_BYTES,
        output=settings.MAX_RESULT_BYTES,
        seconds=int(settings.OPENING_SECONDS),
        pixels=settings.MAX_IMAGE_PIXELS,
        pages=settings.MAX_PDF_PAGES,
        chars=settings.MAX_FILE_CHARS,
    )


def _keep(blob: Blob, opened: Opened, folder: Path) -> None:
    for values in opened.made:
        rendition = Rendition(blob=blob, **values)
        with (folder / rendition.name).open("rb") as made:
            default_storage.save(rendition.path, StorageFile(made))


def _finish(blob: Blob, opened: Opened) -> None:
    """Write the end, unless the lease was lost to another worker meanwhile."""
    state = State.FAILED if opened.error_code else State.READY
    with transaction.atomic(durable=True):
        mine = Blob.objects.filter(pk=blob.pk, state=State.DECODING, epoch=blob.epoch)
        if not mine.update(state=state, error_code=opened.error_code, **opened.facts):
            return
        Rendition.objects.filter(blob=blob).delete()
        Rendition.objects.bulk_create([Rendition(blob=blob, **values) for values in opened.made])
        tell(Blob.objects.get(pk=blob.pk))
    log.info("file_opened", sha256=blob.pk, state=state, code=opened.error_code)
