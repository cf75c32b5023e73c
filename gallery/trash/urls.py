from django.urls import path

from gallery.trash import views

item = "<slug:kind>/<uuid:item_id>"

urlpatterns = [
    path("", views.trash, name="trash"),
    path("empty/", views.empty, name="empty-trash"),
    path("selected/restore/", views.restore_selected, name="trash-selected-restore"),
    path("selected/put-back/", views.put_selected_back, name="trash-selected-put-back"),
    path("selected/delete/", views.delete_selected, name="trash-selected-delete"),
    path("together/<uuid:batch_id>/restore/", views.restore_together, name="trash-together"),
    path(f"{item}/restore/", views.restore, name="trash-restore"),
    path(f"{item}/put-back/", views.put_back, name="trash-put-back"),
    path(f"{item}/delete/", views.delete, name="trash-delete"),
]
