"""Envelopes: Celery delivers them, perhaps twice or never, and the rows decide."""

from uuid import UUID

from celery import shared_task

from chat import titles


@shared_task
def make_title(thread_id: str) -> None:
    titles.make(UUID(thread_id))
