"""Providers and models for staff."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from providers.base import ProviderError
from providers.forms import ProviderForm
from providers.models import AIModel, Provider
from providers.sentences import sentence
from providers.services import check_connection, ensure_demo, sync_models


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ProviderForm
    list_display = ("name", "dialect", "base_url", "has_key", "model_count", "enabled")
    list_filter = ("enabled", "dialect")
    search_fields = ("name", "base_url")
    readonly_fields = ("from_environment", "created_at")
    actions = ("test_connection", "sync")

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        key = ["new_key", "forget_key"] if obj and obj.api_key else ["new_key"]
        if obj and obj.from_environment:
            key = []
        main = ["name", "dialect", "base_url", *key, "headers", "enabled"]
        rest = ["from_environment", "created_at"] if obj else []
        return [(None, {"fields": [*main, *rest]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        found: QuerySet[Provider] = super().get_queryset(request)
        return found.annotate(models_count=Count("models"))

    @admin.display(description=_("key"), boolean=True)
    def has_key(self, provider: Provider) -> bool:
        return bool(provider.key)

    @admin.display(description=_("models"), ordering="models_count")
    def model_count(self, provider: Provider) -> int:
        return getattr(provider, "models_count", 0)

    def save_model(self, request: HttpRequest, obj: Provider, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        ensure_demo()

    def delete_model(self, request: HttpRequest, obj: Provider) -> None:
        super().delete_model(request, obj)
        ensure_demo()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        super().delete_queryset(request, queryset)
        ensure_demo()

    def response_change(self, request: HttpRequest, obj: Provider) -> HttpResponse:
        if "_test" in request.POST:
            self._say_check(request, obj)
            return HttpResponseRedirect(request.get_full_path())
        if "_sync" in request.POST:
            self._say_sync(request, obj)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_change(request, obj)

    @admin.action(description=_("Test connection"), permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for provider in queryset:
            self._say_check(request, provider)

    @admin.action(description=_("Sync models"), permissions=["change"])
    def sync(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for provider in queryset:
            self._say_sync(request, provider)

    def _say_check(self, request: HttpRequest, provider: Provider) -> None:
        outcome = check_connection(provider)
        level = messages.SUCCESS if outcome.ok else messages.ERROR
        self.message_user(request, f"{provider.name}: {outcome.message}", level)

    def _say_sync(self, request: HttpRequest, provider: Provider) -> None:
        try:
            changes = sync_models(provider)
        except ProviderError as error:
            text = f"{provider.name}: {sentence(error.code)} ({error.detail})"
            self.message_user(request, text, messages.ERROR)
            return
        ensure_demo()
        text = gettext(
            "%(name)s: %(listed)d models listed, %(added)d added, %(vanished)d vanished, "
            "%(returned)d came back."
        ) % {
            "name": provider.name,
            "listed": changes.listed,
            "added": changes.added,
            "vanished": changes.vanished,
            "returned": changes.returned,
        }
        self.message_user(request, text, messages.SUCCESS)


@admin.register(AIModel)
class AIModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "provider", "kind", "position", "pigment", "enabled")
    list_editable = ("position", "enabled")
    list_filter = ("kind", "enabled", "provider", "vision", "image_edit")
    list_select_related = ("provider",)
    search_fields = ("name", "slug")
    readonly_fields = ("from_list", "vanished")
    actions = ("enable", "disable")

    def save_model(self, request: HttpRequest, obj: AIModel, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        ensure_demo()

    @admin.action(description=_("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[AIModel]) -> None:
        queryset.update(enabled=True)
        ensure_demo()

    @admin.action(description=_("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[AIModel]) -> None:
        queryset.update(enabled=False)
        ensure_demo()
