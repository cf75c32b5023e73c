"""Envelopes: Celery delivers them, perhaps twice or never, and the rows decide."""

from celery import shared_task

TURN_SECONDS = 20.0  # images wait for the same workers


@shared_task
def purge_trash() -> None:
    from files.turns import Turn
    from gallery.trash import purging

    is_over = Turn(TURN_SECONDS)
    purging.purge(before=purging.cutoff(), until=is_over)
    if is_over():
        purge_trash.delay()
