from django.urls import path

from chat import views
from chat.exporting import views as exporting
from chat.importing import views as importing

app_name = "chat"

urlpatterns = [
    path("", views.new, name="new"),
    path("threads/", views.threads, name="threads"),
    path("export.zip", exporting.everything, name="export"),
    path("import/", importing.imports, name="imports"),
    path("import/<uuid:job_id>/", importing.import_job, name="import-job"),
    path("import/<uuid:job_id>/stop/", importing.stop_import, name="stop-import"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/older/", views.older, name="older"),
    path("<uuid:thread_id>/messages/", views.send, name="send"),
    path("<uuid:thread_id>/export.json", exporting.thread_json, name="export-json"),
    path("<uuid:thread_id>/export.md", exporting.thread_markdown, name="export-markdown"),
    path("<uuid:thread_id>/stop/", views.stop, name="stop"),
    path("<uuid:thread_id>/changes/", views.changes, name="changes"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/retry/", views.retry, name="retry"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/source/", views.source, name="source"),
]
