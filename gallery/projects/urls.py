from django.urls import path

from gallery.projects import views

urlpatterns = [
    path("", views.projects, name="projects"),
    path("new/", views.new, name="new-project"),
    path("<uuid:project_id>/", views.project, name="project"),
    path("<uuid:project_id>/edit/", views.edit, name="edit-project"),
    path("<uuid:project_id>/delete/", views.delete, name="delete-project"),
    path("<uuid:project_id>/restore/", views.restore, name="restore-project"),
]
