from django.urls import include, path

from chat import branch_views, views
from chat.queue import views as queue_views

app_name = "chat"

message_urlpatterns = [
    path("source/", views.source, name="source"),
    path("retry/", branch_views.retry, name="retry"),
    path("regenerate/", branch_views.regenerate, name="regenerate"),
    path("edit/", branch_views.edit, name="edit"),
    path("show/", branch_views.show, name="show"),
    path("delete/", branch_views.delete, name="delete"),
    path("restore/", branch_views.restore, name="restore"),
]

queued_urlpatterns = [
    path("", queue_views.source, name="queued-source"),
    path("remove/", queue_views.remove, name="queued-remove"),
    path("restore/", queue_views.restore, name="queued-restore"),
    path("edit/", queue_views.edit, name="queued-edit"),
    path("move/", queue_views.move, name="queued-move"),
]

urlpatterns = [
    path("", views.new, name="new"),
    path("threads/", views.threads, name="threads"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/older/", views.older, name="older"),
    path("<uuid:thread_id>/messages/", views.send, name="send"),
    path("<uuid:thread_id>/stop/", views.stop, name="stop"),
    path("<uuid:thread_id>/changes/", views.changes, name="changes"),
    path("<uuid:thread_id>/queue/pause/", queue_views.pause, name="queue-pause"),
    path("<uuid:thread_id>/queue/resume/", queue_views.resume, name="queue-resume"),
    path("<uuid:thread_id>/queue/<uuid:queued_id>/", include(queued_urlpatterns)),
    path("<uuid:thread_id>/messages/<uuid:message_id>/", include(message_urlpatterns)),
]
