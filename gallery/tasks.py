"""Envelopes: Celery delivers them, perhaps twice or never, and the rows decide."""

from uuid import UUID

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


@shared_task
def run_batch(batch_id: str) -> None:
    from gallery.batches import work

    work.run(UUID(batch_id))


@shared_task
def sweep_batches() -> None:
    from gallery.batches import lease, services

    lease.resend()
    services.forget()
