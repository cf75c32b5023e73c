"""Envelopes: Celery delivers them, perhaps twice or never, and the rows decide."""

from celery import shared_task

TURN_SECONDS = 20.0  # images wait for the same workers


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
    from files.turns import Turn

    is_over = Turn(TURN_SECONDS)
    purging.purge(until=is_over)
    if is_over():
        purge_files.delay()


@shared_task
def remove_bytes(names: list[str]) -> None:
    from files import purging

    purging.remove_bytes(names)
