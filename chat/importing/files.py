"""The file that somebody brought: JSON, or a ZIP with JSON inside. Nothing is unpacked to disk;
what is read is bounded by what comes out, not by what the archive says of itself."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, cast

from chat.importing.elements import CutOff, Element, NotJson, elements

MAX_UNPACKED = 4 * 1024**3
MAX_DIRECTORY = 16 * 1024**2  # of a ZIP: some 150,000 files
CONVERSATIONS = re.compile(r"conversations(?:[-_]\d+)?\.json", re.IGNORECASE)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1


class Unreadable(Exception):
    """The file cannot be imported; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Member:
    size: int  # as the archive says
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Found:
    """An element, and where its end is: in which member, and after how many bytes of all."""

    member: int
    read_bytes: int
    element: Element


class Source:
    """The JSON files of what was brought, in an order that is always the same."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.total_bytes = sum(member.size for member in members)

    def elements(self, member: int = 0, offset: int = 0) -> Iterator[Found]:
        """What follows a position. Raises Unreadable, after what could be read."""
        before = sum(one.size for one in self.members[:member])
        for number in range(member, len(self.members)):
            end = 0
            with reading(), self.members[number].open() as file:
                for element in elements(file, offset):
                    end = element.end
                    if before + end > MAX_UNPACKED:
                        raise Unreadable("too_large_unpacked")
                    yield Found(number, before + end, element)
            before += max(self.members[number].size, end)
            offset = 0


@contextmanager
def reading() -> Iterator[None]:
    """What can be wrong with a file, as Unreadable."""
    try:
        yield
    except NotJson as error:
        raise Unreadable("not_json") from error
    except CutOff as error:
        raise Unreadable("cut_off") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Unreadable("broken_zip") from error


def open_source(file: IO[bytes]) -> Source:
    """What there is to import in an open file. Raises Unreadable."""
    file.seek(0)
    if file.read(4).startswith(b"PK"):
        with reading():
            return _archive(file)
    size = file.seek(0, 2)
    if next(_elements(file), None) is None:
        raise Unreadable("nothing_inside")
    return Source([Member(size, lambda: nullcontext(file))])


def _elements(file: IO[bytes]) -> Iterator[Element]:
    with reading():
        yield from elements(file)


def _archive(file: IO[bytes]) -> Source:
    archive = zipfile.ZipFile(cast(IO[bytes], _ShortReads(file)))
    chosen = _choose(archive.infolist())
    if not chosen:
        raise Unreadable("nothing_inside")
    if any(one.flag_bits & ENCRYPTED for one in chosen):
        raise Unreadable("encrypted")
    if any(one.compress_type not in METHODS for one in chosen):
        raise Unreadable("broken_zip")
    if sum(one.file_size for one in chosen) > MAX_UNPACKED:
        raise Unreadable("too_large_unpacked")
    return Source([Member(one.file_size, partial(archive.open, one)) for one in chosen])


def _choose(infos: Sequence[zipfile.ZipInfo]) -> Sequence[zipfile.ZipInfo]:
    """ChatGPT's conversations.json (or -000.json and so on), else every JSON file there is,
    save what an archive of ours says of itself."""
    named = sorted(
        (one for one in infos if one.filename.lower().endswith(".json") and not one.is_dir()),
        key=lambda one: one.filename,
    )
    files = [(PurePosixPath(one.filename), one) for one in named]
    conversations = [one for path, one in files if CONVERSATIONS.fullmatch(path.name)]
    return conversations or [
        one for path, one in files if path.name != "manifest.json" and "__MACOSX" not in path.parts
    ]


class _ShortReads:
    """A file for zipfile, which reads a directory at once however large it says to be."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            raise Unreadable("too_many_files")
        return self.file.read(size if size >= 0 else MAX_DIRECTORY)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
