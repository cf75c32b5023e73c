from django.urls import path

from files import views

app_name = "files"

urlpatterns = [
    path("<uuid:file_id>/", views.file, name="file"),
    path("<uuid:file_id>/again/", views.again, name="again"),
    path("<uuid:file_id>/original", views.original, name="original"),
    path("<uuid:file_id>/<int:edge>.<str:ending>", views.preview, name="preview"),
]
