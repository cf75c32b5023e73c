"""The models that a person chooses from, their favourites first."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from providers.models import AIModel

SHORTLIST = 6


@dataclass(slots=True)
class Group:
    label: str
    is_favourites: bool = False
    models: list[AIModel] = field(default_factory=list)


def groups(user: User) -> Sequence[Group]:
    """Favourites, then the others by their providers, all in the order that staff gave them."""
    favourites = Group(_("Favourites"), is_favourites=True)
    others: dict[str, Group] = {}
    starred = set(user.favourite_models.values_list("pk", flat=True))
    for model in AIModel.objects.available().text():
        name = model.provider.name
        group = favourites if model.pk in starred else others.setdefault(name, Group(name))
        group.models.append(model)
    return [group for group in (favourites, *others.values()) if group.models]


def shortlist(user: User) -> Sequence[AIModel]:
    """A few for a menu: the favourites, then the first of the others."""
    is_favourite = Exists(
        User.favourite_models.through.objects.filter(user=user, aimodel=OuterRef("pk"))
    )
    usable = AIModel.objects.available().text()
    return list(usable.order_by(is_favourite.desc(), "position", "name")[:SHORTLIST])
