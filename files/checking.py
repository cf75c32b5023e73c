"""Whether rows and files belong together, in whatever storage. Reads both while they are in use:
what came or went at that moment is no finding.

Nothing that is found can be lost by a repair: what it removes can be made again from an original
that is there, or is half of a file that was never put in place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import FileField, QuerySet, Value
from django.db.models.functions import Now
from django.utils import timezone

from files import queue
from files.models import Blob, Rendition, State

YOUNG = timedelta(days=1)
"""What is younger may be on its way."""
BATCH = 500
ORIGINALS, RENDITIONS = "originals", "renditions"

LOST = "lost"  # a row without its file
NO_PREVIEW = "no_preview"  # a row without a file that can be made again
UNKNOWN = "unknown"  # a file without a row
SPARE = "spare"  # a file without a row that can be made again, or half of one
REPAIRABLE = {NO_PREVIEW, SPARE}


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    path: str


def check() -> Iterator[Finding]:
    yield from _lost_originals()
    yield from _lost_previews()
    yield from _lost_fields()
    for path in _walk(""):
        if finding := _without_row(path):
            yield finding


def repair(finding: Finding) -> bool:
    """Whether it was: a preview is made again, or a spare file removed."""
    if finding.kind == SPARE:
        default_storage.delete(finding.path)
        return True
    return finding.kind == NO_PREVIEW and _open_again(finding.path.split("/")[3])


def _open_again(sha256: str) -> bool:
    with transaction.atomic(durable=True):
        ready = Blob.objects.filter(pk=sha256, state=State.READY)
        opened = ready.update(state=State.WAITING, attempts=0, waiting_since=Now(), sent_at=Now())
        if opened:
            transaction.on_commit(lambda: queue.send(sha256), robust=True)
    # Not the first of its previews: it waits already.
    return bool(opened) or Blob.objects.filter(pk=sha256, state=State.WAITING).exists()


# --- Rows without files ---


def _lost_originals() -> Iterator[Finding]:
    coming = {"state": State.NEW, "touched_at__gt": Now() - Value(YOUNG)}
    blobs = Blob.objects.exclude(**coming)
    for folder, rows in groupby(_by_key(blobs), key=lambda blob: blob.path.rpartition("/")[0]):
        names = _names(folder)
        for blob in rows:
            if blob.pk not in names and blobs.filter(pk=blob.pk).exists():
                yield Finding(LOST, blob.path)


def _lost_previews() -> Iterator[Finding]:
    """By blob: those of one are in one folder."""
    for blob in _by_key(Blob.objects.filter(renditions__isnull=False).distinct()):
        wanted = {one.path for one in blob.renditions.all()}
        there = {f"{blob.previews_folder}/{name}" for name in _names(blob.previews_folder)}
        if not wanted - there:
            continue
        rows = Rendition.objects.filter(blob=blob.pk)
        still = {one.path for one in rows}  # none, where it was purged meanwhile
        is_there = default_storage.exists(blob.path)
        for path in sorted((wanted - there) & still):
            yield Finding(NO_PREVIEW if is_there else LOST, path)


def _lost_fields() -> Iterator[Finding]:
    """Files that rows of the apps above name by themselves."""
    for model, name in _file_fields():
        named = model._default_manager.exclude(**{name: ""}).exclude(**{name: None})
        for pk, path in named.values_list("pk", name).iterator(chunk_size=BATCH):
            if not default_storage.exists(path) and named.filter(**{"pk": pk, name: path}).exists():
                yield Finding(LOST, path)


def _by_key(blobs: "QuerySet[Blob]") -> Iterator[Blob]:
    last = ""
    while batch := list(blobs.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def _file_fields() -> Iterator[tuple[Any, str]]:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, FileField):
                yield model, field.name


# --- Files without rows ---


def _walk(folder: str) -> Iterator[str]:
    folders, names = _listed(folder)
    for name in sorted(names):
        yield f"{folder}/{name}" if folder else name
    for name in sorted(folders):
        yield from _walk(f"{folder}/{name}" if folder else name)


def _without_row(path: str) -> Finding | None:
    """Looked up after the file was seen: a row that is made before its file is there by now."""
    top, _, rest = path.partition("/")
    name = path.rpartition("/")[2]
    parts = rest.split("/")
    if name.startswith("."):
        return Finding(SPARE, path) if _is_old(path) else None  # see files.storage
    if top == ORIGINALS:
        known = Blob.objects.filter(pk=name).first()
        return None if known and known.path == path else _old(UNKNOWN, path)
    if top == RENDITIONS and len(parts) == 4:
        if Rendition.objects.filter(blob=parts[2], name=name).exists():
            return None
        blob = Blob.objects.filter(pk=parts[2]).first()
        can_be_made = blob is not None and default_storage.exists(blob.path)
        return _old(SPARE if can_be_made else UNKNOWN, path)
    if any(
        model._default_manager.filter(**{field: path}).exists() for model, field in _file_fields()
    ):
        return None
    return _old(UNKNOWN, path)


def _old(kind: str, path: str) -> Finding | None:
    return Finding(kind, path) if _is_old(path) else None


def _is_old(path: str) -> bool:
    """False for what is gone meanwhile, too."""
    try:
        return default_storage.get_modified_time(path) < timezone.now() - YOUNG
    except FileNotFoundError:
        return False


def _names(folder: str) -> set[str]:
    return set(_listed(folder)[1])


def _listed(folder: str) -> tuple[Iterable[str], Iterable[str]]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, [name for name in names if name]
