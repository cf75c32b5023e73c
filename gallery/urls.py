from django.urls import include, path

from gallery import home
from gallery.usage import views as usage

app_name = "gallery"

urlpatterns = [
    path("", home.home, name="home"),
    path("posts/recent/", home.recent_posts, name="recent"),
    path("projects/", include("gallery.projects.urls")),
    path("settings/usage/", usage.usage, name="usage"),
]
