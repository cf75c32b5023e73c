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
        from gallery.trash import kinds as trash
        from gallery.trash.images import TrashedImages
        from gallery.trash.posts import TrashedPosts
        from gallery.trash.projects import TrashedProjects

        kinds.register(MakingPost())
        conversations.register(LivePost())
        opened.register(on_opened)
        trash.register(TrashedPosts())
        trash.register(TrashedImages())
        trash.register(TrashedProjects())
