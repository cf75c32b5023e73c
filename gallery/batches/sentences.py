"""What a batch does or did, in words and true numbers."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery.batches.models import Batch, BatchKind, BatchState


def told(batch: Batch) -> str:
    """In the active language. What did not go as asked is said after what did."""
    if batch.is_under_way:
        return _going_on(batch)
    return " ".join(one for one in (_why(batch), _done(batch), _left(batch)) if one)


def _going_on(batch: Batch) -> str:
    if batch.kind == BatchKind.DELETE:
        return _("Restoring images…") if batch.is_undo else _("Moving images to the trash…")
    return _("Moving posts back…") if batch.is_undo else _("Adding posts to the project…")


def _why(batch: Batch) -> str:
    if batch.state == BatchState.STOPPED:
        return _("Stopped.")
    if batch.error_code == "too_slow":
        return _("That search took too long.")
    if batch.error_code == "no_project":
        return _("The project is not there any more.")
    return _("This could not be finished.") if batch.state == BatchState.FAILED else ""


def _done(batch: Batch) -> str:
    if batch.is_undo:
        return _undone(batch)
    if batch.kind == BatchKind.DELETE:
        text = ngettext(
            "%(n)s image moved to the trash.", "%(n)s images moved to the trash.", batch.done
        )
        return _with(text, batch.done)
    if not batch.posts and batch.done:
        return _("All of it was in the project already.")
    text = ngettext(
        "%(n)s post added to %(project)s.", "%(n)s posts added to %(project)s.", batch.posts
    )
    return _with(text, batch.posts, project=batch.project.name if batch.project else "")


def _undone(batch: Batch) -> str:
    number = batch.restored
    if batch.kind == BatchKind.DELETE:
        text = ngettext("%(n)s image restored.", "%(n)s images restored.", number)
    else:
        text = ngettext("%(n)s post moved back.", "%(n)s posts moved back.", number)
    return _with(text, number)


def _not_undone(batch: Batch) -> str:
    number = batch.changed - batch.restored
    if number <= 0 or batch.state != BatchState.COMPLETED:
        return ""
    if batch.kind == BatchKind.DELETE:
        text = ngettext(
            "%(n)s is not in the trash any more.", "%(n)s are not in the trash any more.", number
        )
    else:
        text = ngettext(
            "%(n)s was moved or deleted since.", "%(n)s were moved or deleted since.", number
        )
    return _with(text, number)


def _left(batch: Batch) -> str:
    """Numbers of what was asked for and not done."""
    if batch.is_undo:
        return _not_undone(batch)
    parts = []
    if batch.making:
        text = ngettext("%(n)s is still being made.", "%(n)s are still being made.", batch.making)
        parts.append(_with(text, batch.making))
    if batch.gone:
        text = ngettext("%(n)s was gone already.", "%(n)s were gone already.", batch.gone)
        parts.append(_with(text, batch.gone))
    return " ".join(parts)


def _with(text: str, number: int, **values: str) -> str:
    shown = number_format(number, use_l10n=True, force_grouping=True)
    return text % ({"n": shown} | values)
