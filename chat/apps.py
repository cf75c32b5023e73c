from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from activity import kinds
        from activity.live import conversations
        from chat.generation import Answer
        from chat.live import LiveThread

        kinds.register(Answer())
        conversations.register(LiveThread())
