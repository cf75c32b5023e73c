from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from activity import kinds, waiting
        from activity.live import conversations
        from chat.generation import Answer
        from chat.live import LiveThread
        from chat.queue.models import QueuedMessage
        from chat.trash import DeletedMessages, TrashedThreads
        from gallery.trash import kinds as trash

        waiting.register("thread", QueuedMessage.objects.waiting)
        kinds.register(Answer())
        conversations.register(LiveThread())
        trash.register(TrashedThreads())
        trash.register_leftover(DeletedMessages())
