"""What /metrics shows, read from the database at each visit."""

from collections.abc import Iterator

from django.db.models import Count, Sum
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from activity.models import Counter, Generation, RefusedSend
from activity.workers import generate_workers


class LedgerCollector:
    def collect(self) -> Iterator[Metric]:
        in_flight = GaugeMetricFamily(
            "atelier_generations_in_flight", "Generations by state.", labels=["state"]
        )
        states = Generation.objects.in_flight().values("state").annotate(n=Count("pk"))
        for row in states:
            in_flight.add_metric([row["state"]], row["n"])
        yield in_flight
        yield GaugeMetricFamily(
            "atelier_generate_workers", "Generate workers alive.", value=generate_workers()
        )
        refused = CounterMetricFamily(
            "atelier_refused_sends", "Sends refused, by reason.", labels=["reason"]
        )
        for refusal in RefusedSend.objects.values("reason").annotate(n=Sum("count")):
            refused.add_metric([refusal["reason"]], refusal["n"])
        yield refused
        for counter in Counter.objects.order_by("name"):
            yield CounterMetricFamily(
                f"atelier_{counter.name}", "See docs/operations.md.", value=counter.value
            )


registry = CollectorRegistry(auto_describe=False)
registry.register(LedgerCollector())
