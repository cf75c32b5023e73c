from django.urls import path

from chat import views

app_name = "chat"

urlpatterns = [
    path("", views.new, name="new"),
    path("threads/", views.threads, name="threads"),
    path("<uuid:thread_id>/", views.thread, name="thread"),
    path("<uuid:thread_id>/older/", views.older, name="older"),
    path("<uuid:thread_id>/messages/", views.send, name="send"),
    path("<uuid:thread_id>/stop/", views.stop, name="stop"),
    path("<uuid:thread_id>/changes/", views.changes, name="changes"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/retry/", views.retry, name="retry"),
    path("<uuid:thread_id>/messages/<uuid:message_id>/source/", views.source, name="source"),
]
