from django.urls import include, path

from chat import branch_views, composer_views, thread_views, views, window_views
from chat.exporting import views as exporting
from chat.importing import views as importing
from chat.queue import views as queue_views

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
    path("models/", composer_views.models, name="models"),
    path("models/<uuid:model_id>/favourite/", composer_views.favourite, name="favourite"),
    path("archive/", thread_views.archive_page, name="archive_page"),
    path("search/", thread_views.search, name="search"),
    path("export.zip", exporting.everything, name="export"),
    path("import/", importing.imports, name="imports"),
    path("import/<uuid:job_id>/", importing.import_job, name="import-job"),
    path("import/<uuid:job_id>/stop/", importing.stop_import, name="stop-import"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/context/", composer_views.context, name="context"),
    path("<uuid:thread_id>/settings/", composer_views.settings, name="settings"),
    path("<uuid:thread_id>/window/", window_views.messages, name="window"),
    path("<uuid:thread_id>/messages/", views.send, name="send"),
    path("<uuid:thread_id>/export.json", exporting.thread_json, name="export-json"),
    path("<uuid:thread_id>/export.md", exporting.thread_markdown, name="export-markdown"),
    path("<uuid:thread_id>/stop/", views.stop, name="stop"),
    path("<uuid:thread_id>/changes/", views.changes, name="changes"),
    path("<uuid:thread_id>/queue/pause/", queue_views.pause, name="queue-pause"),
    path("<uuid:thread_id>/queue/resume/", queue_views.resume, name="queue-resume"),
    path("<uuid:thread_id>/queue/<uuid:queued_id>/", include(queued_urlpatterns)),
    path("<uuid:thread_id>/rename/", thread_views.rename, name="rename"),
    path("<uuid:thread_id>/pin/", thread_views.pin, name="pin"),
    path("<uuid:thread_id>/archive/", thread_views.archive, name="archive"),
    path("<uuid:thread_id>/mute/", thread_views.mute, name="mute"),
    path("<uuid:thread_id>/delete/", thread_views.delete, name="delete"),
    path("<uuid:thread_id>/restore/", thread_views.restore, name="restore"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/", include(message_urlpatterns)),
]
