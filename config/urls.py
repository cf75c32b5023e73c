"""Every route. tests/contracts/test_access.py fails on one that it does not list."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("settings/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("chat/", include("chat.urls")),
    path("", include("activity.urls")),
]
