from django.urls import include, path

from chat import branch_views, composer_views, views

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

urlpatterns = [
    path("", views.new, name="new"),
    path("threads/", views.threads, name="threads"),
    path("models/", composer_views.models, name="models"),
    path("models/<uuid:model_id>/favourite/", composer_views.favourite, name="favourite"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/context/", composer_views.context, name="context"),
    path("<uuid:thread_id>/settings/", composer_views.settings, name="settings"),
    path("<uuid:thread_id>/older/", views.older, name="older"),
    path("<uuid:thread_id>/messages/", views.send, name="send"),
    path("<uuid:thread_id>/stop/", views.stop, name="stop"),
    path("<uuid:thread_id>/changes/", views.changes, name="changes"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/", include(message_urlpatterns)),
]
