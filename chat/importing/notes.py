"""What stands in a message for something that an export names but Atelier cannot take."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

MAX_NAME = 200


def attachment(name: str) -> str:
    """A line in the active language, safe inside Markdown."""
    shown = " ".join(name.split())[:MAX_NAME].replace("[", "(").replace("]", ")")
    return f"[{_('Attachment not imported: %(name)s') % {'name': shown or _('file')}}]"


def with_attachments(text: str, names: Iterable[str]) -> str:
    text = text.strip()
    return "\n\n".join([*([text] if text else []), *(attachment(name) for name in names)])
