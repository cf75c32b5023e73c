from django.contrib import admin
from django.http import HttpRequest

from files.models import Blob, File


@admin.register(File)
class FileAdmin(admin.ModelAdmin[File]):
    list_display = ["created_at", "name", "owner", "blob"]
    list_select_related = ["owner", "blob"]
    search_fields = ["id", "name", "owner__email"]
    raw_id_fields = ["owner", "blob"]
    ordering = ["-created_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Blob)
class BlobAdmin(admin.ModelAdmin[Blob]):
    """Made and ended by uploads and workers; here it is only looked at."""

    list_display = ["touched_at", "sha256", "media_type", "size", "state", "error_code"]
    list_filter = ["state", "media_type"]
    search_fields = ["sha256"]
    ordering = ["-touched_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Blob | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Blob | None = None) -> bool:
        return False
