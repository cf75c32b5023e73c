"""The ledger for staff: what runs, who holds which lock, what was refused."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity import counts, services
from activity.models import ConversationActivity, Counter, Generation, GenerationLock, RefusedSend


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows that only the ledger may write. No total count: it would read whole tables."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _report(request: HttpRequest, changed: int, asked: int) -> None:
    text = ngettext(
        "%(changed)d of %(asked)d generation ended.",
        "%(changed)d of %(asked)d generations ended.",
        asked,
    )
    messages.success(request, text % {"changed": changed, "asked": asked})


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "kind", "state", "user", "model", "attempt", "worker", "lease_until",
        "seconds", "cost", "error_code",
    ]  # fmt: skip
    list_filter = ["state", "kind", "error_code"]
    list_select_related = ["user", "model"]
    search_fields = ["id", "user__email"]
    ordering = ["-created_at"]
    actions = ["stop_selected"]

    @admin.action(description=_("Stop"), permissions=["view"])
    def stop_selected(self, request: HttpRequest, chosen: QuerySet[Generation]) -> None:
        rows = list(chosen)
        _report(request, sum(services.stop(generation=row) for row in rows), len(rows))


@admin.register(GenerationLock)
class GenerationLockAdmin(ReadOnlyAdmin):
    list_display = ["acquired_at", "thread", "post", "edit", "generation"]
    list_select_related = ["thread", "post", "edit", "generation"]
    actions = ["release_selected"]

    @admin.action(description=_("Release"), permissions=["view"])
    def release_selected(self, request: HttpRequest, chosen: QuerySet[GenerationLock]) -> None:
        rows = list(chosen)
        _report(request, sum(services.release(lock=row) for row in rows), len(rows))


@admin.register(ConversationActivity)
class ConversationActivityAdmin(ReadOnlyAdmin):
    list_display = [
        "updated_at", "thread", "post", "edit", "user", "active_count", "is_generating",
    ]  # fmt: skip
    list_filter = ["is_generating"]
    list_select_related = ["thread", "post", "edit", "user"]
    actions = ["reconcile_all"]

    @admin.action(description=_("Reconcile all with the ledger"), permissions=["view"])
    def reconcile_all(self, request: HttpRequest, chosen: QuerySet[ConversationActivity]) -> None:
        repaired = counts.reconcile_activity()
        text = ngettext("%d conversation repaired.", "%d conversations repaired.", repaired)
        messages.success(request, text % repaired)


@admin.register(RefusedSend)
class RefusedSendAdmin(ReadOnlyAdmin):
    list_display = ["day", "user", "reason", "count"]
    list_filter = ["reason"]
    date_hierarchy = "day"
    list_select_related = ["user"]


@admin.register(Counter)
class CounterAdmin(ReadOnlyAdmin):
    list_display = ["name", "value"]
