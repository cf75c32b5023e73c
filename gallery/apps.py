from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "gallery"

    def ready(self) -> None:
        from activity import kinds
        from activity.live import conversations
        from files import opened
        from gallery.generation import MakingPost
        from gallery.live import LivePost
        from gallery.opening import on_opened

        kinds.register(MakingPost())
        conversations.register(LivePost())
        opened.register(on_opened)
