"""One run of top-level blocks, from Markdown to the HTML that a page shows."""

import re

from . import footnotes, formulas
from .highlight import escape, figure, highlighted, unescape
from .options import is_reasonable, is_shallow, parse
from .sanitise import images_to_links, sanitise

_CODE = re.compile(r'<pre><code(?: class="language-([^"]*)")?>([^<]*)</code></pre>\n')
_OPEN_END = re.compile(r"(?:</(?:li|ul|ol|blockquote)>\n)*\Z")
# Escaped raw HTML stands between blocks without an element of its own.
_RAW = re.compile(
    r"(\A|</(?:p|ul|ol|li|blockquote|pre|table|h[1-6])>\n|<(?:li|blockquote|hr /)>\n)"
    r"( {0,3}&lt;[^<]*)\n"
)
_CHECKBOX = re.compile(r'<input type="checkbox" (checked="" )?disabled="" />( \n<p>)?')
_FIGURE = "<figure></figure>\n"

Coloured = dict[tuple[str, str], str]


def block_html(
    source: str, definitions: str, *, closed: bool, cache: Coloured, scope: str = ""
) -> str:
    """The page's HTML of `source`, which is followed by nothing (or, if `closed`, by a new block).

    `definitions` are the link references that hold in it. A code block at the very end of an open
    source is still growing, so it has no colours yet. `cache` keeps what was coloured. `scope` is
    what makes the ids of its footnotes the answer's own.
    """
    if not is_reasonable(source):
        return plain(source)
    html, parts = "", footnotes.split(source)
    for number, (label, text) in enumerate(parts, 1):
        is_closed = closed or number < len(parts)
        part = _block(text, definitions, closed=is_closed, cache=cache)
        part = footnotes.link_marks(part, scope)
        html += footnotes.note(scope, label, part) if label else part
    return html


def _block(source: str, definitions: str, *, closed: bool, cache: Coloured) -> str:
    whole = formulas.join_lines(source)
    ended = whole if closed else formulas.close_last(whole)
    if ended != whole:
        html = formulas.open_last(_parsed(ended, definitions, closed, cache))
        if html:
            return html
    return _parsed(whole, definitions, closed, cache)


def _parsed(source: str, definitions: str, closed: bool, cache: Coloured) -> str:
    html = parse(definitions + source)
    return _finish(html, closed, cache) if is_shallow(html) else plain(source)


def plain(source: str) -> str:
    """Text that is not read as Markdown."""
    paragraphs = re.split(r"\n[ \t\n]*\n", source.strip("\n"))
    return "".join(f"<p>{escape(p).replace(chr(10), '<br>')}</p>\n" for p in paragraphs if p)


def _finish(html: str, closed: bool, cache: Coloured) -> str:
    figures: list[str] = []
    if "<pre>" in html:

        def take(match: re.Match[str]) -> str:
            language, code = unescape(match[1] or ""), unescape(match[2])
            if closed or not _OPEN_END.match(html, match.end()):
                key = (language, code)
                body = cache.get(key)
                if body is None:
                    body = cache[key] = highlighted(language, code)
            else:
                body = escape(code)
            figures.append(figure(language, body) + "\n")
            return _FIGURE

        html = _CODE.sub(take, html)
    html = sanitise(_simplify(html))
    if "<table>" in html:
        html = html.replace("<table>", '<div class="table" tabindex="0"><table>')
        html = html.replace("</table>", "</table></div>")
    if figures:
        parts = html.split(_FIGURE)
        html = parts[0] + "".join(f + p for f, p in zip(figures, parts[1:], strict=True))
    return html


def _simplify(html: str) -> str:
    """Replace what the page has no element for."""
    if "&lt;" in html:
        html = _RAW.sub(lambda m: f"{m[1]}<p>{m[2].strip().replace(chr(10), '<br>')}</p>\n", html)
    if "<span " in html:
        html = formulas.elements(html)
    if "<img " in html:
        html = images_to_links(html)
    if "<input " in html:
        html = _CHECKBOX.sub(_box, html)
    if "<h1>" in html:
        # The page has one first heading, and it isn't in an answer.
        html = html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return html


def _box(match: re.Match[str]) -> str:
    box = f'<span class="box">{chr(0x2611 if match[1] else 0x2610)}</span>'
    return f"<p>{box} " if match[2] else box
