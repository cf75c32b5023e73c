"""Files that go with messages: which may, what the model is told of them, and what a page shows."""

import base64
import io
import json
import re
import uuid
import zipfile
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from accounts.models import User
from activity.models import Generation
from chat import branches, framing
from chat.generation import conversation_before
from chat.models import Message, Role, Thread
from chat.refusals import (
    EmptyMessage,
    FileGone,
    FileNotReady,
    NoSight,
    RequestChanged,
    TooManyFiles,
)
from files.models import File
from providers.base import ChatMessage, Endpoint, TextRequest
from providers.demo.echo import echo_answer
from providers.models import AIModel
from providers.openai_compatible.chat_body import chat_body
from tests.chat.conversation import finish
from tests.factories import make_model, send
from tests.files.conftest import Upload, image, pdf, rotated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seeing(owner: User) -> AIModel:
    model = make_model("demo-echo", vision=True)
    User.objects.filter(pk=owner.pk).update(default_model=model)
    owner.default_model = model
    return model


def ask(owner: User, *files: File, text: str = "Look", **fields: Any) -> Generation:
    return send(owner, text, file_ids=[file.pk for file in files], **fields).generation


def told(generation: Generation) -> ChatMessage:
    return conversation_before(Generation.objects.get(pk=generation.pk))[-1]


def question(generation: Generation) -> Message:
    return Message.objects.get(thread=generation.thread_id, role=Role.USER)


def test_files_are_kept_in_their_order(owner: User, seeing: AIModel, upload: Upload) -> None:
    files = [upload(image(), "b.png"), upload(b"clay", "a.txt")]

    generation = ask(owner, *files)

    assert [file.pk for file in question(generation).files] == [file.pk for file in files]


def test_files_need_no_text(owner: User, seeing: AIModel, upload: Upload) -> None:
    generation = ask(owner, upload(image(), "clay.png"), text="  ")

    assert Thread.objects.get(pk=generation.thread_id).title == "clay.png"
    with pytest.raises(EmptyMessage):
        send(owner, "  ")


def test_what_cannot_be_sent(
    owner: User, stranger: User, seeing: AIModel, upload: Upload, settings: Any
) -> None:
    strange = upload(image(), user=stranger)
    unopened = upload(b"new", "x.txt", opened=False)
    broken = upload(image()[:200], "broken.png")
    settings.MAX_ATTACHMENTS = 2
    for files, refusal in (
        ([strange], FileGone),
        ([unopened], FileNotReady),
        ([broken], FileNotReady),
        ([upload(b"%d" % n, "x.txt") for n in range(3)], TooManyFiles),
    ):
        with pytest.raises(refusal) as raised:
            ask(owner, *files)
        assert raised.value.sentence().endswith(".")
    assert not Message.objects.exists()


def test_images_are_refused_for_a_model_that_does_not_see(owner: User, upload: Upload) -> None:
    blind = make_model("blind", vision=False)

    with pytest.raises(NoSight):
        ask(owner, upload(image()), model_id=blind.pk)
    assert ask(owner, upload(b"clay", "x.txt"), model_id=blind.pk)


def test_a_send_is_repeated_with_its_files_only(
    owner: User, seeing: AIModel, upload: Upload
) -> None:
    files = [upload(image(), "a.png"), upload(b"clay", "b.txt")]
    key = {"thread_id": uuid.uuid4(), "client_id": uuid.uuid4()}
    ask(owner, *files, **key)
    ask(owner, *files, **key)

    assert Message.objects.filter(role=Role.USER).count() == 1
    with pytest.raises(RequestChanged):
        ask(owner, files[0], **key)


def test_files_survive_an_edit_and_a_regeneration(
    owner: User, seeing: AIModel, upload: Upload
) -> None:
    file = upload(image())
    first = ask(owner, file)
    answer = finish(first, "A picture")
    place: dict[str, Any] = {"user": owner, "thread_id": first.thread_id, "client_id": uuid.uuid4()}

    edited = branches.edit(message_id=question(first).pk, text="", **place).generation
    finish(edited, "Still one")
    place["client_id"] = uuid.uuid4()
    again = branches.regenerate(message_id=answer.pk, **place).generation

    assert len(told(edited).images) == 1
    assert len(told(again).images) == 1


# --- To models ---


def test_a_model_sees_images_without_their_metadata(
    owner: User, seeing: AIModel, upload: Upload
) -> None:
    message = told(ask(owner, upload(rotated(), "x.jpg"), text="What is this?"))

    [shown] = message.images
    with Image.open(io.BytesIO(shown.content)) as opened:
        assert (opened.size, dict(opened.getexif())) == ((300, 400), {})
    body = chat_body(Endpoint("openai", "http://x", "m"), TextRequest([message])).decode()
    assert '"type":"text","text":"What is this?"' in body
    assert "data:image/jpeg;base64," + base64.b64encode(shown.content).decode() in body


def test_a_large_image_is_made_smaller(owner: User, seeing: AIModel, upload: Upload) -> None:
    [shown] = told(ask(owner, upload(image(size=(4000, 2000))))).images

    with Image.open(io.BytesIO(shown.content)) as opened:
        assert opened.size == (1568, 784)


def test_text_and_pdfs_are_told_in_frames(owner: User, seeing: AIModel, upload: Upload) -> None:
    text = told(
        ask(owner, upload(b"x\n```\ny", "code.md"), upload(pdf("Kiln notes"), "k.pdf"))
    ).text

    assert "Attached file: code.md\n````\nx\n```\ny\n````" in text
    assert "Attached file: k.pdf\n```\n[Page 1]\nKiln notes\n```" in text


def test_a_file_that_is_too_long_is_cut_with_a_note(owner: User, upload: Upload) -> None:
    small = make_model("small", context_tokens=1000)

    text = told(ask(owner, upload(b"clay " * 5000, "long.txt"), model_id=small.pk)).text

    assert len(text) < 2000
    assert "long.txt is cut here: the first" in text
    assert "of 25,000 characters are shown." in text


def test_a_blind_model_is_told_of_older_images(
    owner: User, seeing: AIModel, upload: Upload
) -> None:
    first = ask(owner, upload(image(), "clay.png"))
    answer = finish(first, "A picture")
    blind = make_model("blind", vision=False)

    again = branches.regenerate(
        user=owner,
        thread_id=answer.thread_id,
        message_id=answer.pk,
        client_id=uuid.uuid4(),
        model_id=blind.pk,
    ).generation

    message = told(again)
    assert not message.images
    assert "[Attached image: clay.png, 400 x 300 pixels. It is not shown to you.]" in message.text


def test_images_beyond_the_limit_are_only_named(
    owner: User, seeing: AIModel, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "MOST_IMAGES", 1)

    message = told(ask(owner, upload(image(), "a.png"), upload(image(size=(9, 9)), "b.png")))

    assert len(message.images) == 1
    assert "b.png" in message.text


def test_a_lost_file_does_not_end_the_conversation(
    owner: User, seeing: AIModel, upload: Upload, settings: Any, tmp_path: Any
) -> None:
    generation = ask(owner, upload(image(), "a.png"), upload(b"clay", "b.txt"))
    settings.MEDIA_ROOT = tmp_path / "elsewhere"

    assert "b.txt. It could not be read." in told(generation).text


def test_the_demo_says_something_true() -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (640, 360), (30, 80, 200)).save(drawn, "PNG")
    from providers.base import ImageData

    answer = echo_answer([ChatMessage("user", "Look", [ImageData(drawn.getvalue(), "image/png")])])

    assert "wide, 640 × 360 pixels, and mostly **blue** (`#1e50c8`)" in answer


# --- On the page ---


def test_a_message_shows_its_files(owner: User, seeing: AIModel, upload: Upload) -> None:
    files = [upload(image(), '"><script>alert(1)</script>.png'), upload(pdf(), "<b>k</b>.pdf")]
    generation = ask(owner, *files)
    client = Client()
    client.force_login(owner)

    page = client.get(f"/chat/{generation.thread_id}/").content.decode()

    assert f'src="/files/{files[0].pk}/320.webp"' in page
    assert f'srcset="/files/{files[0].pk}/320.avif 320w' in page
    assert 'width="320" height="240"' in page
    assert "<script>alert" not in page
    assert "b&gt;.pdf" in page


def test_a_send_over_http_carries_files(owner: User, seeing: AIModel, upload: Upload) -> None:
    files = [upload(image(), "a.png"), upload(b"clay", "b.txt")]
    client = Client()
    client.force_login(owner)
    fields = {"client_id": str(uuid.uuid4()), "text": ""}

    response = client.post(
        f"/chat/{uuid.uuid4()}/messages/",
        fields | {"files": ",".join(str(file.pk) for file in files)},
        headers={"Accept": "application/json"},
    )

    assert response.status_code == 201
    assert len(Message.objects.get(role=Role.USER).files) == 2
    url, asks = f"/chat/{uuid.uuid4()}/messages/", {"Accept": "application/json"}
    bad = client.post(url, fields | {"files": "x"}, headers=asks)
    assert bad.status_code == 400


def archive_of(client: Client, owner: User) -> zipfile.ZipFile:
    client.force_login(owner)
    parts = client.get("/chat/export.zip").streaming_content
    return zipfile.ZipFile(io.BytesIO(b"".join(parts)))


def test_an_archive_has_the_files_once_and_leads_to_them(
    owner: User, client: Client, upload: Upload, seeing: AIModel
) -> None:
    picture, notes = upload(image(), "a [b]?.png"), upload(b"Celadon", "notes.txt")
    first = ask(owner, picture, notes)
    finish(first, "Done")
    finish(ask(owner, picture, thread_id=first.thread_id), "Done")

    archive = archive_of(client, owner)

    manifest = json.loads(archive.read("manifest.json"))
    [listed] = manifest["threads"]
    told = json.loads(archive.read(listed["json"]))["messages"]
    by_name = {one["name"]: one for message in told for one in message["attachments"]}
    assert manifest["files"] == sorted(one["file"] for one in by_name.values())
    assert archive.read(by_name["a [b]?.png"]["file"]) == image()
    assert archive.read(by_name["notes.txt"]["file"]) == b"Celadon"
    assert sum(bool(message["attachments"]) for message in told) == 2
    markdown = archive.read(listed["markdown"]).decode()
    links = re.findall(r"\]\(\.\./(.+?)\)", markdown)
    assert {unquote(link) for link in links} == set(manifest["files"])


def test_a_lost_file_costs_an_archive_no_other(
    owner: User, client: Client, upload: Upload, seeing: AIModel
) -> None:
    lost, kept = upload(image(), "lost.png"), upload(b"Celadon", "kept.txt")
    finish(ask(owner, lost, kept), "Done")
    default_storage.delete(lost.blob.path)

    archive = archive_of(client, owner)

    manifest = json.loads(archive.read("manifest.json"))
    assert [name.endswith("lost.png") for name in manifest["missing_files"]] == [True]
    [name] = manifest["files"]
    assert archive.read(name) == b"Celadon"


def test_one_thread_alone_names_its_files(
    owner: User, client: Client, upload: Upload, seeing: AIModel
) -> None:
    asked = ask(owner, upload(b"Celadon", "notes *1*.txt"))
    finish(asked, "Done")
    client.force_login(owner)
    url = f"/chat/{asked.thread_id}/export"

    document = json.loads(b"".join(client.get(f"{url}.json").streaming_content))
    markdown = b"".join(client.get(f"{url}.md").streaming_content).decode()

    [[known], []] = [message["attachments"] for message in document["messages"]]
    assert (known["name"], known["size"], "file" in known) == ("notes *1*.txt", 7, False)
    assert "\n- notes \\*1\\*.txt\n" in markdown
