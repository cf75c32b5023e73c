from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin import ReadOnlyAdmin
from chat import thread_services
from chat.importing.models import ImportJob
from chat.models import Message, Thread
from chat.queue.models import QueuedMessage


class InTrash(admin.SimpleListFilter):
    title = _("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", str(_("In the trash"))), ("no", str(_("Not in the trash")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Thread]) -> QuerySet[Thread]:
        if self.value() in ("yes", "no"):
            return queryset.filter(deleted_at__isnull=self.value() == "no")
        return queryset


@admin.register(Thread)
class ThreadAdmin(admin.ModelAdmin[Thread]):
    list_display = ["last_activity_at", "title", "owner", "revision", "archived_at", "deleted_at"]
    list_filter = [InTrash]
    list_select_related = ["owner"]
    search_fields = ["id", "title", "owner__email"]
    raw_id_fields = ["owner", "model", "leaf"]
    readonly_fields = ["revision", "path_revision", "queue_pause", "deleted_at"]
    ordering = ["-last_activity_at"]
    show_full_result_count = False
    actions = ["restore_selected"]

    @admin.action(description=_("Restore from the trash"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, chosen: QuerySet[Thread]) -> None:
        threads = list(chosen.filter(deleted_at__isnull=False).select_related("owner"))
        for thread in threads:
            thread_services.restore(user=thread.owner, thread_id=thread.pk)
        text = ngettext("%d chat restored.", "%d chats restored.", len(threads))
        messages.success(request, text % len(threads))


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin[Message]):
    list_display = ["created_at", "thread", "role", "status", "model", "seconds", "cost"]
    list_filter = ["role", "status"]
    list_select_related = ["thread", "model"]
    search_fields = ["id", "thread__id"]
    raw_id_fields = ["thread", "parent", "author", "model"]
    readonly_fields = ["revision", "created_revision", "deleted_at"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("content", "html", "reasoning", "reasoning_html")


@admin.register(QueuedMessage)
class QueuedMessageAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "thread", "author", "model", "position", "removed_at"]
    list_select_related = ["thread", "author", "model"]
    search_fields = ["id", "thread__id", "author__email"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueuedMessage]:
        return super().get_queryset(request).defer("text")


@admin.register(ImportJob)
class ImportJobAdmin(admin.ModelAdmin[ImportJob]):
    list_display = ["created_at", "owner", "name", "state", "error_code", "percent", "ended_at"]
    list_filter = ["state"]
    list_select_related = ["owner"]
    search_fields = ["id", "owner__email", "name"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ImportJob | None = None) -> bool:
        return False
