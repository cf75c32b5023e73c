"""Edit conversations for staff."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin import ReadOnlyAdmin
from gallery.admin import InTrash
from imageedit import services
from imageedit.models import EditConversation, Output, Reference, Turn


@admin.register(EditConversation)
class EditConversationAdmin(ReadOnlyAdmin):
    list_display = ["updated_at", "title", "owner", "turn_count", "deleted_at"]
    list_filter = [InTrash]
    list_select_related = ["owner"]
    search_fields = ["=id", "title", "owner__email"]
    ordering = ["-updated_at"]
    actions = ["restore_selected"]

    @admin.action(description=_("Restore from the trash"), permissions=["view"])
    def restore_selected(self, request: HttpRequest, chosen: QuerySet[EditConversation]) -> None:
        trashed = list(chosen.filter(deleted_at__isnull=False).select_related("owner"))
        for one in trashed:
            services.restore(user=one.owner, conversation_id=one.pk)
        text = ngettext("%d conversation restored.", "%d conversations restored.", len(trashed))
        messages.success(request, text % len(trashed))


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "conversation", "number", "status", "seconds", "cost"]
    list_filter = ["status"]
    list_select_related = ["conversation"]
    search_fields = ["=conversation__id"]
    ordering = ["-id"]


@admin.register(Output)
class OutputAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "model_name", "turn", "status", "error_code", "seconds", "cost"]
    list_filter = ["status", "error_code"]
    list_select_related = ["turn"]
    search_fields = ["=id", "=turn__conversation__id"]
    ordering = ["-id"]


@admin.register(Reference)
class ReferenceAdmin(ReadOnlyAdmin):
    list_display = ["turn", "position", "file", "image"]
    list_select_related = ["turn", "file", "image"]
    search_fields = ["=turn__conversation__id"]
    ordering = ["-id"]
