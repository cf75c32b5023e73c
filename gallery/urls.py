from django.contrib.auth.decorators import login_required
from django.urls import include, path

from gallery import home, page_views
from gallery.usage import views as usage

app_name = "gallery"

urlpatterns = [
    path("", home.home, name="home"),
    path("gallery/", page_views.gallery, name="gallery"),
    path("gallery/pick/", page_views.pick, name="pick"),
    path("posts/create/", login_required(page_views.new_page), name="create"),
    path("posts/recent/", home.recent_posts, name="recent"),
    path("posts/<uuid:post_id>/", page_views.post, name="post"),
    path("projects/", include("gallery.projects.urls")),
    path("settings/usage/", usage.usage, name="usage"),
]
