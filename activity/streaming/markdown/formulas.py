"""Formulas. A page shows `<tex-math>` as the text it holds until static/js/math.js draws it."""

import re
from collections.abc import Iterator

# Longer ones stay as they were written: see static/js/math.js for what drawing them may cost.
MAX_FORMULA = 5_000

_SPAN = re.compile(r'<span data-math-style="(inline|display)">([^<]*)</span>')
# "$10) for US$": an amount, then words.
_AMOUNT = re.compile(r"\d[^\\^_=+*/{}<>|&]*[^\W\d_]{2}[^\\^_=+*/{}<>|&]*\Z|[\d.,]*\Z")
_OPENING = re.compile(r"^[ \t]*(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+)?(\$\$|\\\[)", re.MULTILINE)
_CLOSERS = {"$$": "$$", "\\[": "\\]"}
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_ITEM = re.compile(r"\n[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|\Z)")
_END = re.compile(r"[^<]*</tex-math>(?:\s*</\w+>)*\s*\Z")
_LAST = '<tex-math class="block">'
_OPEN = '<tex-math class="block open">'


def begins_line(source: str) -> bool:
    """Whether a line of `source` may begin with a formula, which may go on over other lines."""
    return ("$$" in source or "\\[" in source) and _OPENING.search(source) is not None


def join_lines(source: str) -> str:
    """`source` with each formula that begins a line on one line: a line of it that begins with
    "=" or "-" would be read as a heading or a list. A comment in it ends with its line."""
    if not _may_stand_alone(source):
        return source
    pieces, at = [], 0
    for start, end in _spans(source):
        if end is None:
            break
        formula = source[start:end]
        if "%" not in formula and len(formula) <= MAX_FORMULA:
            formula = formula.replace("\n", " ")
        pieces += [source[at:start], formula]
        at = end
    return "".join(pieces) + source[at:]


def close_last(source: str) -> str:
    """`source` with an end for a formula that begins a line and is still being written; the same
    where there is none."""
    if not _may_stand_alone(source):
        return source
    *_, (start, end) = [(0, 0), *_spans(source)]
    if end is not None:
        return source
    formula = source[start + 2 :]
    is_in_list = start != source.rfind("\n", 0, start) + 1
    if (is_in_list and _ITEM.search(formula)) or len(formula) > MAX_FORMULA:
        return source
    if not formula.strip("$\\ \n"):
        return source
    if source.startswith("$$", start):
        return join_lines(source.rstrip("$ \n") + "$$")
    return join_lines(source.rstrip("\\ \n") + " \\]")


def _spans(source: str) -> Iterator[tuple[int, int | None]]:
    """Where the formulas are that begin a line, with their marks; the last one has no end where
    it may go on behind `source`. What meets an empty line first is none."""
    missing: set[str] = set()
    at = 0
    while opening := _OPENING.search(source, at):
        at = opening.end()
        closer = _CLOSERS[opening[1]]
        end = -1 if closer in missing else source.find(closer, at)
        if end < 0:
            missing.add(closer)
        limit = _EMPTY_LINE.search(source, at, len(source) if end < 0 else end)
        if limit is not None:
            at = limit.end()
        elif end < 0:
            yield opening.start(1), None
            return
        else:
            at = end + 2
            yield opening.start(1), at


def _may_stand_alone(source: str) -> bool:
    return begins_line(source) and "```" not in source and "~~~" not in source


def elements(html: str) -> str:
    """The library's HTML with formulas as the page's elements, and amounts of money as text."""
    return _SPAN.sub(_element, html)


def _element(match: re.Match[str]) -> str:
    style, formula = match[1], match[2]
    if style == "display":
        return f'<tex-math class="block">$${formula.strip()}$$</tex-math>'
    if len(formula) > MAX_FORMULA or _AMOUNT.match(formula):
        return f"${formula}$"
    return f"<tex-math>${formula}$</tex-math>"


def open_last(html: str) -> str:
    """Mark the formula that ends `html` as one that is still being written; "" where none does."""
    before, found, after = html.rpartition(_LAST)
    return before + _OPEN + after if found and _END.match(after) else ""
