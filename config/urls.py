"""Every route. tests/contracts/test_access.py fails on one that it does not list."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

handler400 = "config.errors.bad_request"

# The admin's own sign-in asks for no second step and counts no failures.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("settings/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("chat/", include("chat.urls")),
    path("files/", include("files.urls")),
    path("", include("imageedit.urls")),
    path("", include("gallery.urls")),
    path("", include("activity.urls")),
]
