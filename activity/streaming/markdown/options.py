"""The Markdown dialect (GitHub's, without raw HTML) and the bounds of one block."""

import re

from comrak import ExtensionOptions, ParseOptions, RenderOptions, render_markdown

# A longer block, or a table of more cells, is shown as plain text: parsing is linear, but its
# output and the sanitiser are not, and a tail is rendered again on every tick.
MAX_BLOCK = 100_000
MAX_CELLS = 20_000
FEW_CELLS = 100
MAX_DEPTH = 100

EXTENSIONS = ExtensionOptions()
for _extension in ("table", "strikethrough", "tasklist", "autolink", "math_dollars", "math_latex"):
    setattr(EXTENSIONS, _extension, True)
PARSE = ParseOptions()
RENDER = RenderOptions()
RENDER.escape = True

_NESTING = re.compile(r"<(/?)(?:em|strong|del|blockquote|li)>")


def parse(source: str) -> str:
    """The library's HTML for `source`: not sanitised, but raw HTML is escaped already."""
    return render_markdown(source, EXTENSIONS, PARSE, RENDER)


def is_reasonable(source: str) -> bool:
    """False when parsing `source` could take far more time or memory than its length."""
    if len(source) > MAX_BLOCK:
        return False
    if source.count("|") <= FEW_CELLS:
        return True
    lines = source.split("\n")
    return max(line.count("|") for line in lines) * len(lines) <= MAX_CELLS


def is_shallow(html: str) -> bool:
    """False when `html` is nested so deeply that sanitising it takes quadratic time."""
    closers = html.count("</") if len(html) > 1000 else 0
    if closers <= MAX_DEPTH:
        return True
    depth = deepest = 0
    for closer in _NESTING.findall(html):
        if closer:
            depth -= 1
        else:
            depth += 1
            if depth > deepest:
                deepest = depth
    return deepest <= MAX_DEPTH
