"""Envelopes: Celery delivers them, perhaps twice or never, and the rows decide."""

from celery import shared_task


@shared_task
def open_file(sha256: str) -> None:
    from files import opening

    opening.open_file(sha256)


@shared_task
def sweep_files() -> None:
    from files import queue

    queue.sweep()


@shared_task
def purge_files() -> None:
    from files import purging

    purging.purge()
