"""Projects, posts and images for staff: lists that stay fast when there are millions."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin import ReadOnlyAdmin
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import Batch, EmptiedTrash, Exchange, Move, Post, Project, PurgedCalls


class InTrash(admin.SimpleListFilter):
    title = _("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", str(_("In the trash"))), ("no", str(_("Not in the trash")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        if self.value() in ("yes", "no"):
            return queryset.filter(deleted_at__isnull=self.value() == "no")
        return queryset


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin[Project]):
    list_display = ["updated_at", "name", "owner", "tone", "language", "deleted_at"]
    list_select_related = ["owner"]
    search_fields = ["id", "name", "owner__email"]
    raw_id_fields = ["owner", "text_model", "image_models"]
    readonly_fields = ["deleted_at"]
    ordering = ["-updated_at"]
    show_full_result_count = False


@admin.register(Post)
class PostAdmin(admin.ModelAdmin[Post]):
    list_display = [
        "updated_at", "title", "owner", "status", "pending_models", "total_models", "deleted_at",
    ]  # fmt: skip
    list_filter = ["status", InTrash]
    list_select_related = ["owner"]
    search_fields = ["id", "owner__email"]
    raw_id_fields = ["owner", "project", "parent", "text_model"]
    readonly_fields = [
        "status", "pending_models", "total_models", "version", "revision", "shown_revision",
        "deleted_at",
    ]  # fmt: skip
    ordering = ["-updated_at"]
    show_full_result_count = False
    actions = ["restore_selected"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a post begins with its first exchange

    @admin.action(description=_("Restore from the trash"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        posts = list(chosen.filter(deleted_at__isnull=False).select_related("owner"))
        for post in posts:
            editing.restore(user=post.owner, post_id=post.pk)
        text = ngettext("%d post restored.", "%d posts restored.", len(posts))
        messages.success(request, text % len(posts))


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "post", "number", "kind", "status", "caption_status", "text_model",
        "error_code", "seconds", "cost",
    ]  # fmt: skip
    list_filter = ["status", "kind", "error_code"]
    list_select_related = ["post", "text_model"]
    search_fields = ["post__id", "owner__email"]
    ordering = ["-id"]


@admin.register(GeneratedImage)
class GeneratedImageAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "model_name", "owner", "status", "error_code", "width", "height",
        "seconds", "cost",
    ]  # fmt: skip
    list_filter = ["status"]
    list_select_related = ["owner"]
    search_fields = ["=id", "=post__id"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GeneratedImage]:
        return super().get_queryset(request).defer("prompt", "error_detail")


@admin.register(PurgedCalls)
class PurgedCallsAdmin(ReadOnlyAdmin):
    list_display = ["at", "user", "work", "model_name", "calls", "images", "cost", "unknown"]
    list_filter = ["work"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    ordering = ["-id"]


@admin.register(EmptiedTrash)
class EmptiedTrashAdmin(ReadOnlyAdmin):
    list_display = ["until", "owner"]
    list_select_related = ["owner"]
    search_fields = ["owner__email"]
    ordering = ["-until"]


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "owner", "kind", "state", "is_undo", "total", "done", "posts", "making",
        "gone", "restored", "error_code",
    ]  # fmt: skip
    list_filter = ["kind", "state", "is_undo"]
    list_select_related = ["owner"]
    search_fields = ["=id", "owner__email"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        return super().get_queryset(request).defer("ids")


@admin.register(Move)
class MoveAdmin(ReadOnlyAdmin):
    list_display = ["id", "batch", "post", "project"]
    list_select_related = ["batch", "post", "project"]
    search_fields = ["=batch__id", "=post__id"]
    ordering = ["-id"]
