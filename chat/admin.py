from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from activity.admin import ReadOnlyAdmin
from chat.models import Message, Thread
from chat.queue.models import QueuedMessage


@admin.register(Thread)
class ThreadAdmin(admin.ModelAdmin[Thread]):
    list_display = ["last_activity_at", "title", "owner", "revision", "deleted_at"]
    list_select_related = ["owner"]
    search_fields = ["id", "title", "owner__email"]
    raw_id_fields = ["owner", "model", "leaf"]
    readonly_fields = ["revision", "path_revision", "queue_pause"]
    ordering = ["-last_activity_at"]
    show_full_result_count = False


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
        return super().get_queryset(request).defer("content", "html")


@admin.register(QueuedMessage)
class QueuedMessageAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "thread", "author", "model", "position", "removed_at"]
    list_select_related = ["thread", "author", "model"]
    search_fields = ["id", "thread__id", "author__email"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueuedMessage]:
        return super().get_queryset(request).defer("text")
