"""All of a person's threads as one ZIP, written while it is read."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import IO, Any, cast

import msgspec

from accounts.models import User
from chat.exporting.documents import Pages, Parts, Words, as_json, as_markdown
from chat.exporting.names import archive_name
from chat.exporting.reading import Loaded, all_ids, pages, path_ids, threads_of
from chat.models import Message, Thread
from files.zipping import Outlet, entry

FORMAT = "atelier.archive"
VERSION = 1
PIECE = 64 * 1024


def archive(user: User, words: Words) -> Parts:
    """The archive's bytes. `manifest.json` comes last, when it is known what there is."""
    outlet = Outlet()
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(cast(IO[bytes], outlet), "w", zipfile.ZIP_DEFLATED) as file:
        for loaded in threads_of(user):
            for _written in _write_thread(file, loaded, words, listed):
                if outlet.size >= PIECE:
                    yield outlet.take()
        file.writestr(entry("manifest.json"), _manifest(user, listed))
    yield outlet.take()


def _write_thread(
    file: zipfile.ZipFile, loaded: Loaded, words: Words, listed: list[dict[str, Any]]
) -> Iterator[None]:
    """Write both documents of a thread and list them; stops after each part."""
    thread = loaded.thread
    name = archive_name(thread)
    yield from _write(file, f"{name}.json", thread, as_json(thread, _tree(loaded)))
    yield from _write(file, f"{name}.md", thread, as_markdown(thread, _path(loaded), words))
    listed.append(
        {
            "id": thread.pk,
            "title": thread.title,
            "messages": loaded.count,
            "json": f"{name}.json",
            "markdown": f"{name}.md",
        }
    )


def _write(
    file: zipfile.ZipFile, name: str, thread: Thread, parts: Iterable[bytes]
) -> Iterator[None]:
    with file.open(entry(name, thread.last_activity_at), "w", force_zip64=True) as file_entry:
        for part in parts:
            file_entry.write(part)
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


def _manifest(user: User, threads: Sequence[dict[str, Any]]) -> bytes:
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": datetime.now(UTC),
        "account": user.email,
        "threads": threads,
    }
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)
