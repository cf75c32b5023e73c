"""Files in a bucket of S3, or of what speaks its language."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

from files.storage import Readable

P = ParamSpec("P")
R = TypeVar("R")

IN_MEMORY = 4 * 1024 * 1024  # of a file that is read; the rest goes to a temporary one
CONFIG = {
    "connect_timeout": 3,
    "read_timeout": 15,
    "retries": {"mode": "standard", "max_attempts": 3},
    "signature_version": "s3v4",
    # Many that speak S3 do not know its newer checksums.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class StorageFailed(OSError):
    """S3 does not answer, or not as it should."""


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404 and not _no_bucket(error):
            raise FileNotFoundError(str(error)) from error
        raise StorageFailed(str(error)) from error
    except (BotoCoreError, Boto3Error, HTTPError) as error:
        raise StorageFailed(str(error)) from error


def _no_bucket(error: ClientError) -> bool:
    return bool(error.response["Error"].get("Code") == "NoSuchBucket")


def _telling(method: Callable[P, R]) -> Callable[P, R]:
    @wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with _as_os_errors():
            return method(*args, **kwargs)

    return wrapped


class BucketStorage(S3Storage):
    """Puts an object in place whole or not at all, as S3 does. What it raises is what a disk
    would."""

    def __init__(self, **options: Any) -> None:
        style = {"addressing_style": options.pop("addressing_style", "auto")}
        super().__init__(
            client_config=Config(**CONFIG, s3=style), max_memory_size=IN_MEMORY, **options
        )

    exists = _telling(S3Storage.exists)
    size = _telling(S3Storage.size)
    delete = _telling(S3Storage.delete)
    listdir = _telling(S3Storage.listdir)
    get_modified_time = _telling(S3Storage.get_modified_time)
    _save = _telling(S3Storage._save)

    @_telling
    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        file: File[bytes] = super()._open(name, mode)
        return file.open() if "r" in mode else file  # fetched here, where its failure is told

    @_telling
    def part(self, name: str, start: int, length: int) -> Readable:
        last = start + length - 1
        found = self.bucket.Object(self._normalize_name(name)).get(Range=f"bytes={start}-{last}")
        return _Part(found["Body"])


class _Part:
    def __init__(self, body: Any) -> None:
        self._body = body

    @_telling
    def read(self, size: int, /) -> bytes:
        piece: bytes = self._body.read(size)
        return piece

    def close(self) -> None:
        self._body.close()
