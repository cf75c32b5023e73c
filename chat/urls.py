from django.urls import include, path

from chat import branch_views, thread_views, views, window_views

app_name = "chat"

message_urlpatterns = [
    path("source/", views.source, name="source"),
    path("retry/", branch_views.retry, name="retry"),
    path("regenerate/", branch_views.regenerate, name="regenerate"),
    path("edit/", branch_views.edit, name="edit"),
    path("show/", branch_views.show, name="show"),
    path("delete/", branch_views.delete, name="delete-below"),
    path("restore/", branch_views.restore, name="restore-below"),
]

urlpatterns = [
    path("", views.new, name="new"),
    path("threads/", views.threads, name="threads"),
    path("archive/", thread_views.archive_page, name="archive_page"),
    path("search/", thread_views.search, name="search"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/window/", window_views.messages, name="window"),
    path("<uuid:thread_id>/messages/", views.send, name="send"),
    path("<uuid:thread_id>/stop/", views.stop, name="stop"),
    path("<uuid:thread_id>/changes/", views.changes, name="changes"),
    path("<uuid:thread_id>/rename/", thread_views.rename, name="rename"),
    path("<uuid:thread_id>/pin/", thread_views.pin, name="pin"),
    path("<uuid:thread_id>/archive/", thread_views.archive, name="archive"),
    path("<uuid:thread_id>/mute/", thread_views.mute, name="mute"),
    path("<uuid:thread_id>/delete/", thread_views.delete, name="delete"),
    path("<uuid:thread_id>/restore/", thread_views.restore, name="restore"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/", include(message_urlpatterns)),
]
