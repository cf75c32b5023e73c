"""An answer on its way: worker, Redis, web server, websocket."""

import pytest

from accounts.models import User
from activity.models import Generation, State
from activity.streaming.markdown import render
from chat.models import Message
from tests.page import Page
from tests.studio import Studio

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]


def test_an_answer_streams_to_two_pages_and_is_saved_whole(live: Studio, owner: User) -> None:
    first, second = Page(live.url, owner).connect(), Page(live.url, owner).connect()
    sent = first.send("Write 120 words about clay").json()
    for page in (first, second):
        page.open(sent["thread"])

    for page in (first, second):
        page.hear_until(lambda page=page: page.revision > sent["revision"] and not page.busy)

    answer = Message.objects.get(pk=sent["message"])
    assert Generation.objects.get().state == State.COMPLETED
    assert answer.html == render(answer.content)
    for page in (first, second):
        streamed = page.texts[sent["message"]]
        assert streamed.html == answer.html
        assert streamed.offset == len(answer.content.encode())
        assert answer.html.strip() in page.contents[-1]
