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
        if not on:
            user.favourite_models.remove(model_id)
        elif AIModel.objects.available().text().filter(pk=model_id).exists():
            user.favourite_models.add(model_id)
        else:
            raise UnknownModel
        events.publish_on_commit([events.preferences_changed(user.pk)])
