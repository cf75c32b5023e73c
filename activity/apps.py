from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "activity"

    def ready(self) -> None:
        from activity.live import sessions

        sessions.watch()
        worker_ready.connect(_on_worker_ready)


def _on_worker_ready(sender: Any, **kwargs: Any) -> None:
    """Only a worker of the queue `generate` has streams, leases and a heartbeat."""
    if any(queue.name == "generate" for queue in sender.task_consumer.queues):
        from activity import pauses
        from activity.worker import current_worker, start_heartbeat

        worker_shutting_down.connect(_on_shutting_down)
        current_worker()
        start_heartbeat()
        pauses.keep_short()


def _on_shutting_down(**kwargs: Any) -> None:
    """Celery waits for its tasks; after the drain they are ended for it."""
    import threading

    from django.conf import settings

    from activity.worker import current_worker

    timer = threading.Timer(settings.DRAIN_SECONDS, current_worker().drain)
    timer.daemon = True
    timer.start()
