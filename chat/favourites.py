"""A person's favourite models: the picker lists them first, in every tab."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from activity import events
from chat.refusals import UnknownModel
from providers.models import AIModel


def set_favourite(*, user: User, model_id: UUID, on: bool) -> None:
    """Safe to repeat. Raises UnknownModel for one that cannot be chosen; any can be let go."""
    with transaction.atomic(durable=True):
        models = AIModel.objects.available().text() if on else AIModel.objects.all()
        model = models.filter(pk=model_id).first()
        if on and model is None:
            raise UnknownModel
        if model is not None:
            (user.favourite_models.add if on else user.favourite_models.remove)(model)
        events.publish_on_commit([events.preferences_changed(user.pk)])
