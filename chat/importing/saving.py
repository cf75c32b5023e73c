"""Chats of an export as threads: what is new of each, rendered, then written at once."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models.functions import Greatest

from activity import events
from activity.streaming.ids import scope_of
from activity.streaming.markdown import render
from chat.importing import atelier
from chat.importing.conversation import MAX_MODEL, Conversation, Node
from chat.importing.models import ImportedThread
from chat.importing.report import Report
from chat.models import Message, Role, Thread
from chat.services import title_of
from providers.models import AIModel

if TYPE_CHECKING:
    from accounts.models import User

INSERT = 500  # rows a statement


@dataclass(slots=True)
class Plan:
    """What is to be written of one chat. `imported` is None for a thread that is to be made;
    `skipped` says why nothing is."""

    conversation: Conversation
    thread: Thread
    imported: ImportedThread | None = None
    messages: list[Message] = field(default_factory=list)
    present: int = 0
    skipped: str = ""


class Models:
    """The models of this studio by what other places call them."""

    def __init__(self) -> None:
        self.by_name: dict[str, AIModel] = {}
        for model in AIModel.objects.available().text():
            for name in (model.slug, model.slug.rpartition("/")[2], model.name):
                self.by_name.setdefault(name, model)

    def named(self, name: str) -> AIModel | None:
        return self.by_name.get(name)


def plan(
    owner: "User", conversations: Sequence[Conversation], *, keep: Callable[[], None]
) -> list[Plan]:
    """Compare chats with what is there, and render what is not. No two may be the same chat.
    `keep` is called now and then: rendering takes a while."""
    models = Models()
    known = _known(owner, conversations)
    own = _own_threads(owner, conversations)
    plans = []
    for one in conversations:
        imported = known.get((one.source, one.id))
        if imported is not None and imported.thread is None:  # deleted for good
            plans.append(Plan(one, _new_thread(owner, one, models), skipped="in_trash"))
            continue
        if imported is not None and imported.thread is not None:
            plan = Plan(one, imported.thread, imported)
            _compare(plan, imported)
        elif one.source == atelier.SOURCE and one.id in own:
            # Written here: it has what the file has, save what somebody has deleted.
            plan = Plan(one, own[one.id], present=len(one.nodes))
        else:
            plan = Plan(one, _new_thread(owner, one, models))
        if plan.thread.deleted_at is not None:
            plan.skipped = "in_trash"
        elif not plan.present or plan.imported is not None:
            plan.messages = list(_messages(owner, plan, models, keep))
        plans.append(plan)
    return plans


def write(owner: "User", plans: Iterable[Plan], report: Report) -> None:
    """Save what was planned and count it. To be called in the transaction that moves the job
    on; announces threads that somebody may have open."""
    made: list[Plan] = []
    for one in plans:
        if one.skipped:
            report.skip(one.skipped, one.conversation.title)
            continue
        report.messages_present += one.present
        if one.messages and one.imported is not None:
            if not _grow(one, one.imported):
                report.skip("in_trash", one.conversation.title)
                continue
            report.grown += 1
        elif one.messages:
            made.append(one)
            report.added += 1
        else:
            report.present += 1
            continue
        report.messages += len(one.messages)
        report.leave_out(one.conversation)
    Thread.objects.bulk_create([one.thread for one in made])
    rows = [message for one in made for message in one.messages]
    Message.objects.bulk_create(rows, batch_size=INSERT)
    ImportedThread.objects.bulk_create([_record(owner, one) for one in made])


def _known(
    owner: "User", conversations: Sequence[Conversation]
) -> dict[tuple[str, str], ImportedThread]:
    rows = ImportedThread.objects.filter(
        owner=owner, source_id__in=[one.id for one in conversations]
    ).select_related("thread")
    return {(row.source, row.source_id): row for row in rows}


def _own_threads(owner: "User", conversations: Sequence[Conversation]) -> dict[str, Thread]:
    ids = [one.id for one in conversations if one.source == atelier.SOURCE and _is_uuid(one.id)]
    return {str(row.pk): row for row in Thread.objects.filter(owner=owner, pk__in=ids)}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _new_thread(owner: "User", one: Conversation, models: Models) -> Thread:
    questions = (node.text for node in one.nodes if node.role == Role.USER)
    thread_id = uuid.uuid4()
    used = (models.named(node.model) for node in reversed(one.nodes) if node.model)
    return Thread(
        pk=thread_id,
        owner=owner,
        title=one.title or title_of(next(questions, one.nodes[0].text)),
        model=next((model for model in used if model), None),
        leaf_id=message_id(thread_id, one.leaf),
        revision=1,
        path_revision=1,
        created_at=one.created_at,
        last_activity_at=one.updated_at,
    )


def message_id(thread_id: uuid.UUID, source_id: str) -> uuid.UUID:
    """The same message of an export has the same id with every import into its thread."""
    return uuid.uuid5(thread_id, source_id)


def _compare(plan: Plan, imported: ImportedThread) -> None:
    """Keep of the chat what was never imported, and can still be placed: what follows a message
    that was deleted here belongs to a branch that somebody did not want."""
    thread_id = plan.thread.pk
    taken = set(imported.message_ids)
    new = [node for node in plan.conversation.nodes if message_id(thread_id, node.id) not in taken]
    plan.present = len(plan.conversation.nodes) - len(new)
    parents = {message_id(thread_id, node.parent) for node in new if node.parent}
    placed = set(plan.thread.messages.alive().filter(pk__in=parents).values_list("pk", flat=True))
    kept: list[Node] = []
    for node in new:
        if node.parent is None or message_id(thread_id, node.parent) in placed:
            placed.add(message_id(thread_id, node.id))
            kept.append(node)
    if lost := len(new) - len(kept):
        plan.conversation.left_out["deleted_branch"] += lost
    plan.conversation.nodes = kept


def _messages(
    owner: "User", plan: Plan, models: Models, keep: Callable[[], None]
) -> Iterable[Message]:
    thread_id = plan.thread.pk
    for node in plan.conversation.nodes:
        keep()
        model = models.named(node.model)
        own_id = message_id(thread_id, node.id)
        is_answer = node.role == Role.ASSISTANT
        yield Message(
            pk=own_id,
            thread_id=thread_id,
            parent_id=message_id(thread_id, node.parent) if node.parent else None,
            role=node.role or Role.USER,
            author=None if is_answer else owner,
            content=node.text,
            html=render(node.text, scope=scope_of(own_id)) if is_answer else "",
            model=model if is_answer else None,
            model_name=node.model[:MAX_MODEL] if is_answer and model is None else "",
            status=node.status,
            prompt_tokens=node.prompt_tokens,
            completion_tokens=node.completion_tokens,
            cost=Decimal(node.cost) if node.cost else None,
            seconds=node.seconds,
            created_revision=1,
            revision=1,
            created_at=node.at or plan.conversation.created_at,
        )


def _record(owner: "User", plan: Plan) -> ImportedThread:
    return ImportedThread(
        owner=owner,
        source=plan.conversation.source,
        source_id=plan.conversation.id,
        thread=plan.thread,
        message_ids=[message.pk for message in plan.messages],
        leaf_id=plan.thread.leaf_id,
    )


def _grow(plan: Plan, imported: ImportedThread) -> bool:
    """Add to a thread what its chat has got since. Where the thread went on here, it goes on
    showing that. False: it was deleted a moment ago."""
    thread = Thread.objects.select_for_update(of=("self",)).filter(pk=plan.thread.pk).first()
    if thread is None or thread.deleted_at is not None:
        return False
    revision = thread.bump(path=True)
    for message in plan.messages:
        message.created_revision = message.revision = revision
    Message.objects.bulk_create(plan.messages, batch_size=INSERT)
    changes: dict[str, object] = {
        "last_activity_at": Greatest("last_activity_at", plan.conversation.updated_at)
    }
    leaf = message_id(thread.pk, plan.conversation.leaf)
    if thread.leaf_id == imported.leaf_id and any(row.pk == leaf for row in plan.messages):
        changes["leaf"] = imported.leaf_id = leaf
    Thread.objects.filter(pk=thread.pk).update(**changes)
    imported.message_ids += [message.pk for message in plan.messages]
    imported.save(update_fields=["message_ids", "leaf_id"])
    events.publish_on_commit([events.conversation_changed("thread", thread.pk, revision)])
    return True
