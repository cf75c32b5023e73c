from django.urls import path
from django.views.generic import RedirectView

from activity import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="chat:new"), name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
