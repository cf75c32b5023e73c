"""Finding chats by their titles and their messages' words."""

import json
import random
import string
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat import palette as palettes
from chat import search
from chat.excerpts import pieces
from chat.models import Message, Role, Thread
from chat.palette import Palette, palette
from tests.factories import send

pytestmark = pytest.mark.django_db


def make(owner: User, *texts: str, title: str = "", **fields: Any) -> Thread:
    """A thread of these messages, older than those made before."""
    at = timezone.now() - timedelta(hours=Thread.objects.count())
    thread = Thread.objects.create(owner=owner, title=title, last_activity_at=at, **fields)
    for number, text in enumerate(texts, 1):
        Message.objects.create(thread=thread, role=Role.USER, content=text, revision=number)
    return thread


def found(user: User, text: str) -> list[Thread]:
    rows = search.messages(user, search.parse(text), limit=50)
    return [Thread.objects.get(pk=row.thread_id) for row in rows]


def marked(parts: Any) -> str:
    return "".join(f"[{part}]" if is_match else part for part, is_match in parts)


def excerpt(user: User, text: str) -> str:
    group = dict(palette(user, text).groups)["Messages"]
    return marked(group[0].excerpt)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("The kilns were firing", "kiln"),
        ("The kilns were firing", "kiln fired"),  # English forms
        ("As queimas dos fornos", "queima forno"),  # Portuguese forms
        ("Ações de manutenção", "acoes manutencao"),  # without accents
        ("Acoes de manutencao", "ações"),
        ("earthenware", "earth"),  # the beginning of the last word
        ("call cost_per_piece(38)", "per piece"),
        ("see https://example.com/docs/glaze-notes?x=1", "glaze"),
        ("write to ana@example.com", "ana exam"),
        ("<p>Bowl</p>", "bowl"),
        ("KILN", "kiln"),
        ("at 38 m³", "38"),
        ("o'brien's", "brien"),
    ],
)
def test_words_find_their_message(written: str, wanted: str, owner: User) -> None:
    thread = make(owner, "Something else", written)
    make(owner, "Nothing of it")

    assert found(owner, wanted) == [thread]


@pytest.mark.parametrize("wanted", ["kiln bowl", "arthenware", "", "  ", "!!", "&|:*()'\\", "é"])
def test_other_words_find_nothing(wanted: str, owner: User) -> None:
    make(owner, "The kilns were firing earthenware")

    assert found(owner, wanted) == [] if wanted.strip() else True
    assert palette(owner, wanted).note == ""


def test_a_short_beginning_is_a_word_of_its_own(owner: User) -> None:
    make(owner, "clay and water")
    thread = make(owner, "cl is chlorine")

    assert found(owner, "cl") == [thread]


def test_a_finished_word_is_no_beginning(owner: User) -> None:
    make(owner, "glazery")

    assert found(owner, "glaz ") == []


def test_only_what_a_person_may_see_is_found(owner: User, stranger: User) -> None:
    make(stranger, "secret clay", title="Secret clay")
    make(owner, "deleted clay", title="Deleted clay", deleted_at=timezone.now())
    mine = make(owner, "my clay", title="Archived clay", archived_at=timezone.now())
    Message.objects.create(
        thread=make(owner), role=Role.USER, content="clay branch", deleted_at=timezone.now()
    )

    assert found(owner, "clay") == [mine]
    options = [option for _label, group in palette(owner, "clay").groups for option in group]
    assert [option.thread for option in options] == [mine, mine]


def test_the_newest_threads_come_first_each_with_its_newest_match(owner: User) -> None:
    first = make(owner, "clay one", "clay two", "nothing")
    second = make(owner, "clay three")

    assert found(owner, "clay") == [first, second]
    assert excerpt(owner, "clay") == "[clay] two"


@pytest.mark.parametrize("cap", [0, 3, 20_000])
@pytest.mark.parametrize("newest", [0, 2, 30])
def test_every_way_of_searching_finds_the_same(
    cap: int, newest: int, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = [make(owner, "clay", "more clay") for _ in range(6)]
    monkeypatch.setattr(search, "CAP", cap)
    monkeypatch.setattr(search, "NEWEST", newest)

    assert found(owner, "clay") == threads
    below = search.messages(owner, search.parse("clay"), limit=2)[-1].position
    rest = search.messages(owner, search.parse("clay"), limit=50, below=below)
    assert [row.thread_id for row in rest] == [thread.pk for thread in threads[2:]]


def test_a_rare_word_is_found_by_the_index(owner: User) -> None:
    make(owner, "clay")
    statement, values = search._Search(owner, search.parse("kiln"), 20, None).by_index()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "chat_message_search" in plan
    assert "Seq Scan on chat_message" not in plan


def test_titles_are_found_by_their_index(owner: User) -> None:
    matching = Thread.objects.filter(search="kiln")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "chat_thread_search" in matching.explain()


def test_the_indexes_have_no_pending_list() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relname = ANY(%s) ORDER BY relname",
            [["chat_message_search", "chat_thread_search"]],
        )
        rows = cursor.fetchall()

    assert rows == [
        ("chat_message_search", ["fastupdate=off"]),
        ("chat_thread_search", ["fastupdate=off"]),
    ]


def test_a_search_that_takes_too_long_says_so(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make(owner, "clay", title="Clay")
    monkeypatch.setattr(search, "SECONDS", 0.05)
    monkeypatch.setattr(search, "MATCH", "pg_sleep(1)::text::tsquery")

    shown = palette(owner, "clay")

    assert "took too long" in shown.note
    assert [label for label, _options in shown.groups] == ["Chats"]


def test_a_long_message_of_nothing_but_different_words_is_kept(owner: User) -> None:
    dice = random.Random(3)
    letters = [chr(code) for code in range(0x10400, 0x10428)] + list(string.ascii_letters)
    worst = " ".join("".join(dice.choices(letters, k=2)) for _ in range(66_000))

    generation = send(owner, f"needle {worst}"[:200_000]).generation

    assert Message.objects.get(children=generation.message).content.startswith("needle")
    assert found(owner, "needle")


@pytest.mark.parametrize(
    ("written", "wanted", "shown"),
    [
        ("Ações: **já**", "acoes", "[Ações]: **já**"),
        ("run cost_per_piece(38)", "per", "run cost_[per]_piece(38)"),
        ("They were firing it", "fired", "They were [firing] it"),
        ("<script>alert(1)</script> clay", "clay", "<script>alert(1)</script> [clay]"),
        ("a&amp;b &lt;clay&gt;", "clay", "a&amp;b &lt;[clay]&gt;"),
    ],
)
def test_an_excerpt_is_as_it_was_written(
    written: str, wanted: str, shown: str, owner: User
) -> None:
    make(owner, written)

    assert excerpt(owner, wanted) == shown


def test_an_excerpt_of_a_long_text_is_about_the_match(owner: User) -> None:
    make(owner, "filler words " * 2_000 + "the needle is here " + "filler words " * 2_000)

    shown = excerpt(owner, "needle")

    assert "[needle]" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 300


def test_marks_are_moved_over_to_the_text_as_written() -> None:
    assert pieces("\x02acao\x03 x", "ação x", before=False, after=True) == [
        ("ação", True), (" x", False), ("…", False),
    ]  # fmt: skip
    assert pieces("\x02acao\x03", "", before=False, after=False) == [("acao", True)]


# --- What the dialog gets -------------------------------------------------------------------------


def headings(shown: Palette) -> list[str]:
    return [label for label, _options in shown.groups]


def test_titles_come_before_messages(owner: User) -> None:
    ash = make(owner, "about glaze", title="Ash")
    make(owner, "nothing", title="Glaze notes")

    shown = palette(owner, "gla")

    assert headings(shown) == ["Chats", "Messages"]
    (named,), (said,) = (options for _label, options in shown.groups)
    assert marked(named.title) == "[Glaze] notes"
    assert said.url == f"/chat/{ash.pk}/#message-{ash.messages.get().pk}"


def test_one_letter_finds_titles(owner: User) -> None:
    make(owner, "x", title="Zinc")

    assert headings(palette(owner, "z")) == ["Chats"]


def test_nothing_typed_shows_the_newest_chats_and_pages(owner: User, stranger: User) -> None:
    make(owner, title="One")
    make(stranger, title="Secret")

    shown = palette(owner, " ")

    assert headings(shown) == ["Recent chats", "Go to"]
    assert [marked(option.title) for option in shown.groups[0][1]] == ["One"]


def test_further_messages_follow_page_by_page(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palettes, "PAGE", 3)
    threads = [make(owner, "clay") for _ in range(7)]
    client = Client()
    client.force_login(owner)

    seen: list[str] = []
    url = "/chat/search/?q=clay"
    while url:
        html = client.get(url).content.decode()
        seen += [str(t.pk) for t in threads if f"/chat/{t.pk}/" in html]
        url = html.split('data-palette-more="')[1].split('"')[0].replace("&amp;", "&") if (
            "data-palette-more" in html
        ) else ""  # fmt: skip

    assert seen == [str(thread.pk) for thread in threads]


def test_what_is_found_is_text_on_the_page(owner: User) -> None:
    make(owner, "<img src=x onerror=alert(1)> clay", title="<b>clay</b>")
    client = Client()
    client.force_login(owner)

    html = client.get("/chat/search/", {"q": "clay"}).content.decode()

    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;<mark>clay</mark>&lt;/b&gt;" in html


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "a" * 5_000, "'; --", "%s %(x)s", "\\", "(", ":*"]
)
def test_any_text_is_answered(text: str, owner: User) -> None:
    client = Client()
    client.force_login(owner)

    assert client.get(f"/chat/search/?q={json.dumps(text)}").status_code == 200
    assert palette(owner, text).note == ""


def test_the_search_vector_is_not_read_with_rows(owner: User) -> None:
    make(owner, "clay")

    assert "search" not in vars(Thread.objects.get())
    assert "search" not in vars(Message.objects.get())
