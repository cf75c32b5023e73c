from django.urls import path

from gallery.batches import views

batch = "<uuid:batch_id>"

urlpatterns = [
    path("", views.batches, name="batches"),
    path("matching/", views.matching, name="batch-matching"),
    path("between/", views.between, name="batch-between"),
    path(f"{batch}/undo/", views.undo, name="batch-undo"),
    path(f"{batch}/stop/", views.stop, name="batch-stop"),
    path(f"{batch}/dismiss/", views.dismiss, name="batch-dismiss"),
    path(f"{batch}/download/", views.download, name="batch-download"),
]
