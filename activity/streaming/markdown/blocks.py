"""One run of top-level blocks, from Markdown to the HTML that a page shows."""

import re

from .highlight import escape, figure, highlighted, unescape
from .options import is_reasonable, is_shallow, parse
from .sanitise import images_to_links, sanitise

_CODE = re.compile(r'<pre><code(?: class="language-([^"]*)")?>([^<]*)</code></pre>\n')
_OPEN_END = re.compile(r"(?:</(?:li|ul|ol|blockquote)>\n)*\Z")
_MATH = re.compile(r'<span data-math-style="(inline|display)">([^<]*)</span>')
# Escaped raw HTML stands between blocks without an element of its own.
_RAW = re.compile(
    r"(\A|</(?:p|ul|ol|li|blockquote|pre|table|h[1-6])>\n|<(?:li|blockquote|hr /)>\n)"
    r"( {0,3}&lt;[^<]*)\n"
)
_CHECKBOX = re.compile(r'<input type="checkbox" (checked="" )?disabled="" />( \n<p>)?')
_FIGURE = "<figure></figure>\n"

Coloured = dict[tuple[str, str], str]


def block_html(source: str, definitions: str, *, closed: bool, cache: Coloured) -> str:
    """The page's HTML of `source`, which is followed by nothing (or, if `closed`, by a new block).

    `definitions` are the link references that hold in it. A code block at the very end of an open
    source is still growing, so it has no colours yet. `cache` keeps what was coloured.
    """
    if not is_reasonable(source):
        return plain(source)
    html = parse(definitions + source)
    if not is_shallow(html):
        return plain(source)
    return _finish(html, closed, cache)


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
        html = _MATH.sub(_dollars, html)
    if "<img " in html:
        html = images_to_links(html)
    if "<input " in html:
        html = _CHECKBOX.sub(_box, html)
    if "<h1>" in html:
        # The page has one first heading, and it isn't in an answer.
        html = html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return html


def _box(match: re.Match[str]) -> str:
    mark = "\u2611" if match[1] else "\u2610"
    return f"<p>{mark} " if match[2] else mark


def _dollars(match: re.Match[str]) -> str:
    mark = "$" if match[1] == "inline" else "$$"
    return f"{mark}{match[2]}{mark}"
