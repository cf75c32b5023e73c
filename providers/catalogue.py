"""A provider's models in the database, filled from a list. What staff decided (name, enabled,
position, pigment) stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from providers.listing import ListedModel
from providers.models import AIModel, Provider

PIGMENTS = 8
# What a list may say anew; None there means that it says nothing.
_FACTS = (
    "vision",
    "images_in_chat",
    "only_images",
    "context_tokens",
    "input_price",
    "output_price",
)
_FIRST_TIME_ONLY = ("image_edit", "max_references", "aspect_ratios", "resolutions")


@dataclass(frozen=True, slots=True)
class Changes:
    """How many models a sync added, and how many vanished or came back."""

    listed: int = 0
    added: int = 0
    vanished: int = 0
    returned: int = 0


def fill(provider: Provider, listed: Sequence[ListedModel]) -> Changes:
    """Bring the provider's models in line with its list. An empty list changes nothing: it is
    more likely a fault than the truth."""
    if not listed:
        return Changes()
    with transaction.atomic():
        # Two syncs of one provider take turns.
        Provider.objects.select_for_update().get(pk=provider.pk)
        existing = {(model.slug, model.kind): model for model in provider.models.all()}
        new = [each for each in listed if (each.slug, each.kind) not in existing]
        _add(provider, new)
        returned = 0
        for each in listed:
            if model := existing.pop((each.slug, each.kind), None):
                returned += model.vanished
                _update(model, each)
        vanished = provider.models.filter(
            pk__in=[model.pk for model in existing.values()], from_list=True, vanished=False
        ).update(vanished=True, enabled=False)
    return Changes(len(listed), len(new), vanished, returned)


def _add(provider: Provider, listed: Sequence[ListedModel]) -> None:
    position = (AIModel.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    pigment = AIModel.objects.count()
    AIModel.objects.bulk_create(
        AIModel(
            provider=provider,
            slug=each.slug,
            name=each.name,
            kind=each.kind,
            from_list=True,
            position=position + number,
            pigment=(pigment + number) % PIGMENTS + 1,
            **_said(each, _FACTS + _FIRST_TIME_ONLY),
        )
        for number, each in enumerate(listed)
    )


def _update(model: AIModel, listed: ListedModel) -> None:
    changes = {
        name: value
        for name, value in _said(listed, _FACTS).items()
        if getattr(model, name) != value
    }
    if not model.from_list:
        changes["from_list"] = True
    if model.vanished:
        changes |= {"vanished": False, "enabled": True}
    if changes:
        AIModel.objects.filter(pk=model.pk).update(**changes)


def _said(listed: ListedModel, names: Sequence[str]) -> dict[str, object]:
    values = {name: getattr(listed, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
