from django.urls import path

from gallery.trash import views

item = "<slug:kind>/<uuid:item_id>"

urlpatterns = [
    path("", views.trash, name="trash"),
    path("empty/", views.empty, name="empty-trash"),
    path("together/<uuid:batch_id>/restore/", views.restore_together, name="trash-together"),
    path(f"{item}/restore/", views.restore, name="trash-restore"),
    path(f"{item}/put-back/", views.put_back, name="trash-put-back"),
    path(f"{item}/delete/", views.delete, name="trash-delete"),
]
