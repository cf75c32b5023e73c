"""Envelopes: Celery delivers them, perhaps twice or never, and the rows decide."""

from uuid import UUID

from celery import shared_task

from chat import titles


@shared_task
def make_title(thread_id: str) -> None:
    titles.make(UUID(thread_id))


@shared_task
def run_import(job_id: str) -> None:
    from chat.importing.work import run

    run(UUID(job_id))


@shared_task
def sweep_imports() -> None:
    from chat.importing import keeping, lease

    lease.resend()
    keeping.forget_files()
