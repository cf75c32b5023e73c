"""Who is told that a file was opened. Apps above register a callback; `files` knows none of them.

A blob's row is locked while its end is told. Whoever makes a row that waits for a blob must not
miss that end, so it looks at the blob first, in the same transaction:

    with transaction.atomic(durable=True):
        blob = opened.locked(file.blob_id)  # before rows of one's own, as a callback does
        slot.state = READY if blob.is_ready else DEVELOPING

Then either the end is seen here, or its callback comes after this commit and finds the row.
"""

from collections.abc import Callable

from files.models import Blob

Callback = Callable[[Blob], None]

_callbacks: list[Callback] = []


def register(callback: Callback) -> None:
    """Have it called with each blob that became READY or FAILED, in the transaction that says
    so. It may come again for the same blob, since what failed can be tried again. Should it
    raise, nothing is written, and the blob's end is tried again when its lease is over."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def tell(blob: Blob) -> None:
    for callback in _callbacks:
        callback(blob)


def locked(sha256: str) -> Blob:
    """The blob as it is, and stays until this transaction ends."""
    return Blob.objects.select_for_update().get(pk=sha256)
