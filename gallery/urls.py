from django.urls import path

from gallery.usage import views as usage

app_name = "gallery"

urlpatterns = [
    path("settings/usage/", usage.usage, name="usage"),
]
