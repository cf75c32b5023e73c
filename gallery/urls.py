from django.urls import URLPattern, URLResolver, include, path

from gallery import downloads, home, page_views, views
from gallery.browse import views as browse
from gallery.lightbox import views as lightbox
from gallery.usage import views as usage

app_name = "gallery"

image_urlpatterns = [
    path("retry/", views.retry_image, name="image-retry"),
    path("select/", views.select_image, name="image-select"),
    path("delete/", views.delete_image, name="image-delete"),
    path("restore/", views.restore_image, name="image-restore"),
    path("download/", downloads.image, name="image-download"),
]

post_urlpatterns: list[URLPattern | URLResolver] = [
    path("", page_views.post, name="post"),
    path("changes/", views.changes, name="changes"),
    path("stop/", views.stop, name="stop"),
    path("retry/", views.retry, name="retry"),
    path("refine/", views.refine, name="refine"),
    path("regenerate/", views.regenerate, name="regenerate"),
    path("caption/", views.edit_caption, name="caption"),
    path("back/<int:number>/", views.go_to_version, name="back"),
    path("delete/", views.delete, name="delete"),
    path("restore/", views.restore, name="restore"),
    path("download/", downloads.post, name="download"),
    path("images/<uuid:image_id>/", include(image_urlpatterns)),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("gallery/", browse.gallery, name="gallery"),
    path("gallery/part/", browse.part, name="part"),
    path("gallery/batches/", include("gallery.batches.urls")),
    path("gallery/pick/", page_views.pick, name="pick"),
    path("gallery/view/", lightbox.beside, name="lightbox-beside"),
    path("gallery/view/<uuid:post_id>/", lightbox.lightbox, name="lightbox"),
    path("gallery/trash/", include("gallery.trash.urls")),
    path("posts/create/", views.create, name="create"),
    path("posts/recent/", home.recent_posts, name="recent"),
    path("posts/<uuid:post_id>/", include(post_urlpatterns)),
    path("projects/", include("gallery.projects.urls")),
    path("settings/usage/", usage.usage, name="usage"),
]
