"""The settings page, and what its controls post to."""

from django.urls import path
from django.views.i18n import set_language

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("theme/", views.save_theme, name="theme"),
    path("language/", set_language, name="language"),  # the sign-in page's; a cookie keeps it
]
