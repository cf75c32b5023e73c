"""What the live channel refuses, from whom it closes, and that nothing said on it breaks it."""

import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from activity import events
from activity.consumers import MAX_FRAME, SIGNED_OUT, TOO_LARGE, TOO_MANY
from activity.live import limits
from activity.live.hub import Hub
from chat.models import Thread
from tests.activity.socket import Closed, Socket, cookie_of, open_thread, socket_of
from tests.factories import PASSWORD, make_generation, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clean_hub"),
]

sync = sync_to_async(thread_sensitive=True)


# --- Where a page comes from --------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.test",
        "http://testserver.evil.test",
        "http://eviltestserver",
        "http://testserver:8001",
        "http://testserver@evil.test",
        "http://[",
        "//",
        "testserver",
    ],
)
async def test_a_handshake_from_elsewhere_is_refused(owner: User, origin: str | None) -> None:
    socket = Socket(await sync(cookie_of)(owner), origin=origin)

    assert not await socket.connect()


async def test_a_handshake_without_a_host_is_refused(owner: User) -> None:
    assert not await Socket(await sync(cookie_of)(owner), origin="", host="").connect()


@pytest.mark.parametrize("origin", ["http://testserver", "https://testserver", "HTTP://TestServer"])
async def test_a_handshake_from_our_own_pages_is_accepted(owner: User, origin: str) -> None:
    socket = Socket(await sync(cookie_of)(owner), origin=origin)

    assert await socket.connect()
    await socket.leave()


async def test_a_trusted_origin_is_accepted(owner: User, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://studio.example", "https://*.clay.example"]
    cookie = await sync(cookie_of)(owner)

    for origin in ("https://studio.example", "https://two.clay.example"):
        socket = Socket(cookie, origin=origin)
        assert await socket.connect(), origin
        await socket.leave()
    for origin in ("http://studio.example", "https://clay.example.evil.test"):
        assert not await Socket(cookie, origin=origin).connect(), origin


# --- Who may have one ---------------------------------------------------------------------------


async def test_who_is_not_signed_in_is_told_so() -> None:
    socket = Socket()

    assert await socket.connect()
    assert await socket.closed() == SIGNED_OUT


@pytest.mark.parametrize("cookie", ["sessionid=forged", "sessionid=", "sessionid=\0", "x=y"])
async def test_a_forged_session_is_not_signed_in(cookie: str) -> None:
    socket = Socket(cookie)

    assert await socket.connect()
    assert await socket.closed() == SIGNED_OUT


async def test_what_an_anonymous_socket_says_is_not_heard(owner: User) -> None:
    thread_id = (await sync(make_generation)(owner)).thread_id
    socket = Socket(cookie_of(AnonymousUser()))
    await socket.connect()
    await socket.say({"type": "open", "kind": "thread", "id": str(thread_id), "revision": 0})

    with pytest.raises(Closed):
        await socket.hear()
    assert await socket.silent()


async def test_too_many_sockets_of_one_person_are_refused(
    owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_SOCKETS", 2)
    cookie = await sync(cookie_of)(owner)
    first, second, third = (Socket(cookie) for _ in range(3))
    for socket in (first, second, third):
        assert await socket.connect()

    assert await third.closed() == TOO_MANY
    async with socket_of(stranger):
        pass  # others are not counted with them
    await first.leave()
    again = Socket(cookie)
    assert await again.connect()
    assert await again.hear() == {"type": "hello"}
    for socket in (second, third, again):
        await socket.leave()
    assert not limits._held


# --- The end of a session -----------------------------------------------------------------------


async def test_signing_out_closes_the_sockets_of_that_session_only(owner: User) -> None:
    client = Client()
    await sync(client.force_login)(owner)
    here = Socket(f"sessionid={client.cookies['sessionid'].value}")
    assert await here.connect()
    async with socket_of(owner) as elsewhere:
        response = await sync(client.post)("/accounts/logout/")

        assert response.status_code == 302
        assert await here.closed() == SIGNED_OUT
        assert await elsewhere.silent()
        await elsewhere.say({"type": "ping"})
        assert await elsewhere.hear() == {"type": "pong"}


async def test_a_new_password_ends_the_other_sessions(owner: User) -> None:
    client = Client()
    await sync(client.force_login)(owner)
    async with socket_of(owner) as elsewhere:
        await sync(client.post)(
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": "a kiln at 1,280 degrees"},
        )
        assert await sync(owner.check_password)(PASSWORD)  # the row was changed, not this object

        assert await elsewhere.closed() == SIGNED_OUT
    assert (await sync(client.get)("/chat/")).status_code == 200


async def test_a_closed_account_loses_its_sockets(owner: User, staff: User) -> None:
    async with socket_of(owner) as socket, socket_of(staff) as bystander:
        owner.is_active = False
        await sync(owner.save)()

        assert await socket.closed() == SIGNED_OUT
        assert await bystander.silent()


async def test_a_deleted_account_loses_its_sockets(owner: User) -> None:
    async with socket_of(owner) as socket:
        await sync(owner.delete)()

        assert await socket.closed() == SIGNED_OUT


async def test_a_session_that_staff_delete_loses_its_sockets(owner: User) -> None:
    async with socket_of(owner) as socket:
        await sync(Session.objects.all().delete)()

        assert await socket.closed() == SIGNED_OUT


async def test_other_changes_of_an_account_close_nothing(owner: User) -> None:
    async with socket_of(owner) as socket:
        owner.name = "Ana"
        await sync(owner.save)()

        assert await socket.silent()


async def test_a_session_that_ended_while_its_socket_connected_is_noticed(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end was announced before the socket could hear of it."""
    join = Hub.join

    async def end_and_join(self: Hub, channel: str, listener: Any) -> None:
        await sync(Session.objects.all().delete)()
        await join(self, channel, listener)

    monkeypatch.setattr(Hub, "join", end_and_join)
    socket = Socket(await sync(cookie_of)(owner))
    await socket.connect()

    assert await socket.closed() == SIGNED_OUT
    await socket.leave()


# --- What is said -------------------------------------------------------------------------------

MALFORMED = [
    "{",
    "null",
    "true",
    "1",
    '"text"',
    "[]",
    '[{"type": "open"}]',
    "{}",
    '{"type": null}',
    '{"type": []}',
    '{"type": {}}',
    '{"type": 1}',
    '{"type": "nonsense"}',
    '{"type": "__class__"}',
    '{"type": "\\ud800"}',
    '{"type": "open"}',
    "[" * 30_000,
    '{"a":' * 10_000,
    "1" * 10_000,
    "\0",
    "\ufeff{}",
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: text[:20])
async def test_a_malformed_frame_is_refused_and_the_socket_lives(owner: User, text: str) -> None:
    async with socket_of(owner) as socket:
        await socket.say_text(text)

        assert await socket.hear() == {"type": "refused", "reason": "malformed"}
        await socket.say({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}


ID = str(uuid.UUID(int=1))
MALFORMED_OPENS = [
    {"kind": "poem", "id": ID, "revision": 0},
    {"kind": None, "id": ID, "revision": 0},
    {"kind": ["thread"], "id": ID, "revision": 0},
    {"kind": "thread", "id": "nonsense", "revision": 0},
    {"kind": "thread", "id": "", "revision": 0},
    {"kind": "thread", "id": 5, "revision": 0},
    {"kind": "thread", "id": None, "revision": 0},
    {"kind": "thread", "id": [ID], "revision": 0},
    {"kind": "thread", "id": {"a": ID}, "revision": 0},
    {"kind": "thread", "id": "\0", "revision": 0},
    {"kind": "thread", "id": ID, "revision": "twelve"},
    {"kind": "thread", "id": ID, "revision": None},
    {"kind": "thread", "id": ID, "revision": []},
    {"kind": "thread", "id": ID, "revision": {}},
    {"kind": "thread", "id": ID, "revision": float("nan")},
    {"kind": "thread", "id": ID, "revision": float("inf")},
    {"kind": "thread", "id": ID},
    {"kind": "thread", "revision": 0},
]


@pytest.mark.parametrize("fields", MALFORMED_OPENS, ids=str)
@pytest.mark.parametrize("action", ["open", "seen"])
async def test_a_malformed_subject_is_refused(
    owner: User, action: str, fields: dict[str, Any]
) -> None:
    async with socket_of(owner) as socket:
        await socket.say({"type": action, **fields})

        assert await socket.hear() == {"type": "refused", "reason": "malformed"}
        await socket.say({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}


@pytest.mark.parametrize("count", [None, "x", [], {}, float("inf"), float("nan"), "missing"])
async def test_a_malformed_acknowledgement_is_refused(owner: User, count: Any) -> None:
    async with socket_of(owner) as socket:
        await socket.say({"type": "ack"} | ({} if count == "missing" else {"frames": count}))

        assert await socket.hear() == {"type": "refused", "reason": "malformed"}


@pytest.mark.parametrize("count", [-1, 0, 10**30, "7", 1.5, True])
async def test_any_number_of_acknowledged_frames_is_taken(owner: User, count: Any) -> None:
    async with socket_of(owner) as socket:
        await socket.say({"type": "ack", "frames": count})
        await socket.say({"type": "ping"})

        assert await socket.hear() == {"type": "pong"}


@pytest.mark.parametrize("revision", [-1, -(10**30), 10**30, "0", 0.9, True, 7])
async def test_a_page_with_an_impossible_revision_is_brought_up_to_date(
    owner: User, revision: Any
) -> None:
    generation = await sync(make_generation)(owner, text="What is clay?")
    async with socket_of(owner) as socket:
        frame = await open_thread(socket, generation.thread_id, revision)

        assert frame["revision"] == 1
        assert frame["busy"]
        if revision is not True:  # 1: the page has it all
            assert "What is clay?" in frame["content"]


async def test_a_binary_frame_is_refused(owner: User) -> None:
    async with socket_of(owner) as socket:
        await socket.wire.send_to(bytes_data=b'{"type": "ping"}')

        assert await socket.hear() == {"type": "refused", "reason": "malformed"}


@pytest.mark.parametrize("size", [MAX_FRAME + 1, 2_000_000])
async def test_a_frame_that_is_too_large_ends_the_socket(owner: User, size: int) -> None:
    async with socket_of(owner) as socket:
        await socket.say_text(json.dumps("a" * size))

        assert await socket.closed() == TOO_LARGE


async def test_a_flood_of_frames_ends_the_socket_once(owner: User) -> None:
    async with socket_of(owner) as socket:
        for _ in range(int(limits.BURST) * 3):
            await socket.say({"type": "ping"})

        assert await socket.closed() == TOO_MANY
        assert await socket.silent()


async def test_a_page_that_talks_at_a_normal_pace_is_never_refused(owner: User) -> None:
    async with socket_of(owner) as socket:
        for _ in range(int(limits.BURST) - 1):
            await socket.say({"type": "ping"})
            assert await socket.hear() == {"type": "pong"}


# --- Whose threads ------------------------------------------------------------------------------


@pytest.mark.parametrize("trashed", [False, True])
async def test_a_thread_that_one_may_not_see_is_gone(
    owner: User, stranger: User, trashed: bool
) -> None:
    generation = await sync(make_generation)(owner, text="Secret glaze")
    if trashed:
        await sync(Thread.objects.update)(deleted_at="2026-01-01T00:00:00Z")
    async with socket_of(owner if trashed else stranger) as socket:
        await socket.say(
            {"type": "open", "kind": "thread", "id": str(generation.thread_id), "revision": 0}
        )

        frame = await socket.hear()
        assert frame == {"type": "gone", "id": str(generation.thread_id)}
        await socket.say({"type": "sync"})
        assert "Secret" not in (await socket.hear_type("threads"))["content"]


async def test_a_stranger_cannot_mark_a_thread_as_seen(owner: User, stranger: User) -> None:
    thread = await sync(Thread.objects.create)(owner=owner, unread=True)
    async with socket_of(stranger) as socket:
        await socket.say({"type": "seen", "kind": "thread", "id": str(thread.pk), "revision": 9})
        await socket.say({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}

    await sync(thread.refresh_from_db)()
    assert thread.unread


async def test_a_stranger_who_knows_the_id_hears_nothing_of_a_thread(owner: User) -> None:
    thief = await sync(make_user)("thief@example.com")
    thread = await sync(Thread.objects.create)(owner=owner)
    async with socket_of(thief) as socket:
        await socket.say({"type": "open", "kind": "thread", "id": str(thread.pk), "revision": 0})
        assert (await socket.hear())["type"] == "gone"
        await sync(make_generation)(owner, thread_id=thread.pk)

        assert await socket.silent()


async def test_losing_a_thread_while_it_is_open_ends_its_frames(owner: User) -> None:
    generation = await sync(make_generation)(owner)
    async with socket_of(owner) as socket:
        await open_thread(socket, generation.thread_id)
        await sync(Thread.objects.update)(deleted_at="2026-01-01T00:00:00Z")
        event = events.conversation_changed("thread", generation.thread_id, revision=2)
        await sync(events.publish)([event])

        assert (await socket.hear_type("gone"))["id"] == str(generation.thread_id)
