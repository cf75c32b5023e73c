from django.apps import AppConfig


class ImageEditConfig(AppConfig):
    name = "imageedit"
