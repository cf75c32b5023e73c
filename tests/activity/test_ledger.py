"""The life of a generation, step by step, on a real database."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from activity import counts, ledger
from activity.kinds import Outcome
from activity.models import (
    ConversationActivity,
    Counter,
    Generation,
    GenerationLock,
    RefusedSend,
    State,
    TextChunk,
)
from activity.services import release, stop
from activity.sweeping import sweep
from chat.models import Message, Status
from chat.refusals import RequestChanged, WaitForAnswer
from providers.base import Usage
from providers.models import AIModel
from tests.factories import make_generation, make_running, send, thread_of

pytestmark = pytest.mark.django_db(transaction=True)


def activity_of(generation: Generation) -> tuple[int, bool]:
    row = ConversationActivity.objects.get(thread_id=generation.thread_id)
    return row.active_count, row.is_generating


def expire(generation: Generation) -> None:
    Generation.objects.filter(pk=generation.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_a_send_makes_question_answer_generation_lock_and_activity(owner: User) -> None:
    generation = make_generation(owner, text="What is clay?")

    question, answer = thread_of(generation).messages.order_by("created_at")
    assert (question.content, question.author) == ("What is clay?", owner)
    assert (answer.parent, answer.status) == (question, Status.GENERATING)
    assert generation.state == State.QUEUED
    assert GenerationLock.objects.get().generation == generation
    assert activity_of(generation) == (1, True)


def test_the_same_request_twice_is_one_generation(owner: User) -> None:
    ids = {"thread_id": uuid.uuid4(), "client_id": uuid.uuid4()}

    first, second = send(owner, **ids), send(owner, **ids)

    assert second.generation == first.generation
    assert (first.replayed, second.replayed) == (False, True)
    assert Message.objects.count() == 2


def test_the_same_key_with_another_text_is_refused(owner: User) -> None:
    ids = {"thread_id": uuid.uuid4(), "client_id": uuid.uuid4()}
    send(owner, "one", **ids)

    with pytest.raises(RequestChanged):
        send(owner, "two", **ids)


def test_a_second_send_is_refused_counted_and_leaves_nothing(owner: User) -> None:
    generation = make_generation(owner)

    with pytest.raises(WaitForAnswer):
        send(owner, "Another", thread_id=generation.thread_id)

    assert Message.objects.count() == 2
    assert RefusedSend.objects.get().count == 1
    assert activity_of(generation) == (1, True)


def test_only_the_first_claim_gets_a_generation(owner: User) -> None:
    generation = make_generation(owner)

    first = ledger.claim(generation.pk, worker="a")

    assert first is not None
    assert (first.state, first.epoch, first.attempt) == (State.RUNNING, 1, 1)
    assert ledger.claim(generation.pk, worker="b") is None


def test_finishing_writes_the_answer_and_frees_the_thread(owner: User) -> None:
    running = make_running(owner)
    outcome = Outcome(
        State.COMPLETED, text="Clay.", html="<p>Clay.</p>", usage=Usage(3, 2), seconds=1.5
    )

    assert ledger.finish(running.pk, epoch=running.epoch, outcome=outcome)

    answer = Message.objects.get(pk=running.message_id)
    assert (answer.content, answer.status) == ("Clay.", Status.COMPLETED)
    assert (answer.prompt_tokens, answer.completion_tokens) == (3, 2)
    assert not GenerationLock.objects.exists()
    assert activity_of(running) == (0, False)
    assert thread_of(running).unread


def test_the_price_tells_the_cost_that_the_provider_does_not(owner: User) -> None:
    running = make_running(owner)
    AIModel.objects.update(input_price=Decimal(3), output_price=Decimal(15))
    usage = Usage(prompt_tokens=1000, completion_tokens=200)

    ledger.finish(running.pk, epoch=running.epoch, outcome=Outcome(State.COMPLETED, usage=usage))

    assert Generation.objects.get().cost == Decimal("0.006")
    assert Message.objects.get(pk=running.message_id).cost == Decimal("0.006")


def test_an_old_epoch_can_write_nothing(owner: User) -> None:
    running = make_running(owner)
    assert stop(generation=running)

    assert not ledger.finish(running.pk, epoch=running.epoch, outcome=Outcome(State.COMPLETED))
    ledger.save_chunks([(running.pk, running.epoch, 0, "late")])
    assert ledger.renew([(running.pk, running.epoch)]) == set()
    assert not TextChunk.objects.exists()
    assert Message.objects.get(pk=running.message_id).status == Status.STOPPED


def test_stopping_keeps_the_text_so_far(owner: User) -> None:
    running = make_running(owner)
    ledger.save_chunks([(running.pk, running.epoch, 0, "One "), (running.pk, 1, 4, "two")])

    assert stop(generation=running)
    assert not stop(generation=running)

    answer = Message.objects.get(pk=running.message_id)
    assert (answer.content, answer.status) == ("One two", Status.STOPPED)
    assert "One two" in answer.html
    assert activity_of(running) == (0, False)


def test_a_queued_generation_can_be_stopped(owner: User) -> None:
    generation = make_generation(owner)

    assert stop(generation=generation)

    assert ledger.claim(generation.pk, worker="late") is None


def test_an_expired_lease_with_text_becomes_interrupted(owner: User) -> None:
    running = make_running(owner)
    ledger.save_chunks([(running.pk, running.epoch, 0, "Half an ans")])
    expire(running)

    assert sweep() == 1

    answer = Message.objects.get(pk=running.message_id)
    assert (answer.content, answer.status) == ("Half an ans", Status.INTERRUPTED)
    assert not GenerationLock.objects.exists()
    assert Counter.objects.get(name="generations_swept").value == 1


def test_an_expired_lease_without_text_is_tried_once_more(owner: User) -> None:
    running = make_running(owner)
    expire(running)
    sweep()

    again = ledger.claim(running.pk, worker="second")
    assert again is not None
    assert again.attempt == settings.MAX_ATTEMPTS
    assert again.epoch > running.epoch
    expire(again)
    sweep()

    assert Generation.objects.get().state == State.INTERRUPTED


def test_a_living_lease_is_not_swept(owner: User) -> None:
    running = make_running(owner)

    assert sweep() == 0
    assert ledger.renew([(running.pk, running.epoch)]) == {running.pk}


def test_a_lost_delivery_is_sent_again_once(owner: User) -> None:
    generation = make_generation(owner)
    long_ago = timezone.now() - timedelta(seconds=settings.RESEND_SECONDS + 1)
    Generation.objects.filter(pk=generation.pk).update(sent_at=long_ago)

    assert (sweep(), sweep()) == (1, 0)
    assert Counter.objects.get(name="generations_resent").value == 1


def test_releasing_a_lock_interrupts_its_generation(staff: User) -> None:
    running = make_running(staff)

    assert release(lock=GenerationLock.objects.get())

    assert Generation.objects.get(pk=running.pk).state == State.INTERRUPTED
    send(staff, thread_id=running.thread_id)


@pytest.mark.parametrize("wrong", [0, 1, 7])
def test_activity_is_made_equal_to_the_ledger(owner: User, wrong: int) -> None:
    generation = make_generation(owner)
    ConversationActivity.objects.update(active_count=wrong, is_generating=wrong > 0)

    assert counts.reconcile_activity() == int(wrong != 1)
    assert counts.reconcile_activity() == 0
    assert activity_of(generation) == (1, True)


def test_a_missing_activity_row_is_made_again(owner: User) -> None:
    generation = make_generation(owner)
    ConversationActivity.objects.all().delete()

    assert counts.reconcile_activity() == 1
    assert activity_of(generation) == (1, True)


def test_the_count_never_falls_below_zero(owner: User) -> None:
    generation = make_generation(owner)

    for _ in range(3):
        counts.change_activity(generation.conversation, user_id=owner.pk, by=-1)

    assert activity_of(generation) == (0, False)
