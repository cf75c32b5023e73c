"""Code blocks: escaped, labelled, and coloured by Pygments' short class names within bounds."""

from collections.abc import Iterator
from functools import lru_cache
from time import thread_time

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

# Colouring runs between two ticks of every other answer, and many lexers are quadratic on hostile
# input. A block past either bound stays plain.
MAX_HIGHLIGHT = 20_000
MAX_LINE = 250
MAX_SECONDS = 0.06
MAX_LABEL = 40

# Names, punctuation and space keep the colour of the text, so they need no element.
_PLAIN = {"", "w", "n", "p", "x", "esc", "err"}
# Lexers whose longest single step stayed short on hostile input. Not those of Objective-C, MATLAB
# and Terraform, which took seconds.
_NAMES = """
bash c c# c++ clojure cmake console cpp cs csharp css dart diff docker dockerfile elixir erlang
fortran go golang graphql groovy haskell html ini java javascript js json jsx julia kotlin latex
less lua make makefile mysql nginx nix ocaml perl php postgres postgresql powershell proto
protobuf ps1 py python python3 r rb rs ruby rust scala scss sh shell solidity sql swift tex toml
ts tsx typescript vim xml yaml yml zig zsh
"""
LANGUAGES = frozenset(_NAMES.split())


def escape(text: str) -> str:
    """Text as HTML, in the same form as the sanitiser's."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(html: str) -> str:
    """The text that the Markdown library escaped."""
    if "&" not in html:
        return html
    return (
        html.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )


def figure(language: str, body: str) -> str:
    """A code block; `body` is HTML already."""
    label = escape(language[:MAX_LABEL]) or "<span></span>"
    return (
        f'<figure class="code"><figcaption>{label}<copy-code></copy-code></figcaption>'
        f'<pre tabindex="0"><code>{body}{FIGURE_END}'
    )


FIGURE_END = "</code></pre></figure>"


def highlighted(language: str, code: str) -> str:
    """`code` as HTML, coloured when its language is known and it isn't too long."""
    lexer = _lexer(language.lower()) if len(code) <= MAX_HIGHLIGHT else None
    if lexer is None or max(map(len, code.split("\n"))) > MAX_LINE:
        return escape(code)
    try:
        pieces = list(_pieces(lexer, code))
    except Exception:  # a lexer's own fault must not cost the answer
        return escape(code)
    # Also true of a lexer that ran out of time.
    if "".join(text for _, text in pieces) != code:
        return escape(code)
    return "".join(
        f'<span class="{name}">{escape(text)}</span>' if name else escape(text)
        for name, text in pieces
    )


@lru_cache(maxsize=128)
def _lexer(language: str) -> Lexer | None:
    if language not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _pieces(lexer: Lexer, code: str) -> Iterator[tuple[str, str]]:
    """(class name or "", text) of each run of one colour."""
    last, run = "", ""
    deadline = thread_time() + MAX_SECONDS
    for kind, text in lexer.get_tokens(code):
        if thread_time() > deadline:
            return
        name = _class_name(kind)
        if name == last or text.isspace():
            run += text
            continue
        if run:
            yield last, run
        last, run = name, text
    if run:
        yield last, run


@lru_cache(maxsize=512)
def _class_name(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return "" if name in _PLAIN else name
