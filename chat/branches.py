"""What a person may do with the branches of a thread: ask again, edit, go to a sibling, delete,
and take a deletion back. None of it while an answer is being written.

Every operation checks, writes and announces in one transaction, and is safe to repeat.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from activity import events, ledger
from activity.conversation import Conversation
from activity.models import GenerationLock
from activity.sweeping import sweep
from chat.asking import (
    Sent,
    ask,
    earlier,
    locked_thread,
    lost_race,
    model_to_ask,
    request_of,
)
from chat.attaching import attach, require_sight, with_files
from chat.models import Attachment, Message, Role, Status, Thread
from chat.refusals import MessageGone, NothingToRetry, NotYourMessage, WaitForAnswer
from chat.text import clean
from chat.tree import leaf_to_show, neighbour, remember_leaf, set_deleted


def regenerate(
    *,
    user: User,
    thread_id: UUID,
    message_id: UUID,
    client_id: UUID,
    model_id: UUID | None = None,
    unfinished_only: bool = False,
) -> Sent:
    """Ask again for an answer, or ask for one to a question: the new answer is shown in place of
    the others, which are kept beside it. Without `model_id` the answer's own model is asked.
    `unfinished_only` refuses to do so for an answer that is complete."""
    request = request_of(user, client_id, "regenerate", thread_id, message_id, model_id)
    if sent := earlier(request):
        return sent
    sweep(Conversation("thread", thread_id))
    try:
        with transaction.atomic(durable=True):
            thread = locked_thread(user, thread_id)
            message = _message(thread, message_id)
            if unfinished_only and message.status == Status.COMPLETED:
                raise NothingToRetry
            question = message.parent if message.role == Role.ASSISTANT else message
            if question is None:
                raise MessageGone  # an answer to nothing, as an import may bring
            model = model_to_ask(user, thread, model_id or message.model_id)
            remember_leaf(thread, question.pk)
            thread.archived_at = None
            revision = thread.bump(path=True, activity=True)
            generation = ask(request, thread, question, model, revision)
    except (ledger.Busy, IntegrityError):
        return lost_race(request)
    return Sent(generation, replayed=False)


def retry(*, user: User, thread_id: UUID, message_id: UUID, client_id: UUID) -> Sent:
    """Ask again for an answer that failed, was stopped or interrupted."""
    return regenerate(
        user=user,
        thread_id=thread_id,
        message_id=message_id,
        client_id=client_id,
        unfinished_only=True,
    )


def edit(
    *,
    user: User,
    thread_id: UUID,
    message_id: UUID,
    text: str,
    client_id: UUID,
    model_id: UUID | None = None,
) -> Sent:
    """Send one's own message in other words: a sibling of the question, with the same files and
    its own answer."""
    text = clean(text, may_be_empty=Attachment.objects.filter(message=message_id).exists())
    request = request_of(user, client_id, "edit", thread_id, message_id, text, model_id)
    if sent := earlier(request):
        return sent
    sweep(Conversation("thread", thread_id))
    try:
        with transaction.atomic(durable=True):
            thread = locked_thread(user, thread_id)
            message = _message(thread, message_id)
            if message.role != Role.USER or message.author_id != user.pk:
                raise NotYourMessage
            thread.model = model = model_to_ask(user, thread, model_id)
            files = message.files
            require_sight(model, files)
            remember_leaf(thread, message.parent_id)
            thread.archived_at = None
            revision = thread.bump(path=True, activity=True)
            question = Message.objects.create(
                thread=thread,
                parent_id=message.parent_id,
                role=Role.USER,
                author=user,
                client_id=client_id,
                content=text,
                created_revision=revision,
                revision=revision,
            )
            attach(question, files)
            generation = ask(request, thread, question, model, revision)
    except (ledger.Busy, IntegrityError):
        return lost_race(request)
    return Sent(generation, replayed=False)


def show(*, user: User, thread_id: UUID, message_id: UUID) -> int:
    """Show the path through a message, down to the leaf last seen below it. Returns the thread's
    revision."""
    sweep(Conversation("thread", thread_id))
    with transaction.atomic(durable=True):
        thread = _idle_thread(user, thread_id)
        return _show(thread, _message(thread, message_id))


def delete(*, user: User, thread_id: UUID, message_id: UUID) -> int:
    """Delete a message and all below it; the thread shows a sibling of it instead, else ends
    before it. Returns the thread's revision."""
    sweep(Conversation("thread", thread_id))
    with transaction.atomic(durable=True):
        thread = _idle_thread(user, thread_id)
        message = thread.messages.filter(pk=message_id).first()
        if message is None:
            raise MessageGone
        if message.deleted_at:
            return thread.revision
        remember_leaf(thread, message.parent_id)
        beside = neighbour(thread, message)
        gone = set_deleted(message, timezone.now())
        if thread.leaf_id in gone:
            thread.leaf_id = leaf_to_show(beside) if beside else message.parent_id
        return _save_path(thread)


def restore(*, user: User, thread_id: UUID, message_id: UUID) -> int:
    """Take a deletion back, and show what was shown before it. Returns the thread's revision."""
    sweep(Conversation("thread", thread_id))
    with transaction.atomic(durable=True):
        thread = _idle_thread(user, thread_id)
        message = thread.messages.select_related("parent").filter(pk=message_id).first()
        if message is None or (message.parent and message.parent.deleted_at):
            raise MessageGone
        if message.deleted_at is None:
            return thread.revision
        set_deleted(message, None)
        return _show(thread, message)


def _idle_thread(user: User, thread_id: UUID) -> Thread:
    """The thread, locked, with nothing being written in it: who asks for an answer holds this
    lock while taking the generation's. Raises NotFound or WaitForAnswer."""
    thread = locked_thread(user, thread_id)
    if GenerationLock.objects.filter(thread=thread).exists():
        raise WaitForAnswer
    return thread


def _message(thread: Thread, message_id: UUID) -> Message:
    rows = thread.messages.alive().prefetch_related(with_files())
    message = rows.filter(pk=message_id).first()
    if message is None:
        raise MessageGone
    return message


def _show(thread: Thread, message: Message) -> int:
    remember_leaf(thread, message.parent_id)
    message.refresh_from_db(fields=["seen_leaf"])  # of a message that is shown, the leaf itself
    leaf = leaf_to_show(message)
    if leaf == thread.leaf_id:
        return thread.revision
    thread.leaf_id = leaf
    return _save_path(thread)


def _save_path(thread: Thread) -> int:
    thread.save(update_fields=["leaf"])
    revision = thread.bump(path=True)
    events.publish_on_commit([events.conversation_changed("thread", thread.pk, revision)])
    return revision
