"""What must hold after every fault (I1 to I6), in one place."""

import re
import time

from django.db.models import Count

from activity import counts
from activity.models import ConversationActivity, Generation, GenerationLock, State, TextChunk
from activity.streaming.markdown import render
from chat.models import Message, Role, Status, Thread
from chat.queue.models import QueuedMessage
from providers.base import ChatMessage
from providers.demo.writer import writer_answer
from tests.faults.tab import Tab
from tests.studio import wait_until

ENDS_WITHIN = 30.0  # seconds after the death of its worker


def whole_answer(question: str) -> str:
    """All that the demo writer sends."""
    return writer_answer([ChatMessage("user", question)])


def assert_invariants(*tabs: Tab, since: float | None = None, sent: str | None = None) -> None:
    """Wait for the end of what runs, then check the ledger, the saved text and the pages.
    `since`: `time.monotonic()` of the fault, from which the 30 s count. `sent`: what the provider
    sent, where it is not the demo's writer."""
    left = ENDS_WITHIN - (time.monotonic() - since if since is not None else 0)
    everything_ended = lambda: not Generation.objects.in_flight().exists()  # noqa: E731
    for tab in tabs[:1]:
        tab.hear_until(everything_ended, seconds=left)
    wait_until(everything_ended, seconds=left, what="every generation ended")
    assert_ledger_is_sound()
    for answer in Message.objects.filter(role=Role.ASSISTANT):
        assert_text_is_what_was_sent(answer, tabs, sent)
    for tab in tabs:
        assert_page_equals_a_fresh_load(tab)


def assert_ledger_is_sound() -> None:
    """I1, I2 and I5: they hold at every moment, so a test may ask in the middle of a fault."""
    in_flight = Generation.objects.in_flight().values("thread").annotate(n=Count("pk"))
    assert all(row["n"] == 1 for row in in_flight)
    for generation in Generation.objects.select_related("message"):
        assert Message.objects.filter(generation=generation, role=Role.ASSISTANT).count() == 1
        if not generation.is_in_flight:
            assert generation.message is not None
            assert generation.message.status == Status(generation.state)
            assert not GenerationLock.objects.filter(generation=generation).exists()
            assert not TextChunk.objects.filter(generation=generation).exists()
    assert Message.objects.filter(role=Role.ASSISTANT).count() == Generation.objects.count()
    for row in ConversationActivity.objects.all():
        waiting = QueuedMessage.objects.waiting().filter(thread_id=row.thread_id).count()
        count = Generation.objects.in_flight().filter(thread_id=row.thread_id).count() + waiting
        assert (row.active_count, row.is_generating) == (count, count > 0)
    assert counts.reconcile_activity() == 0
    assert counts.counter("activity_drift") == 0


def assert_text_is_what_was_sent(
    answer: Message, tabs: tuple[Tab, ...], sent: str | None = None
) -> None:
    """I3, for what is saved and for every state that any page ever showed."""
    assert answer.parent is not None
    whole = whole_answer(answer.parent.content) if sent is None else sent
    assert whole.startswith(answer.content)
    assert answer.html == render(answer.content)
    if answer.status == Status.COMPLETED:
        assert answer.content == whole
    whole_bytes = whole.encode()
    for tab in tabs:
        for shown in set(tab.shown):
            if shown.element == str(answer.pk):
                expected = render(whole_bytes[: shown.offset].decode())
                assert uncoloured(shown.html) == uncoloured(expected)


def uncoloured(html: str) -> str:
    """Code that is still being written has no colours yet."""
    return re.sub(r"</?span[^>]*>", "", html)


def assert_page_equals_a_fresh_load(tab: Tab) -> None:
    """I6: the open page gets there by itself."""
    thread = Thread.objects.get(pk=tab.thread_id)
    tab.hear_until(lambda: tab.revision == thread.revision and not tab.busy)
    assert tab.articles == tab.load()


def ended_as(message_id: str) -> State:
    return State(Generation.objects.get(message_id=message_id).state)
