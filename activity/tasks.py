"""Envelopes: Celery delivers them, perhaps twice or never, and the ledger decides."""

from uuid import UUID

from celery import shared_task


@shared_task
def run_generation(generation_id: str) -> None:
    from activity.generation import run  # its event loop belongs to workers only

    run(UUID(generation_id))


@shared_task
def sweep_generations() -> None:
    from activity.sweeping import sweep

    sweep()


@shared_task
def reconcile_activity() -> None:
    from activity import counts

    counts.reconcile_activity()
