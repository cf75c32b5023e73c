"""Footnotes. A definition stays where it was written, which is the end of nearly every answer, so a
block shows its own without knowing the others; the parser never sees them.

While an answer is written, each mark shows its label and leads to where its note will be. The whole
HTML then gets its numbers, in the order of the marks, and the ways back (`settle`).
"""

import re
from itertools import islice

LABEL = r"[\w-]{1,40}"
_DEFINITION = re.compile(rf"^ {{0,3}}\[\^({LABEL})\]:[ \t]*", re.MULTILINE)
# The next definition, or a line that is not indented after an empty one.
_END = re.compile(rf"\n(?=\ {{0,3}}\[\^{LABEL}\]:)|\n[ \t]*\n(?=[^\s])")
_INDENT = re.compile(r"^ {1,4}", re.MULTILINE)
_MARK = re.compile(rf"<(code|a|tex-math)[ >].*?</\1>|\[\^({LABEL})\]", re.DOTALL | re.IGNORECASE)
_SETTLED_MARK = re.compile(r'<sup class="mark"><a href="#n([\w-]*?)\.([\w-]+)">[^<]*</a></sup>')
_NOTE = re.compile(
    r'<div class="note" id="n([\w-]*?)\.([\w-]+)"><a class="mark" href="[^"]*">[^<]*</a>'
)
# More notes than this are text: no answer has them, and each is a parse of its own.
MAX_NOTES = 200


def split(source: str) -> list[tuple[str, str]]:
    """The source as (label, Markdown): definitions, and with the label "" what is between them."""
    if "[^" not in source or "```" in source or "~~~" in source:
        return [("", source)]
    parts, at = [], 0
    for match in islice(_DEFINITION.finditer(source), MAX_NOTES):
        if match.start() < at:
            continue
        parts.append(("", source[at : match.start()]))
        end = _END.search(source, match.end())
        at = end.end() if end else len(source)
        parts.append((match[1], _INDENT.sub("", source[match.end() : at])))
    parts.append(("", source[at:]))
    return [part for part in parts if part[0] or part[1].strip()]


def link_marks(html: str, scope: str) -> str:
    """Sanitised HTML with its marks as links to their notes."""

    def replace(match: re.Match[str]) -> str:
        return _mark(scope, match[2], match[2]) if match[2] else match[0]

    return _MARK.sub(replace, html) if "[^" in html else html


def _mark(scope: str, label: str, shown: str, own_id: str = "") -> str:
    return f'<sup class="mark"{own_id}><a href="#n{scope}.{label}">{shown}</a></sup>'


def note(scope: str, label: str, html: str) -> str:
    """The note itself; its number leads back to its mark."""
    return (
        f'<div class="note" id="n{scope}.{label}"><a class="mark" href="#m{scope}.{label}">{label}'
        f"</a><div>{html}</div></div>\n"
    )


def settle(html: str) -> str:
    """The HTML of a whole answer: marks without a note are text again, the others are numbered,
    and no id is there twice."""
    if 'class="mark"' not in html:
        return html
    defined = {match[2] for match in _NOTE.finditer(html)}
    numbers: dict[str, int] = {}

    def number_mark(match: re.Match[str]) -> str:
        scope, label = match[1], match[2]
        if label not in defined:
            return f"[^{label}]"
        is_first = label not in numbers
        number = numbers.setdefault(label, len(numbers) + 1)
        return _mark(scope, label, str(number), f' id="m{scope}.{label}"' if is_first else "")

    def number_note(match: re.Match[str]) -> str:
        scope, label = match[1], match[2]
        own_id = f' id="n{scope}.{label}"' if label in defined else ""
        defined.discard(label)
        number = numbers.get(label)
        back = f' href="#m{scope}.{label}"' if number and own_id else ""
        return f'<div class="note"{own_id}><a class="mark"{back}>{number or label}</a>'

    return _NOTE.sub(number_note, _SETTLED_MARK.sub(number_mark, html))
