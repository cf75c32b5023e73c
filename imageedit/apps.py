from django.apps import AppConfig


class ImageEditConfig(AppConfig):
    name = "imageedit"

    def ready(self) -> None:
        from activity import kinds
        from files import opened
        from imageedit.generation import EditingImage
        from imageedit.opening import on_opened

        kinds.register(EditingImage())
        opened.register(on_opened)
