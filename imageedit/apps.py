from django.apps import AppConfig


class ImageEditConfig(AppConfig):
    name = "imageedit"

    def ready(self) -> None:
        from activity import kinds
        from activity.live import conversations
        from files import opened
        from gallery import lineage
        from gallery.trash import kinds as trash
        from gallery.usage import reading
        from imageedit.generation import EditingImage
        from imageedit.live import LiveEdit
        from imageedit.opening import on_opened
        from imageedit.pages import links_of
        from imageedit.trash import OUTPUTS, TrashedEdits

        kinds.register(EditingImage())
        conversations.register(LiveEdit())
        opened.register(on_opened)
        lineage.register(links_of)
        reading.register(OUTPUTS)
        trash.register(TrashedEdits())
