"""Edit conversations as tests make them, and a run of one in this process."""

import uuid
from collections.abc import Sequence
from typing import Any

from accounts.models import User
from activity.models import Generation
from gallery.asking import Asked
from gallery.images import GeneratedImage
from imageedit import services
from imageedit.models import EditConversation, Output, Turn
from providers.models import AIModel
from tests.gallery.posts import develop, images_of, make_finished, make_image_models, work

TEXT = "Make the wall sage green"


def make_source(user: User, **fields: Any) -> GeneratedImage:
    """The first image of a finished post."""
    return images_of(make_finished(user, **fields))[0]


def start(user: User, source: GeneratedImage, **fields: Any) -> Asked:
    """As the page does: the conversation's id is its key too."""
    conversation_id = fields.pop("conversation_id", None) or uuid.uuid4()
    models: Sequence[AIModel] = fields.pop("models", None) or make_image_models()[:2]
    values = {
        "conversation_id": conversation_id,
        "client_id": conversation_id,
        "image_id": source.pk,
        "text": TEXT,
        "model_ids": [model.pk for model in models],
    }
    return services.start(user=user, **(values | fields))


def make_conversation(user: User, **fields: Any) -> EditConversation:
    """One whose first turn is queued."""
    source = fields.pop("source", None) or make_source(user)
    conversation = start(user, source, **fields).generation.edit
    assert conversation is not None
    return conversation


def make_finished_edit(user: User, **fields: Any) -> EditConversation:
    return run_all(make_conversation(user, **fields))


def send(user: User, conversation: EditConversation, **fields: Any) -> Asked:
    """Another turn, of the last one's outputs."""
    last = outputs_of(conversation)
    values = {
        "client_id": uuid.uuid4(),
        "text": "Softer light",
        "model_ids": [model.pk for model in make_image_models()[:2]],
        "file_ids": [output.image.file_id for output in last if output.image],
    }
    return services.send(user=user, conversation_id=conversation.pk, **(values | fields))


def run_all(conversation: EditConversation) -> EditConversation:
    """Do all of the workers' work for it: its generation, then the images."""
    for generation in Generation.objects.in_flight().filter(edit=conversation):
        work(generation)
    develop()
    return EditConversation.objects.get(pk=conversation.pk)


def last_turn(conversation: EditConversation) -> Turn:
    turn = Turn.objects.filter(conversation=conversation).order_by("-number").first()
    assert turn is not None
    return turn


def outputs_of(conversation: EditConversation) -> list[Output]:
    """Of the last turn."""
    outputs = last_turn(conversation).outputs.select_related("image__post", "image__file")
    return list(outputs.order_by("position"))


def statuses(conversation: EditConversation) -> list[str]:
    return [output.status for output in outputs_of(conversation)]
