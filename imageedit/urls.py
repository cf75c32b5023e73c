from django.urls import include, path

from imageedit import views

app_name = "imageedit"

conversation_urlpatterns = [
    path("", views.conversation, name="conversation"),
    path("changes/", views.changes, name="changes"),
    path("turns/", views.send, name="send"),
    path("stop/", views.stop, name="stop"),
    path("retry/", views.retry, name="retry"),
    path("outputs/<uuid:output_id>/retry/", views.retry_output, name="output-retry"),
    path("rename/", views.rename, name="rename"),
    path("delete/", views.delete, name="delete"),
    path("restore/", views.restore, name="restore"),
]

urlpatterns = [
    path("conversations/", views.conversations, name="list"),
    path("posts/images/<uuid:image_id>/edit/", views.start, name="start"),
    path("posts/edit/<uuid:conversation_id>/", include(conversation_urlpatterns)),
]
