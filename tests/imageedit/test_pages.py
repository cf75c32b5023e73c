"""The pages of edit conversations, and what is done from them."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from gallery import editing
from gallery.images import GeneratedImage
from gallery.models import Post
from gallery.services import refine
from gallery.trash import kinds, listing, purging
from gallery.usage.months import month_of
from gallery.usage.reading import rows
from imageedit import listing as listing_of
from imageedit import services
from imageedit.live import LiveEdit
from imageedit.models import EditConversation, Output
from providers.base import Endpoint, ImageRequest, ImageResult, RefusedContent, Usage
from tests.contracts.html import parse
from tests.gallery.posts import make_image_models
from tests.imageedit.edits import (
    TEXT,
    last_turn,
    make_conversation,
    make_finished_edit,
    make_source,
    outputs_of,
    run_all,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True)
HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}


def url_of(conversation: EditConversation, tail: str = "") -> str:
    return f"/posts/edit/{conversation.pk}/{tail}"


def inputs(page: str, name: str) -> list[dict[str, str | None]]:
    """Their attributes."""
    found = [one.attributes for one in parse(page).walk() if one.tag == "input"]
    return [one for one in found if one.get("name") == name]


def test_a_form_without_scripts_begins_a_conversation(owner: User, browser: Client) -> None:
    source = make_source(owner)
    start = f"/posts/images/{source.pk}/edit/"
    page = browser.get(start).content.decode()
    assert "What would you like to change?" in page
    (checked,) = [box for box in inputs(page, "models") if "checked" in box]
    assert checked["value"] == str(source.model_id)
    conversation_id = uuid.uuid4()
    form = {"id": conversation_id, "models": source.model_id}

    wrong = browser.post(start, form | {"text": " "}, headers=HTML)
    assert wrong.status_code == 422
    assert "Write what should change." in wrong.content.decode()
    answer = browser.post(start, form | {"text": TEXT}, headers=HTML)

    assert answer.status_code == 302
    assert answer["Location"] == f"/posts/edit/{conversation_id}/"
    assert TEXT in browser.get(answer["Location"]).content.decode()


def test_what_was_made_last_goes_along_with_the_next_turn(owner: User, browser: Client) -> None:
    conversation = make_finished_edit(owner)
    files = [str(one.image.file_id) for one in outputs_of(conversation) if one.image]

    page = browser.get(url_of(conversation)).content.decode()

    boxes = inputs(page, "files")
    assert len(boxes) == 3
    assert [box["value"] for box in boxes if "checked" in box] == files
    models = inputs(page, "models")
    assert sum("checked" in box for box in models) == 2

    answer = browser.post(
        url_of(conversation, "turns/"),
        {
            "client_id": uuid.uuid4(),
            "text": "Softer",
            "models": [box["value"] for box in models if "checked" in box],
            "files": files[:1],
        },
        headers=JSON,
    )
    assert answer.status_code == 201
    assert [str(one.file_id) for one in last_turn(conversation).references.all()] == files[:1]


def test_a_page_that_is_behind_gets_what_it_lacks(owner: User) -> None:
    conversation = make_finished_edit(owner)
    live, seen = LiveEdit(), conversation.revision
    send(owner, conversation)
    found = live.changes_since(user=owner, id=conversation.pk, revision=seen)
    assert found
    assert found.busy
    assert 'hx-target="#turns" hx-swap="beforeend"' in found.content
    assert 'id="turn-1"' not in found.content

    run_all(conversation)
    later = live.changes_since(user=owner, id=conversation.pk, revision=found.revision)

    assert later
    assert not later.busy
    assert 'hx-target="#turn-2" hx-swap="outerMorph"' in later.content
    assert 'hx-swap="beforeend"' not in later.content


def test_what_became_of_an_output_is_said(owner: User, browser: Client, drawn_by: Any) -> None:
    source = make_source(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> None:
        if endpoint.model == "demo-watercolour":
            raise RefusedContent("no")

    drawn_by(draw)
    models = make_image_models("demo-shapes", "demo-dunes", "demo-watercolour")
    conversation = make_finished_edit(owner, source=source, models=models)
    one, other, _lost = outputs_of(conversation)
    assert one.image
    assert other.image
    editing.delete(user=owner, post_id=one.image.post_id)
    Post.objects.filter(pk=other.image.post_id).delete()

    page = browser.get(url_of(conversation)).content.decode()

    assert page.count("In the trash") == 1
    assert page.count("<p>Deleted</p>") == 1
    assert page.count("/retry/") == 1


def test_the_list_names_all_and_finds_some(owner: User, stranger: User, browser: Client) -> None:
    source = make_source(owner)
    sage = make_finished_edit(owner, source=source)
    make_finished_edit(owner, source=source, text="Um vaso de cerâmica azul")
    send(owner, sage, text="Warmer evening light")
    run_all(sage)
    make_finished_edit(stranger, source=make_source(stranger), text="Secret")

    def titles(query: str = "") -> list[str]:
        page = parse(browser.get(f"/conversations/{query}").content.decode())
        rows = [node for node in page.walk() if node.attributes.get("class") == "row"]
        return [node.text for row in rows for node in row.walk() if node.tag == "h3"]

    assert titles() == [TEXT, "Um vaso de cerâmica azul"]
    assert titles("?q=ceramica") == ["Um vaso de cerâmica azul"]
    assert titles("?q=evening") == [TEXT]
    assert titles("?q=secret") == []


def test_a_longer_list_costs_no_more_queries(owner: User, browser: Client) -> None:
    source = make_source(owner)
    make_finished_edit(owner, source=source)
    browser.get("/conversations/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/conversations/")
    for _ in range(3):
        make_conversation(owner, source=source)
    with CaptureQueriesContext(connection) as many:
        browser.get("/conversations/")
    assert len(many) == len(few)


def test_renaming_is_seen_and_an_empty_title_is_refused(owner: User, browser: Client) -> None:
    conversation = make_finished_edit(owner)
    revision = conversation.revision

    answer = browser.post(url_of(conversation, "rename/"), {"title": "  Sage \n wall "})

    assert answer.json()["revision"] > revision
    assert EditConversation.objects.get().title == "Sage wall"
    assert browser.post(url_of(conversation, "rename/"), {"title": " "}).status_code == 422


def test_the_dot_goes_when_it_was_seen(owner: User) -> None:
    conversation = make_finished_edit(owner)
    assert conversation.unread

    LiveEdit().mark_seen(user=owner, id=conversation.pk, revision=conversation.revision - 1)
    assert EditConversation.objects.get().unread
    LiveEdit().mark_seen(user=owner, id=conversation.pk, revision=conversation.revision)

    assert not EditConversation.objects.get().unread


def test_purging_keeps_the_posts_and_what_was_paid(
    owner: User, drawn_by: Any, own_storage: None
) -> None:
    source = make_source(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> ImageResult:
        if endpoint.model == "demo-shapes":
            raise RefusedContent("no")
        return ImageResult(request.references[0], Usage(cost=Decimal("0.04")))

    drawn_by(draw)
    conversation = make_finished_edit(owner, source=source)
    month = month_of(timezone.now())

    def spent() -> tuple[int, Decimal | None]:
        found = [row.amount for row in rows(owner, month) if row.work == "image"]
        calls = sum(amount.calls for amount in found)
        return calls, sum((amount.cost or Decimal(0) for amount in found), Decimal(0))

    before = spent()
    assert before == (3 + 2, Decimal("0.04"))
    services.delete(user=owner, conversation_id=conversation.pk)
    (item,) = listing.page(owner).items
    assert (item.kind, item.title, item.facts) == ("edit", TEXT, "Image edit, 1 turn")
    kind = kinds.listed()["edit"]
    purging.erase(kind, [conversation.pk], lambda thing: True, wait=True)

    assert not EditConversation.objects.exists()
    assert GeneratedImage.objects.in_gallery().filter(kind="edited").count() == 1
    assert spent() == before


def test_posts_that_are_missing_are_made_later(owner: User, capsys: Any) -> None:
    conversation = make_finished_edit(owner)
    for output in outputs_of(conversation):
        assert output.image
        file, post = output.image.file, output.image.post
        Output.objects.filter(pk=output.pk).update(file=file, image=None)
        post.delete()
    assert not GeneratedImage.objects.filter(kind="edited").exists()

    call_command("backfill_edit_posts", "--dry-run")
    assert not GeneratedImage.objects.filter(kind="edited").exists()
    call_command("backfill_edit_posts")
    call_command("backfill_edit_posts")

    said = capsys.readouterr().out.splitlines()
    assert said == ["2 posts to make.", "2 posts made.", "0 posts made."]
    assert GeneratedImage.objects.in_gallery().filter(kind="edited").count() == 2
    assert all(output.image for output in outputs_of(conversation))


def test_an_edited_post_that_is_refined_is_no_new_one(owner: User, browser: Client) -> None:
    output = outputs_of(make_finished_edit(owner))[0]
    assert output.image
    post = output.image.post
    refine(user=owner, post_id=post.pk, client_id=uuid.uuid4(), text="Softer light")

    page = parse(browser.get(f"/posts/{post.pk}/").content.decode())

    assert page.find("refine-box")
    assert page.find("lineage")


def test_a_turn_that_lost_something_can_be_tried_again_whatever_runs(
    owner: User, browser: Client, drawn_by: Any
) -> None:
    """Whether it can be pressed just now is the page's to show: it is not sent again for that."""
    source = make_source(owner)

    def draw(endpoint: Endpoint, request: ImageRequest) -> None:
        raise RefusedContent("no")

    drawn_by(draw)
    conversation = make_finished_edit(owner, source=source)
    send(owner, conversation, file_ids=[source.file_id])

    page = parse(browser.get(url_of(conversation)).content.decode())

    first, last = page.find("turn-1"), page.find("turn-2")
    retries = [one for one in first.walk() if "again" in one.attributes.get("class", "").split()]
    assert [one.attributes.get("data-fields") for one in retries] == [None, None, "turn=1"]
    assert not [one for one in last.walk() if "again" in one.attributes.get("class", "").split()]


def test_the_list_is_read_anew_with_all_that_was_shown(owner: User, browser: Client) -> None:
    source = make_source(owner)
    EditConversation.objects.bulk_create(
        EditConversation(owner=owner, source=source, title=f"Vases {number}")
        for number in range(listing_of.PAGE + 5)
    )

    def rows(query: str) -> tuple[int, bool]:
        headers = {"HX-Request": "true"}
        html = browser.get(f"/conversations/{query}", headers=headers).content.decode()
        return html.count('id="edit-row-'), "topbar" in html

    assert rows("") == (listing_of.PAGE, True)
    assert rows("?shown=33") == (33, False)
    assert rows("?shown=99") == (35, False)
    assert rows("?shown=1") == (listing_of.PAGE, False)
    assert "35 image edits" in browser.get("/conversations/").content.decode()


def test_without_scripts_a_turn_is_asked_for_and_refused(owner: User, browser: Client) -> None:
    conversation = make_finished_edit(owner)
    output = outputs_of(conversation)[0]
    assert output.image
    wish = {
        "client_id": uuid.uuid4(),
        "text": "Softer light",
        "models": [str(output.model_id)],
    }

    answer = browser.post(url_of(conversation, "turns/"), wish, headers=HTML)
    assert answer.status_code == 422
    assert "Softer light</textarea>" in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()

    wish["files"] = str(output.image.file_id)
    answer = browser.post(url_of(conversation, "turns/"), wish, headers=HTML)
    assert answer.headers["Location"] == url_of(conversation)
    assert conversation.turns.count() == 2
