from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.importing.models import ImportJob
from chat.models import Message, Thread


@admin.register(Thread)
class ThreadAdmin(admin.ModelAdmin[Thread]):
    list_display = ["last_activity_at", "title", "owner", "revision", "deleted_at"]
    list_select_related = ["owner"]
    search_fields = ["id", "title", "owner__email"]
    raw_id_fields = ["owner", "model", "leaf"]
    readonly_fields = ["revision", "path_revision"]
    ordering = ["-last_activity_at"]
    show_full_result_count = False


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin[Message]):
    list_display = ["created_at", "thread", "role", "status", "model", "seconds", "cost"]
    list_filter = ["role", "status"]
    list_select_related = ["thread", "model"]
    search_fields = ["id", "thread__id"]
    raw_id_fields = ["thread", "parent", "author", "model"]
    readonly_fields = ["revision", "created_revision"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("content", "html")


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
