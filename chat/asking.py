"""Asking a model for an answer: what send, edit and regenerate share. A request is known by its
client id, so that each can be delivered any number of times."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from accounts.models import User
from activity import events, ledger
from activity.counts import count_refused_send
from activity.models import Generation
from chat.attaching import attach
from chat.models import Message, Role, Status, Thread
from chat.refusals import NoModel, NotFound, RequestChanged, UnknownModel, WaitForAnswer
from chat.tuning import Tuning, initial_tuning
from files.models import File
from providers.models import AIModel

KIND = "chat.answer"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was accepted, now or (`replayed`) by an earlier delivery of the same."""

    generation: Generation
    replayed: bool


def request_of(user: User, client_id: UUID, *parts: object) -> ledger.Request:
    return ledger.Request.of(user.pk, client_id, *parts)


def earlier(request: ledger.Request) -> Sent | None:
    try:
        generation = ledger.earlier_generation(request)
    except ledger.KeyReused as error:
        raise RequestChanged from error
    return Sent(generation, replayed=True) if generation else None


def locked_thread(user: User, thread_id: UUID) -> Thread:
    """The user's thread as it is now, locked until the transaction ends. Raises NotFound."""
    rows = Thread.objects.visible_to(user).select_for_update(no_key=True)
    thread = rows.filter(pk=thread_id).first()
    if thread is None:
        raise NotFound  # missing, a stranger's, or in the trash
    return thread


def locked_or_new_thread(user: User, thread_id: UUID, tuning: Tuning | None = None) -> Thread:
    """The same, or where the id is unused a new thread, with this tuning or the user's own. Who
    makes it at the same moment waits for the other's transaction, and then gets the other's
    thread."""
    if not Thread.objects.filter(pk=thread_id).exists():
        new = Thread(pk=thread_id, owner=user, **asdict(tuning or initial_tuning(user)))
        Thread.objects.bulk_create([new], ignore_conflicts=True)
    return locked_thread(user, thread_id)


def model_to_ask(user: User, thread: Thread, model_id: UUID | None) -> AIModel:
    """The model asked for, else the thread's, the user's, the first. Raises UnknownModel when
    the one asked for cannot be used, NoModel when there is none at all."""
    usable = AIModel.objects.available().text()
    if model_id is not None:
        chosen = usable.filter(pk=model_id).first()
        if chosen is None:
            raise UnknownModel
        return chosen
    fallback = default_model(user, thread)
    if fallback is None:
        raise NoModel
    return fallback


def default_model(user: User, thread: Thread | None) -> AIModel | None:
    usable = AIModel.objects.available().text()
    for preferred in (thread.model_id if thread else None, user.default_model_id):
        if preferred and (model := usable.filter(pk=preferred).first()):
            return model
    return usable.first()


def say(
    request: ledger.Request,
    thread: Thread,
    *,
    text: str,
    model: AIModel,
    files: Sequence[File] = (),
) -> Generation:
    """Save a message after the thread's leaf and ask for its answer. To be called with the thread
    locked. Raises ledger.Busy."""
    thread.model = model
    revision = thread.bump(activity=True)
    question = Message.objects.create(
        thread=thread,
        parent_id=thread.leaf_id,
        role=Role.USER,
        author_id=request.user_id,
        client_id=request.key,
        content=text,
        created_revision=revision,
        revision=revision,
    )
    attach(question, files)
    return ask(request, thread, question, model, revision)


def ask(
    request: ledger.Request, thread: Thread, question: Message, model: AIModel, revision: int
) -> Generation:
    """Save the placeholder of the answer as the thread's leaf and submit its generation. To be
    called with the thread locked. Raises ledger.Busy."""
    answer = Message.objects.create(
        thread=thread,
        parent=question,
        role=Role.ASSISTANT,
        model=model,
        status=Status.GENERATING,
        created_revision=revision,
        revision=revision,
    )
    thread.leaf = answer
    thread.save(update_fields=["leaf", "model", "title", "title_by", "archived_at"])
    generation = Generation(
        kind=KIND,
        user_id=request.user_id,
        thread=thread,
        message=answer,
        model=model,
        idempotency_key=request.key,
        request_digest=request.digest,
    )
    ledger.submit(generation, owner_id=thread.owner_id)
    events.publish_on_commit(
        [
            events.conversation_changed("thread", thread.pk, revision),
            events.listing_changed(thread.owner_id, "thread", thread.pk, top=True),
        ]
    )
    return generation


def lost_race(request: ledger.Request) -> Sent:
    """Somebody else holds the lock, has the key or made the thread: another delivery of this
    very request, which is then this one's answer too, or another send."""
    if sent := earlier(request):
        return sent
    count_refused_send(user_id=request.user_id, reason="busy")
    raise WaitForAnswer
