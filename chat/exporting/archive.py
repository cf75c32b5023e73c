"""All of a person's threads and their files as one ZIP, written while it is read."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any, cast

import msgspec
import structlog
from django.core.files.storage import default_storage

from accounts.models import User
from chat.exporting.documents import Pages, Parts, Words, as_json, as_markdown
from chat.exporting.names import archive_name, file_name
from chat.exporting.reading import Loaded, all_ids, pages, path_ids, threads_of
from chat.models import Message, Thread
from files.models import File
from files.storage import pieces
from files.zipping import Outlet, entry

FORMAT = "atelier.archive"
VERSION = 1
PIECE = 64 * 1024

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Contents:
    """What was written, for the manifest; `missing`: files that the storage does not have."""

    threads: list[dict[str, Any]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)


def archive(user: User, words: Words) -> Parts:
    """The archive's bytes. `manifest.json` comes last, when it is known what there is."""
    outlet = Outlet()
    contents = _Contents()
    with zipfile.ZipFile(cast(IO[bytes], outlet), "w", zipfile.ZIP_DEFLATED) as file:
        for loaded in threads_of(user):
            for _written in _write_thread(file, loaded, words, contents):
                if outlet.size >= PIECE:
                    yield outlet.take()
        file.writestr(entry("manifest.json"), _manifest(user, contents))
    yield outlet.take()


def _write_thread(
    file: zipfile.ZipFile, loaded: Loaded, words: Words, contents: _Contents
) -> Iterator[None]:
    """Write both documents of a thread and its files, and list them; stops after each part."""
    thread = loaded.thread
    name = archive_name(thread)
    attached: dict[str, File] = {}
    tree = _noting(_tree(loaded), attached)
    yield from _write(file, f"{name}.json", thread, as_json(thread, tree, in_archive=True))
    markdown = as_markdown(thread, _path(loaded), words, in_archive=True)
    yield from _write(file, f"{name}.md", thread, markdown)
    for place, one in attached.items():
        if place not in contents.files:
            contents.files.add(place)
            yield from _write_file(file, place, one, contents)
    contents.threads.append(
        {
            "id": thread.pk,
            "title": thread.title,
            "messages": loaded.count,
            "json": f"{name}.json",
            "markdown": f"{name}.md",
        }
    )


def _noting(pages: Pages, attached: dict[str, File]) -> Iterator[Sequence[Message]]:
    for page in pages:
        attached.update((file_name(file), file) for message in page for file in message.files)
        yield page


def _write_file(
    archive: zipfile.ZipFile, place: str, file: File, contents: _Contents
) -> Iterator[None]:
    try:
        stored = default_storage.open(file.blob.path)
    except OSError as error:  # one lost file must not cost the others
        log.warning("file_not_exported", file=str(file.pk), error=str(error))
        contents.missing.append(place)
        return
    info = entry(place, file.created_at)
    if file.blob.is_image:
        info.compress_type = zipfile.ZIP_STORED  # they are compressed already
    with stored, archive.open(info, "w", force_zip64=True) as written:
        for piece in pieces(stored):
            written.write(piece)
            yield


def _write(
    file: zipfile.ZipFile, name: str, thread: Thread, parts: Iterable[bytes]
) -> Iterator[None]:
    with file.open(entry(name, thread.last_activity_at), "w", force_zip64=True) as written:
        for part in parts:
            written.write(part)
            yield


def _tree(loaded: Loaded) -> Pages:
    return pages(all_ids(loaded.thread)) if loaded.messages is None else [loaded.messages]


def _path(loaded: Loaded) -> Pages:
    if loaded.messages is None:
        return pages(path_ids(loaded.thread))
    return [_shown(loaded.thread, loaded.messages)]


def _shown(thread: Thread, messages: Sequence[Message]) -> list[Message]:
    by_id = {message.pk: message for message in messages}
    path: list[Message] = []
    at = thread.leaf_id
    while at is not None and at in by_id:
        path.append(by_id.pop(at))
        at = path[-1].parent_id
    return path[::-1]


def _manifest(user: User, contents: _Contents) -> bytes:
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": datetime.now(UTC),
        "account": user.email,
        "threads": contents.threads,
        "files": sorted(contents.files - set(contents.missing)),
        "missing_files": contents.missing,
    }
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)
