"""Where a text can be cut so that its parts, rendered alone, give the HTML of the whole.

A cut stands before a line that begins a new top-level block whatever comes later: a heading, the
complete first line of a code fence, or, after a blank line, any line that isn't indented and
can't go on with a list. Only an open fence or HTML block of the text before could swallow such a
line; the parser itself is asked about that. Link references are carried over apart from this.
"""

import re
from typing import NamedTuple

from .options import MAX_BLOCK, is_reasonable, parse

_CUT = re.compile(
    r"""\n(?:
      [ \t]*\n (?P<any>
        (?![\s\ufeff]) (?!\Z)
        (?![-+*](?:[ \t\n]|\Z))
        (?![0-9]{1,9}(?:[.)](?:[ \t\n]|\Z)|\Z))
      )
      | (?P<heading>(?=\#{1,6}[ \t]))
      | (?P<fence>(?=`{3,}[^`\n]*\n|~{3,}[^\n]*\n))
    )""",
    re.VERBOSE,
)
_FENCE = re.compile(r"(`{3,})[^`\n]*\n|(~{3,})[^\n]*\n")
_MAY_HOLD = re.compile(r"```|~~~|<")
_PROBES = {
    "any": ("x\n", "<p>x</p>\n"),
    "heading": ("# x\n", "<h1>x</h1>\n"),
    "fence": ("```\n", "<pre><code></code></pre>\n"),
}
# A text that swallows whatever comes is asked about at most so often.
MAX_REFUSALS = 50


class Cut(NamedTuple):
    at: int
    """Length of the source before the cut; 0 when there is none."""
    scanned: int
    """No cut is before this offset: look from here when more text has come."""
    refusals: int


def find_cut(source: str, start: int, refusals: int) -> Cut:
    """The first cut of `source` from `start` on, when so many were refused before.

    It depends on the text before the cut and its line only, not on what follows.
    """
    while True:
        if refusals == MAX_REFUSALS:
            start = max(start, MAX_BLOCK)
        match = _CUT.search(source, start)
        if match is None:
            last = source.rfind("\n")
            before = source.rfind("\n", 0, last) if last > 0 else 0
            return Cut(0, max(start, before), refusals)
        if _is_cut(source[: match.end()], match.lastgroup or "any"):
            return Cut(match.end(), 0, 0)
        refusals = min(refusals + 1, MAX_REFUSALS)
        start = match.end() - 1


def may_cut(source: str) -> bool:
    """Whether there is a cut within `source`, unless an open fence or HTML block swallows it."""
    return _CUT.search(source) is not None


def _is_cut(before: str, kind: str) -> bool:
    if not _MAY_HOLD.search(before) or not is_reasonable(before):
        return True
    line, html = _PROBES[kind]
    return parse(before + line) == parse(before) + html


def opening_fence(source: str) -> str:
    """The marks of the code fence whose complete first line begins `source`, or ""."""
    match = _FENCE.match(source)
    return (match[1] or match[2]) if match else ""


def closing_fence(marks: str) -> re.Pattern[str]:
    """Finds the line, complete or not, that closes the fence opened by `marks`."""
    return re.compile(rf"^ {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*$", re.MULTILINE)
