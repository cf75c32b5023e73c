"""Who may do what: every route and every action of the live channel against everybody. What is
not listed here fails, so nothing new can be left open by mistake.

Each table has a column a person. A number is a status, "in" leads to sign-in, "->" leads
elsewhere.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from activity.consumers import SIGNED_OUT, LiveConsumer
from activity.models import Generation, State
from chat.importing.models import ImportJob
from chat.models import Message, Thread
from chat.queue.models import QueuedMessage
from config.asgi import application
from files.models import Blob, File
from gallery.models import Batch, GeneratedImage, Post, Project
from imageedit.models import EditConversation
from tests.activity.conftest import clean_hub, ended_hub  # noqa: F401  fixtures
from tests.activity.socket import Socket, socket_of
from tests.contracts.routes import all_routes
from tests.factories import make_queued, make_running
from tests.gallery.rows import make_image, make_post

PEOPLE = ["anonymous", "owner", "stranger", "staff"]

TRASHED = "Secret crack"
PUBLIC = "200 200 200 200"
SIGNED_IN = "in 200 200 200"
GUESTS = "200 -> -> ->"
NEVER = "405 405 405 405"
TO_TRASH = "in -> -> ->"  # which says why nothing was done
CONFIRMS = "in -> -> ->"  # asks for the password again, or finds nothing to do


def is_of_post(name: str) -> bool:
    return any(known == name and "post_id" in pattern for _, known, pattern in all_routes())


# What GET and POST answer; the owner's thread is the one asked for, the body is empty.
ROUTES = {
    "account_login": (GUESTS, GUESTS),
    "account_logout": (SIGNED_IN, "in in in in"),
    "account_inactive": (PUBLIC, NEVER),
    "account_signup": (GUESTS, GUESTS),
    "account_reauthenticate": (SIGNED_IN, SIGNED_IN),
    "account_email": (SIGNED_IN, CONFIRMS),
    "account_email_verification_sent": (PUBLIC, NEVER),
    "account_change_password": (SIGNED_IN, SIGNED_IN),
    "account_set_password": (CONFIRMS, CONFIRMS),
    "account_reset_password": (PUBLIC, PUBLIC),
    "account_reset_password_done": (PUBLIC, NEVER),
    "account_reset_password_from_key": (PUBLIC, PUBLIC),  # the key is no one's
    "account_reset_password_from_key_done": (PUBLIC, NEVER),
    "account_confirm_login_code": (CONFIRMS, CONFIRMS),
    "account_confirm_email": (PUBLIC, "404 404 404 404"),  # the key is no one's
    "mfa_index": (SIGNED_IN, "in 405 405 405"),
    "mfa_authenticate": (CONFIRMS, CONFIRMS),
    "mfa_reauthenticate": (CONFIRMS, CONFIRMS),
    "mfa_activate_totp": (CONFIRMS, CONFIRMS),
    "mfa_deactivate_totp": ("in 404 404 404", "in 404 404 404"),
    "mfa_view_recovery_codes": ("in 404 404 404", "in 405 405 405"),
    "mfa_generate_recovery_codes": (CONFIRMS, CONFIRMS),
    "mfa_download_recovery_codes": ("in 404 404 404", "in 404 404 404"),
    "accounts:settings": (SIGNED_IN, SIGNED_IN),
    "accounts:theme": ("in 405 405 405", "in 422 422 422"),
    "accounts:language": ("-> -> -> ->", "-> -> -> ->"),  # a cookie of one's own
    "chat:new": (SIGNED_IN, NEVER),
    "chat:threads": (SIGNED_IN, NEVER),
    "chat:archive_page": (SIGNED_IN, NEVER),
    "chat:search": (SIGNED_IN, NEVER),
    "chat:export": (SIGNED_IN, NEVER),
    "chat:imports": (SIGNED_IN, "in 422 422 422"),  # without a file
    "chat:import-job": ("in 200 404 404", NEVER),
    "chat:stop-import": (NEVER, "in -> 404 404"),
    "chat:export-json": ("in 200 404 404", NEVER),
    "chat:export-markdown": ("in 200 404 404", NEVER),
    "chat:thread": ("in 200 404 404", NEVER),
    "chat:window": ("in 200 404 404", NEVER),
    "chat:changes": ("in 200 404 404", NEVER),
    "chat:models": (SIGNED_IN, NEVER),
    "chat:favourite": (NEVER, "in 204 204 204"),  # each has their own
    "chat:context": ("in 200 404 404", NEVER),
    "chat:settings": ("in 200 404 404", "in 204 404 404"),
    "chat:source": ("in 200 404 404", NEVER),
    "chat:send": (NEVER, "in 409 404 404"),  # the thread is generating
    "chat:retry": (NEVER, "in 409 404 404"),
    "chat:regenerate": (NEVER, "in 409 404 404"),
    "chat:edit": (NEVER, "in 403 404 404"),  # an answer is nobody's to change
    "chat:show": (NEVER, "in 409 404 404"),
    "chat:delete-below": (NEVER, "in 409 404 404"),
    "chat:restore-below": (NEVER, "in 409 404 404"),
    "chat:stop": (NEVER, "in 204 404 404"),
    "chat:queue-pause": (NEVER, "in 200 404 404"),
    "chat:queue-resume": (NEVER, "in 200 404 404"),
    "chat:queued-source": ("in 200 404 404", NEVER),
    "chat:queued-remove": (NEVER, "in 200 404 404"),
    "chat:queued-restore": (NEVER, "in 200 404 404"),
    "chat:queued-edit": (NEVER, "in 200 404 404"),
    "chat:queued-move": (NEVER, "in 200 404 404"),
    "chat:rename": (NEVER, "in 204 404 404"),
    "chat:pin": (NEVER, "in 204 404 404"),
    "chat:archive": (NEVER, "in 204 404 404"),
    "chat:mute": (NEVER, "in 204 404 404"),
    "chat:delete": (NEVER, "in 204 404 404"),
    "chat:restore": (NEVER, "in 204 404 404"),
    "files:file": ("in 200 404 404", "in 409 404 404"),  # another file has this id
    "files:again": (NEVER, "in 200 404 404"),
    "files:original": ("in 200 404 404", NEVER),
    "files:preview": ("in 200 404 404", NEVER),
    "gallery:home": (SIGNED_IN, NEVER),
    "gallery:recent": (SIGNED_IN, NEVER),
    "gallery:projects": (SIGNED_IN, NEVER),
    "gallery:new-project": (SIGNED_IN, "in 422 422 422"),  # without a name
    "gallery:project": ("in 200 404 404", NEVER),
    "gallery:edit-project": ("in 200 404 404", "in 422 404 404"),
    "gallery:delete-project": (NEVER, "in -> 404 404"),
    "gallery:restore-project": (NEVER, "in -> 404 404"),
    "gallery:usage": (SIGNED_IN, NEVER),
    "gallery:gallery": (SIGNED_IN, NEVER),
    "gallery:part": (SIGNED_IN, NEVER),
    "gallery:pick": (SIGNED_IN, NEVER),
    "gallery:lightbox": ("in 200 404 404", NEVER),
    "gallery:lightbox-beside": ("in 204 204 204", NEVER),  # from nowhere
    "gallery:batches": (SIGNED_IN, "in 400 400 400"),  # without an id
    "gallery:batch-matching": (SIGNED_IN, NEVER),
    "gallery:batch-between": ("in 400 400 400", NEVER),  # without its ends
    "gallery:batch-undo": (NEVER, "in 409 404 404"),  # a download
    "gallery:batch-stop": (NEVER, "in 200 404 404"),
    "gallery:batch-dismiss": (NEVER, "in 204 404 404"),
    "gallery:batch-download": ("in 200 404 404", NEVER),
    "gallery:trash": (SIGNED_IN, NEVER),
    "gallery:empty-trash": (SIGNED_IN, TO_TRASH),  # without saying what was seen
    "gallery:trash-selected-restore": (NEVER, TO_TRASH),  # nothing
    "gallery:trash-selected-put-back": (NEVER, TO_TRASH),
    "gallery:trash-selected-delete": (NEVER, TO_TRASH),
    "gallery:trash-together": (NEVER, "in -> 404 404"),  # a download
    "gallery:trash-restore": (NEVER, "in -> 404 404"),
    "gallery:trash-put-back": (NEVER, "in -> 404 404"),
    "gallery:trash-delete": ("in 200 404 404", "in -> 404 404"),
    "gallery:create": (SIGNED_IN, "in 400 400 400"),  # without an id
    "imageedit:list": (SIGNED_IN, NEVER),
    "imageedit:start": ("in 200 404 404", "in 400 400 400"),  # without an id
    "imageedit:conversation": ("in 200 404 404", NEVER),
    "imageedit:changes": ("in 200 404 404", NEVER),
    "imageedit:send": (NEVER, "in 400 400 400"),  # without an id
    "imageedit:stop": (NEVER, "in 204 404 404"),
    "imageedit:retry": (NEVER, "in 409 404 404"),  # nothing was asked for
    "imageedit:output-retry": (NEVER, "in 404 404 404"),
    "imageedit:rename": (NEVER, "in 422 422 422"),  # to nothing
    "imageedit:delete": (NEVER, "in 204 404 404"),
    "imageedit:restore": (NEVER, "in 204 404 404"),
    "gallery:post": ("in 200 404 404", NEVER),
    "gallery:changes": ("in 200 404 404", NEVER),
    "gallery:stop": (NEVER, "in 204 404 404"),
    "gallery:retry": (NEVER, "in 409 404 404"),  # all of it is there
    "gallery:refine": (NEVER, "in 422 404 404"),  # asks for nothing
    "gallery:regenerate": (NEVER, "in 422 404 404"),
    "gallery:caption": (NEVER, "in 200 404 404"),
    "gallery:back": (NEVER, "in 200 404 404"),
    "gallery:delete": (NEVER, "in 204 404 404"),
    "gallery:restore": (NEVER, "in 204 404 404"),
    "gallery:download": ("in 200 404 404", NEVER),
    "gallery:image-retry": (NEVER, "in 409 404 404"),
    "gallery:image-select": (NEVER, "in 200 404 404"),
    "gallery:image-delete": (NEVER, "in 200 404 404"),
    "gallery:image-restore": (NEVER, "in 200 404 404"),
    "gallery:image-download": ("in 200 404 404", NEVER),
    "healthz": (PUBLIC, NEVER),
    "readyz": ("503 503 503 503", NEVER),  # no worker in this test
    "metrics": ("404 404 404 200", NEVER),
}
LISTS = {"chat:new", "chat:threads", "chat:archive_page", "chat:search"}  # of no thread
OWN = {  # neither
    "chat:export",
    "chat:imports",
    "chat:import-job",
    "chat:stop-import",
    "chat:models",
    "chat:favourite",
}
IN_TRASH = {"chat:delete", "chat:restore"}  # work there: a repeat of the one, and its undoing
STOPPING = {"chat:stop", "chat:delete"}
CHAT = [name for name in ROUTES if name.startswith("chat:")]
POSTS = [name for name in ROUTES if is_of_post(name)]
READ_ONLY_ADMIN = {
    "generation",
    "generationlock",
    "conversationactivity",
    "refusedsend",
    "counter",
    "blob",
    "queuedmessage",
    "exchange",
    "generatedimage",
    "purgedcalls",
    "emptiedtrash",
    "batch",
    "move",
    "editconversation",
    "turn",
    "output",
    "reference",
}
NEVER_ADDED = READ_ONLY_ADMIN | {"importjob", "file", "post"}  # that is not made by hand


def make_one_of_each(owner: User) -> Generation:
    """What the routes ask for: a thread that is generating, a queued message, an import, and a
    thread in the trash."""
    running = make_running(owner)
    Generation.objects.update(lease_until="2100-01-01T00:00:00Z")  # however slow the machine is
    make_queued(running)
    ImportJob.objects.create(owner=owner, name="chats.json", size=2)
    blob = Blob.objects.create(
        sha256="0" * 64, size=2, media_type="image/png", state="ready", width=1, height=1
    )
    blob.renditions.create(name="320.webp", media_type="image/webp", size=2)
    file = File.objects.create(owner=owner, blob=blob, name="clay.png")
    for path in (blob.path, blob.renditions.get().path):
        default_storage.save(path, ContentFile(b"xx"))
    Project.objects.create(owner=owner, name="Spring collection")
    post = make_post(owner, "Secret glaze", images=0)
    image = make_image(post.exchanges.get(), file=file, is_selected=True)
    EditConversation.objects.create(owner=owner, source=image, title="Secret wall")
    Thread.objects.create(owner=owner, title=TRASHED, deleted_at=timezone.now())
    Batch.objects.create(owner=owner, kind="download", state="completed")
    return running


@pytest.fixture
def running(owner: User) -> Generation:
    return make_one_of_each(owner)


@pytest.fixture
def browsers(owner: User, stranger: User, staff: User) -> dict[str, Client]:
    clients = {name: Client(raise_request_exception=False) for name in PEOPLE}
    for name, user in (("owner", owner), ("stranger", stranger), ("staff", staff)):
        clients[name].force_login(user)
    return clients


def url_of(name: str, running: Generation) -> str:
    pattern = next(pattern for _, known, pattern in all_routes() if known == name)
    values = {
        "thread_id": running.thread_id,
        "message_id": running.message_id,
        "queued_id": QueuedMessage.objects.get().pk,
        "model_id": running.model_id,
        "job_id": ImportJob.objects.get().pk,
        "file_id": File.objects.get().pk,
        "project_id": Project.objects.get().pk,
        "post_id": Post.objects.get().pk,
        "image_id": GeneratedImage.objects.get().pk,
        "batch_id": Batch.objects.get().pk,
        "conversation_id": EditConversation.objects.get().pk,
        "output_id": uuid.UUID(int=1),
        "kind": "thread",
        "item_id": Thread.objects.get(title=TRASHED).pk,
        "number": 1,
        "edge": 320,
        "ending": "webp",
        "key": "no-such-key",
        "uidb36": "1",
    }
    wanted = {key: value for key, value in values.items() if re.search(rf"[<:]{key}>", pattern)}
    return reverse(name, kwargs=wanted)


def chat_fields() -> dict[str, str]:
    """What the chat's routes take, all together."""
    return {"text": "Hi", "client_id": str(uuid.uuid4()), "title": "Hi", "on": "true"}


def outcome(response: HttpResponse) -> str:
    if response.status_code != 302:
        return str(response.status_code)
    return "in" if response.headers["Location"].startswith("/accounts/login/") else "->"


def test_every_route_is_listed() -> None:
    for namespace, name, pattern in all_routes():
        known = name in ROUTES or namespace.split(":")[0] == "admin"
        assert known, f"{name or pattern} is open to nobody knows whom: list it in ROUTES"
    assert {name for _, name, _ in all_routes()} >= set(ROUTES)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back: each route meets the same rows."""
    mark = transaction.savepoint()
    yield
    transaction.savepoint_rollback(mark)


@pytest.mark.django_db
def test_reading_each_route(
    running: Generation, browsers: dict[str, Client], settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    answers = {}
    for name in ROUTES:
        query = {"revision": 1} if name == "chat:window" else {}
        with undone():
            url = url_of(name, running)
            answers[name] = " ".join(outcome(browsers[one].get(url, query)) for one in PEOPLE)

    assert answers == {name: reading for name, (reading, _) in ROUTES.items()}


@pytest.mark.django_db
def test_posting_to_each_route(
    running: Generation, browsers: dict[str, Client], settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    answers = {name: [] for name in ROUTES}
    for name, column in answers.items():
        chat = name.startswith("chat:")
        fields = chat_fields() if chat or is_of_post(name) else {}
        script = {"Accept": "application/json" if chat else "text/html"}
        for person in PEOPLE:
            with undone():
                client, url = browsers[person], url_of(name, running)
                cookies = deepcopy(client.cookies)
                column.append(outcome(client.post(url, fields, headers=script)))
                client.cookies = cookies  # signing out loses them
                stopped = Generation.objects.get().state != State.RUNNING
                assert stopped == (name in STOPPING and person == "owner"), (name, person)

    expected = {name: posting for name, (_, posting) in ROUTES.items()}
    assert {name: " ".join(column) for name, column in answers.items()} == expected


@pytest.mark.django_db
def test_other_methods_are_not_allowed(running: Generation, browsers: dict[str, Client]) -> None:
    for name in CHAT:
        for method in ("put", "patch", "delete", "trace"):
            for person in PEOPLE:
                response = getattr(browsers[person], method)(url_of(name, running))
                assert response.status_code == 405, (name, method, person)


@pytest.mark.django_db
def test_a_thread_in_the_trash_is_not_found_by_its_owner(
    running: Generation, browsers: dict[str, Client]
) -> None:
    Thread.objects.update(deleted_at=timezone.now())
    fields = chat_fields()
    for name in set(CHAT) - LISTS - OWN - IN_TRASH:
        url, client = url_of(name, running), browsers["owner"]
        posts = ROUTES[name][0] == NEVER

        response = client.post(url, fields) if posts else client.get(url, {"before": uuid.uuid4()})

        assert response.status_code == 404, name


@pytest.mark.django_db
def test_a_message_is_found_only_through_its_own_thread(
    owner: User, running: Generation, browsers: dict[str, Client]
) -> None:
    other = make_running(owner)

    for name, method in (
        ("chat:source", "get"),
        ("chat:retry", "post"),
        ("chat:regenerate", "post"),
    ):
        url = reverse(name, args=[other.thread_id, running.message_id])
        response = getattr(browsers["owner"], method)(url, {"client_id": str(uuid.uuid4())})
        assert response.status_code == 404, name


@pytest.mark.django_db
def test_a_post_in_the_trash_is_not_found_by_its_owner(
    running: Generation, browsers: dict[str, Client]
) -> None:
    Post.objects.update(deleted_at=timezone.now())
    back = {"gallery:restore", "gallery:image-restore"}
    for name in set(POSTS) - back - {"gallery:delete"}:
        url, client = url_of(name, running), browsers["owner"]
        posts = ROUTES[name][0] == NEVER

        response = client.post(url, chat_fields()) if posts else client.get(url)

        assert response.status_code == 404, name


@pytest.mark.django_db
def test_an_image_is_found_only_through_its_own_post(
    owner: User, running: Generation, browsers: dict[str, Client]
) -> None:
    own = GeneratedImage.objects.get()
    other = make_post(owner, images=0)

    for name in POSTS:
        if name.startswith("gallery:image-"):
            url = reverse(name, args=[other.pk, own.pk])
            reads = ROUTES[name][1] == NEVER
            client = browsers["owner"]
            response = client.get(url) if reads else client.post(url, chat_fields())
            assert response.status_code == 404, name


@pytest.mark.django_db
def test_a_strangers_sidebar_shows_none_of_it(owner: User, browsers: dict[str, Client]) -> None:
    make_running(owner, text="Secret glaze")

    for person in ("stranger", "staff"):
        for path in (
            "/chat/", "/chat/threads/", "/chat/archive/", "/chat/search/?q=secret", "/",
            "/gallery/", "/gallery/part/", "/gallery/pick/", "/gallery/trash/", "/posts/recent/",
            "/gallery/view/",
        ):  # fmt: skip
            assert "Secret" not in browsers[person].get(path).content.decode()


@pytest.mark.django_db
def test_pages_come_only_by_names_that_are_known(browsers: dict[str, Client]) -> None:
    response = browsers["owner"].get("/chat/", headers={"Host": "evil.test"})

    assert response.status_code == 400


@pytest.mark.django_db
def test_metrics_are_open_to_who_holds_the_token(settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret"
    answers = [
        Client().get("/metrics", headers={"Authorization": value}).status_code
        for value in ("Bearer s3cret", "Bearer wrong", "Bearer ", "")
    ]

    assert answers == [200, 404, 404, 404]


# --- The admin, by rule -------------------------------------------------------------------------


def admin_urls() -> list[str]:
    names = [name for space, name, _ in all_routes() if space.startswith("admin") and name]
    urls = []
    for name in names:
        for args in ([], ["auth"], [str(uuid.uuid4())], ["1", "1"]):
            try:
                urls.append(reverse(name, args=args))
            except NoReverseMatch:  # it takes other arguments
                continue
            break
    return urls


@pytest.mark.django_db
def test_the_admin_is_closed_to_all_but_staff(browsers: dict[str, Client]) -> None:
    urls = admin_urls()
    assert len(urls) > 60
    for url in urls:
        assert outcome(browsers["anonymous"].get(url)) in {"in", "->"}, url
        for person in ("owner", "stranger"):
            answer = browsers[person].get(url, follow=True)
            landed = answer.redirect_chain[-1][0] if answer.redirect_chain else ""
            closed = answer.status_code == 403 or landed.startswith("/accounts/login/")
            assert closed or url == "/admin/logout/", (person, url, answer.status_code)


@pytest.mark.django_db
def test_the_admin_has_no_door_of_its_own() -> None:
    response = Client().get("/admin/login/", {"next": "/admin/"})

    assert outcome(response) == "in"
    posted = Client().post("/admin/login/", {"username": "staff@example.com", "password": "x"})
    assert outcome(posted) == "in"


@pytest.mark.django_db
def test_staff_without_permissions_see_no_rows(owner: User, browsers: dict[str, Client]) -> None:
    User.objects.filter(pk=owner.pk).update(is_staff=True)

    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert browsers["owner"].get(url).status_code == 403


@pytest.mark.django_db
def test_staff_open_every_list_and_form_of_the_admin(
    running: Generation, browsers: dict[str, Client]
) -> None:
    Group.objects.create(name="Potters")
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert browsers["staff"].get(reverse(f"{base}_changelist")).status_code == 200, base
        read_only = model._meta.model_name in READ_ONLY_ADMIN
        added = browsers["staff"].get(reverse(f"{base}_add")).status_code
        assert added == (403 if model._meta.model_name in NEVER_ADDED else 200), base
        if row := model._default_manager.first():
            shown = browsers["staff"].get(reverse(f"{base}_change", args=[row.pk]))
            assert shown.status_code == 200, base
            if read_only:
                url = reverse(f"{base}_delete", args=[row.pk])
                assert browsers["staff"].post(url, {"post": "yes"}).status_code == 403, base


# --- The live channel ---------------------------------------------------------------------------

# What the owner and everybody else hear after saying it about the owner's thread.
ACTIONS = {
    "open": ("thread", "gone"),
    "close": ("", ""),
    "ack": ("", ""),
    "seen": ("row threads", ""),  # the row, or all of them where others changed too
    "sync": ("threads", "threads"),
    "ping": ("pong", "pong"),
}
sync = sync_to_async(thread_sensitive=True)


def test_every_action_of_the_live_channel_is_listed() -> None:
    assert set(LiveConsumer._ACTIONS) == set(ACTIONS), "list the new action in ACTIONS"


def test_there_is_one_websocket_route() -> None:
    inner = application.application_mapping["websocket"]
    while not hasattr(inner, "routes"):
        inner = inner.inner

    assert [str(route.pattern) for route in inner.routes] == ["ws/", ""]  # the last one refuses


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_hub")
async def test_another_websocket_address_is_refused() -> None:
    socket = Socket(path="/other/")

    assert not await socket.connect()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean_hub")
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_of_the_live_channel(
    action: str, person: str, owner: User, stranger: User, staff: User
) -> None:
    running = await sync(make_running)(owner, text="Secret glaze")
    await sync(Thread.objects.update)(unread=True)
    message = {
        "type": action,
        "kind": "thread",
        "id": str(running.thread_id),
        "revision": 99 if action == "seen" else 0,
        "frames": 0,
    }
    if person == "anonymous":
        socket = Socket()
        assert await socket.connect()
        await socket.say(message)
        assert await socket.closed() == SIGNED_OUT
    else:
        user = {"owner": owner, "stranger": stranger, "staff": staff}[person]
        expected = ACTIONS[action][0 if person == "owner" else 1]
        async with socket_of(user) as socket:
            await socket.say(message)
            if expected:
                frame = await socket.hear_type(*expected.split())
                assert person == "owner" or "Secret" not in str(frame)
            else:
                assert await socket.silent()
    seen = action == "seen" and person == "owner"
    assert (await sync(Thread.objects.get)()).unread is not seen
    assert (await sync(Message.objects.count)()) == 2
