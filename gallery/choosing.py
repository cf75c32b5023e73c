"""Which models and references a run has. To be called in the transaction that asks for it."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from accounts.models import User
from files.models import File
from gallery.models import Project
from gallery.refusals import (
    FileGone,
    FileNotReady,
    NoImageFile,
    NoImageModel,
    NoTextModel,
    TooManyFiles,
    TooManyModels,
    UnknownModel,
)
from providers.models import AIModel


def text_model(user: User, model_id: UUID | None, project: Project | None) -> AIModel:
    """The model asked for, else the project's, the user's, the first. Raises UnknownModel when
    the one asked for cannot be used, NoTextModel when there is none at all."""
    usable = AIModel.objects.available().text()
    if model_id is not None:
        chosen = usable.filter(pk=model_id).first()
        if chosen is None:
            raise UnknownModel
        return chosen
    for preferred in (project.text_model_id if project else None, user.default_model_id):
        if preferred and (model := usable.filter(pk=preferred).first()):
            return model
    first = usable.first()
    if first is None:
        raise NoTextModel
    return first


def image_models(model_ids: Sequence[UUID]) -> list[AIModel]:
    """Each once, in this order. Raises NoImageModel, TooManyModels or UnknownModel."""
    wanted = list(dict.fromkeys(model_ids))
    if not wanted:
        raise NoImageModel
    if len(wanted) > settings.MAX_POST_MODELS:
        raise TooManyModels(limit=settings.MAX_POST_MODELS)
    found = AIModel.objects.available().image().in_bulk(wanted)
    if len(found) < len(wanted):
        raise UnknownModel
    return [found[one] for one in wanted]


def references(user: User, file_ids: Sequence[UUID]) -> list[File]:
    """The user's own images, ready to be used, in this order. Raises a Refusal."""
    wanted = list(dict.fromkeys(file_ids))
    if len(wanted) > settings.MAX_ATTACHMENTS:
        raise TooManyFiles(limit=settings.MAX_ATTACHMENTS)
    # Locked, for files that nothing points to are removed now and then.
    rows = File.objects.visible_to(user).select_for_update(of=("self",), no_key=True)
    found = rows.select_related("blob").in_bulk(wanted)
    files = [found[one] for one in wanted if one in found]
    if len(files) < len(wanted):
        raise FileGone
    for file in files:
        if not file.blob.is_ready:
            raise FileNotReady(name=file.name, problem=file.problem)
        if not file.blob.is_image:
            raise NoImageFile(name=file.name)
    return files
