from django.urls import path

from gallery import page_views

app_name = "gallery"

urlpatterns = [
    path("gallery/", page_views.gallery, name="gallery"),
    path("gallery/pick/", page_views.pick, name="pick"),
    path("posts/create/", page_views.new_page, name="create"),
    path("posts/<uuid:post_id>/", page_views.post, name="post"),
]
