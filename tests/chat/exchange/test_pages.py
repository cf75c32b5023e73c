"""The page of imports, for who may see it."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat.importing import work
from chat.importing.models import ImportJob
from tests.chat.exchange.conftest import Bring
from tests.chat.exchange.exports import as_json, chatgpt_chat

pytestmark = pytest.mark.django_db(transaction=True)


def file(data: bytes = as_json(chatgpt_chat())) -> SimpleUploadedFile:
    return SimpleUploadedFile("my chats.json", data)


def test_settings_lead_to_export_and_import(client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.get("/settings/").text
    assert 'href="/chat/export.zip"' in page
    assert 'href="/chat/import/"' in page


def test_a_file_is_followed_to_its_report(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.post("/chat/import/", {"file": file()}).headers["Location"] == "/chat/import/"
    page = client.get("/chat/import/").text
    assert "my chats.json" in page
    assert 'hx-trigger="every 1s"' in page
    job = ImportJob.objects.get()
    work.run(job.pk)

    for url in ("/chat/import/", f"/chat/import/{job.pk}/"):
        page = client.get(url).text
        assert "1 chat imported" in page
        assert "hx-trigger" not in page[page.index(f'id="import-{job.pk}"') :]


def test_a_refusal_is_said_in_the_page(client: Client, owner: User) -> None:
    client.force_login(owner)
    answer = client.post("/chat/import/", {"file": file(b"hello")})
    assert answer.status_code == 422
    assert "This is neither a ZIP archive nor a JSON file." in answer.text
    assert client.post("/chat/import/").status_code == 422
    client.post("/chat/import/", {"file": file()})
    assert client.post("/chat/import/", {"file": file()}).status_code == 409


def test_titles_and_names_are_only_text(client: Client, owner: User, bring: Bring) -> None:
    client.force_login(owner)
    bring(as_json(chatgpt_chat(), chatgpt_chat("b", title="<b>x", mapping={})), "<i>.json")
    page = client.get("/chat/import/").text
    assert "&lt;b&gt;x: without messages" in page
    assert "&lt;i&gt;.json" in page


def test_imports_are_their_owners_own(client: Client, owner: User, stranger: User) -> None:
    for url in ("/chat/import/", f"/chat/import/{uuid4()}/", "/chat/export.zip"):
        assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"
    client.force_login(owner)
    client.post("/chat/import/", {"file": file()})
    job = ImportJob.objects.get()
    client.force_login(stranger)
    assert "my chats" not in client.get("/chat/import/").text
    assert client.get(f"/chat/import/{job.pk}/").status_code == 404
    assert client.post(f"/chat/import/{job.pk}/stop/").status_code == 404
    client.force_login(owner)
    assert client.get(f"/chat/import/{job.pk}/stop/").status_code == 405
    assert client.post(f"/chat/import/{job.pk}/stop/").status_code == 302
    assert "Stopped" in client.get("/chat/import/").text


def test_the_list_costs_the_same_with_many_imports(
    client: Client, owner: User, django_assert_num_queries: Any, bring: Bring
) -> None:
    client.force_login(owner)
    bring(as_json(chatgpt_chat()))
    with CaptureQueriesContext(connection) as first:
        client.get("/chat/import/")
    for _ in range(5):
        bring(as_json(chatgpt_chat()))
    with django_assert_num_queries(len(first)):
        client.get("/chat/import/")
