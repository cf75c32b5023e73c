"""What a worker does for one answer in a thread."""

from contextlib import aclosing
from dataclasses import dataclass

from django.db import transaction

from activity import events
from activity.kinds import Outcome
from activity.models import Generation, State
from activity.streaming.sink import TextSink
from chat import titles
from chat.context import messages_that_fit, room_of
from chat.framing import Room
from chat.models import Message, Status, Thread
from chat.path import path
from chat.queue import running as queue
from providers.base import (
    ChatMessage,
    Completed,
    Endpoint,
    ReasoningDelta,
    TextDelta,
    TextRequest,
    UnknownModel,
    Usage,
)
from providers.registry import endpoint_for, text_provider
from providers.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Work:
    endpoint: Endpoint
    request: TextRequest


class Answer:
    """The kind of generation that answers a message."""

    name = "chat.answer"
    resumes = False  # words cannot be asked for from the middle on

    def prepare(self, generation: Generation) -> Work:
        if generation.model is None:
            raise UnknownModel("the model was deleted")
        request = TextRequest(
            messages=conversation_before(generation),
            temperature=generation.thread.temperature if generation.thread else None,
        )
        return Work(endpoint_for(generation.model), request)

    async def run(self, work: Work, sink: TextSink, sessions: Sessions) -> Usage:
        usage = Usage()
        # Closed at once when the task is cancelled: a stopped answer must not go on costing.
        async with aclosing(text_provider(work.endpoint, sessions).stream(work.request)) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    sink.write(event.text)
                elif isinstance(event, ReasoningDelta):
                    sink.think(event.text)
                elif isinstance(event, Completed):
                    usage = event.usage
        return usage

    def settle(self, generation: Generation, outcome: Outcome) -> None:
        thread = Thread.objects.get(generations=generation)
        revision = thread.bump(activity=True)
        Message.objects.filter(generation=generation).update(
            content=outcome.text,
            html=outcome.html,
            reasoning=outcome.reasoning.text,
            reasoning_html=outcome.reasoning.html,
            reasoning_seconds=outcome.reasoning.seconds,
            status=Status(outcome.state),
            error_code=outcome.error_code,
            prompt_tokens=outcome.usage.prompt_tokens,
            completion_tokens=outcome.usage.completion_tokens,
            cost=generation.cost,
            seconds=outcome.seconds,
            revision=revision,
        )
        Thread.objects.filter(pk=thread.pk).update(unread=True)
        if outcome.state == State.COMPLETED and titles.is_wanted(thread):
            transaction.on_commit(lambda: titles.ask(thread.pk), robust=True)
        events.publish_on_commit(
            [
                events.conversation_changed("thread", thread.pk, revision),
                events.listing_changed(thread.owner_id, "thread", thread.pk),
            ]
        )

    def after(self, generation: Generation, outcome: Outcome) -> None:
        queue.after(generation, outcome)


def conversation_before(generation: Generation) -> list[ChatMessage]:
    """The thread's system prompt, and of the messages that lead to the answer the newest ones
    that fit into the model's context."""
    thread, answer_id = generation.thread, generation.message_id
    if thread is None or answer_id is None:
        return []
    model = generation.model
    count = messages_that_fit(thread, model, below=answer_id)
    messages = path(thread, limit=count, below=answer_id) if count else []
    room = Room(tokens=room_of(model), sees=bool(model and model.vision))
    chosen: list[ChatMessage] = []
    for message in reversed(messages):  # the newest ones' files have the first right to the room
        if chosen and not room.has(message):
            break
        if told := room.told(message):
            chosen.append(told)
    if thread.system_prompt:
        chosen.append(ChatMessage("system", thread.system_prompt))
    return chosen[::-1]
