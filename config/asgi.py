"""Pages and the live channel in one process."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from activity import pauses  # noqa: E402
from activity.consumers import LiveConsumer  # noqa: E402
from activity.origin import SameOriginOnly  # noqa: E402
from config.bodies import limited  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": limited(pages, {"/files/": settings.MAX_UPLOAD_BYTES}),
        "websocket": SameOriginOnly(
            URLRouter(
                [
                    path("ws/", AuthMiddlewareStack(LiveConsumer.as_asgi())),
                    re_path("", WebsocketDenier.as_asgi()),
                ]
            )
        ),
    }
)

pauses.keep_short()
