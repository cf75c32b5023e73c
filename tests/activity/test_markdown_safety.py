"""Nothing that a model writes becomes more than text, links and structure; and nothing hangs."""

import re
import time
from html.parser import HTMLParser

import pytest

from activity.streaming.markdown import IncrementalRenderer, highlight, render
from activity.streaming.markdown.options import MAX_BLOCK

from .markdown_documents import SPEC

VOID = {"br", "hr"}
ATTRIBUTES = {
    "a": {"href", "title", "rel", "target", "class"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
    "div": {"class", "tabindex", "id"},
    "sup": {"class", "id"},
    "tex-math": {"class"},
    "figure": {"class"},
    "pre": {"tabindex"},
    "span": {"class"},
}
TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "a", "em"),
    *("strong", "del", "code", "table", "thead", "tbody", "tr", "th", "td", "div", "figure"),
    *("figcaption", "copy-code", "pre", "span", "sup", "tex-math"),
}


CLASSES = {
    "a": {None, "mark"},
    "div": {None, "table", "note"},
    "sup": {"mark"},
    "tex-math": {None, "block", "block open"},
    "figure": {"code"},
}


class Inspector(HTMLParser):
    """Fails on a tag or attribute that no page of ours should have, and on bad nesting."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attributes} <= ATTRIBUTES.get(tag, set())
        found = dict(attributes)
        if tag == "a":
            self._check_link(found)
        assert found.get("class") in CLASSES.get(tag, {None}) or tag == "span"
        if tag not in VOID:
            self._open.append(tag)

    def _check_link(self, found: dict[str, str | None]) -> None:
        href = found.get("href") or ""
        assert "a" not in self._open
        if href.startswith("#") or found.get("class") == "mark":
            assert re.fullmatch(r"(#[nm]\w*\.[\w-]+)?", href)
            return
        assert href.lower().startswith(("http://", "https://", "mailto:"))
        assert found["rel"] == "noopener noreferrer nofollow"

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        pytest.fail("a comment")

    def handle_decl(self, decl: str) -> None:
        pytest.fail("a declaration")

    unknown_decl = handle_pi = handle_decl


ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.y></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "a <img src=x onerror=alert(1)> b",
    "<svg onload=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<details open ontoggle=alert(1)>",
    "<!-- --><script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&Tab;javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/logout)",
    "[x](#top)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    '[x](https://a.b "\\" onclick=alert(1) x=\\"")',
    '[x](https://a.b" onclick=alert(1))',
    "[x](<https://a.b' onclick='alert(1)>)",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://a.b/c.png)',
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[![x](https://a.b/c.png)](https://d.e)",
    "[![a](https://a.b) ![b](https://c.d)](https://d.e) ![c](https://f.g)",
    "[x]: javascript:alert(1)\n\n[x]",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```</code></pre><script>\nx\n```",
    "``<script>``",
    "$<script>alert(1)</script>$",
    "\\(<img src=x onerror=alert(1)>\\)",
    "| <script> | b |\n|--|--|\n| <img src=x onerror=alert(1)> | </table> |",
    "<figure></figure>",
    "</div></article><script>alert(1)</script>",
    "- <script>\n\n  alert(1)\n  </script>",
    "> <style>*{}</style>",
    "https://a.b/<script>",
    'www.a.b/"onmouseover=alert(1)',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<copy-code onclick=alert(1)>",
    "# <h1 onclick=x>\n</h1>",
    '<input type="checkbox" checked="" disabled="" />',
    '<span data-math-style="inline">x</span>',
    "<tex-math>$x$</tex-math>",
    "$$<script>alert(1)</script>$$",
    "\\[<img src=x onerror=alert(1)>",
    '<sup class="mark"><a href="#nx.1">1</a></sup> [^1]\n\n[^1]: x',
    "a[^1]\n\n[^1]: <script>alert(1)</script> [x](javascript:alert(1))\n[^1]: again",
    'a[^"onclick=alert(1)] [^<b>]\n\n[^"onclick=alert(1)]: x\n[^<b>]: y',
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_text(attack: str) -> None:
    for text in (attack, f"words\n{attack}\n\nmore", f"- {attack}\n", f"```\n{attack}"):
        Inspector(render(text))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_text_while_it_is_written(attack: str) -> None:
    renderer = IncrementalRenderer()
    for character in attack:
        renderer.feed(character)
        Inspector(renderer.tail_html)
        Inspector(renderer.closed_html)


def test_the_specification_makes_only_what_is_allowed() -> None:
    for example in SPEC:
        Inspector(render(example["markdown"]))


def test_an_image_is_a_link_and_within_a_link_its_text() -> None:
    end = ' target="_blank" rel="noopener noreferrer nofollow">'
    assert render("![a *b*](https://x.y/z)") == f'<p><a href="https://x.y/z"{end}a b</a></p>\n'
    assert render("![](https://x.y/z)") == f'<p><a href="https://x.y/z"{end}https://x.y/z</a></p>\n'
    both = "[![a](https://x.y/z)](https://v.w)"
    assert render(both) == f'<p><a href="https://v.w"{end}a</a></p>\n'


def test_a_link_that_leads_nowhere_is_its_text() -> None:
    assert render("[*x*](/private) [y](javascript:z)") == "<p><em>x</em> y</p>\n"


def test_code_has_a_label_and_its_text_is_unchanged() -> None:
    code = "def f(x):\n\treturn \"<a>\" & \u00a0x  # 'q'\n"
    html = render(f"```python title\n{code}```")
    assert html.startswith(
        '<figure class="code"><figcaption>python<copy-code></copy-code></figcaption>'
        '<pre tabindex="0"><code><span class="k">def </span>'
    )
    assert Inspector(html).text == f"python{code}\n"
    assert "<figcaption><span></span><copy-code></copy-code></figcaption>" in render("    x")


@pytest.mark.parametrize("language", sorted(highlight.LANGUAGES))
def test_every_language_keeps_the_text(language: str) -> None:
    code = "\n\n\tif (x < 1) { 'a' } # é😀 /* \"\n"
    html = highlight.highlighted(language, code)
    assert Inspector(html).text == code
    assert highlight._lexer(language) is not None


def test_code_past_the_bounds_stays_plain() -> None:
    assert "<span" in highlight.highlighted("python", "return 1\n" * 10)
    assert "<span" not in highlight.highlighted("python", "return 1\n" * 5000)
    assert "<span" not in highlight.highlighted("python", "return " + "x" * 300)
    assert "<span" not in highlight.highlighted("unheard of", "return 1")


def test_a_formula_stays_readable() -> None:
    assert render("so $a_b * c_d$ and \\(x_1*y_1\\)") == (
        "<p>so <tex-math>$a_b * c_d$</tex-math> and <tex-math>$x_1*y_1$</tex-math></p>\n"
    )
    assert render("$5 and *$10*") == "<p>$5 and <em>$10</em></p>\n"


@pytest.mark.parametrize(
    "text",
    [
        *("$5 and $10", "from $5 to $10", "$5-$10", "US$5/A$7", "($5) or ($10) US$", "5$ or 10$"),
        *("$1,000 (or €900) in US$", "$HOME and $PATH", "`$x$`", "costs $5$", "\\$x\\$ y"),
    ],
)
def test_money_is_no_formula(text: str) -> None:
    assert "<tex-math" not in render(text)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("$$x^2$$", "x^2"),
        ("\\[x^2\\]", "x^2"),
        ("$$\nx\n= y\n$$", "x = y"),
        ("\\[\na\n- b\n\\]", "a - b"),
        ("1. so\n   $$\n   a\n   = b\n   $$\n", "a    = b"),
        ("$$\n\\begin{aligned}\na &= b \\\\\n+ c\n\\end{aligned}\n$$",
         "\\begin{aligned} a &amp;= b \\\\ + c \\end{aligned}"),
    ],
)  # fmt: skip
def test_a_formula_on_lines_of_its_own_is_one(text: str, formula: str) -> None:
    assert f'<tex-math class="block">$${formula}$$</tex-math>' in render(text)


def test_a_formula_that_is_being_written_is_marked_as_open() -> None:
    text = "so\n\n$$\n\\frac{a}{b}\n= c\n$$\n\nend"
    for end in range(1, len(text)):
        renderer = IncrementalRenderer()
        renderer.feed(text[:end])
        Inspector(renderer.closed_html + renderer.tail_html)
        is_open = text.index("f") < end < text.rindex("$$") + 2
        assert ("block open" in renderer.tail_html) == is_open, text[:end]
    assert "open" not in render(text)


def test_an_open_formula_leaves_a_list_alone() -> None:
    renderer = IncrementalRenderer()
    renderer.feed("- $$ a\n- b")
    assert renderer.tail_html == "<ul>\n<li>$$ a</li>\n<li>b</li>\n</ul>\n"


def test_tasks_tables_and_headings() -> None:
    empty, done = '<span class="box">☐</span>', '<span class="box">☑</span>'
    assert render("- [ ] a\n- [x] b\n") == (f"<ul>\n<li>{empty} a</li>\n<li>{done} b</li>\n</ul>\n")
    assert render("- [ ] a\n\n- [x] b\n").count(f"<p>{done} b</p>") == 1
    assert render("|a|\n|-|\n").startswith('<div class="table" tabindex="0"><table>')
    assert render("# a\n## b\n### c\n") == "<h2>a</h2>\n<h2>b</h2>\n<h3>c</h3>\n"


def test_raw_html_keeps_its_lines() -> None:
    assert render("<div>\n  x\n</div>\n\ny") == (
        "<p>&lt;div&gt;<br>  x<br>&lt;/div&gt;</p>\n<p>y</p>\n"
    )


def test_unusable_characters_are_replaced() -> None:
    assert render("a\0b\ud800c\udfff") == "<p>a\ufffdb\ufffdc\ufffd</p>\n"


BOMBS = {
    "brackets": "[" * 100_000,
    "images": "![" * 50_000,
    "pairs": "[" * 50_000 + "]" * 50_000,
    "half links": "[a](" * 25_000,
    "stars": "*" * 50_000 + "a" + "*" * 50_000,
    "emphasis": "*a **b " * 10_000 + "c" + "** b* " * 10_000,
    "strong": "**a " * 20_000 + " a**" * 20_000,
    "flanking": "*a_ " * 25_000,
    "quotes": ">" * 100_000,
    "quotes apart": "> " * 50_000,
    "items": "- " * 50_000 + "a",
    "numbers": "1. " * 30_000,
    "deep lists": "".join("  " * depth + "- a\n" for depth in range(600)),
    "ticks": "".join("`" * n + " " for n in range(450)),
    "less": "<" * 100_000,
    "comments": "<!--" * 25_000,
    "swallowed": "<!--\n" + "a\n\n" * 30_000,
    "swallowed marks": "<!--\n" + "a > b\n\n" * 15_000,
    "declarations": "a <![CDATA[" * 10_000,
    "entities": "&" * 100_000,
    "backslashes": "\\" * 100_000,
    "wide table": "|a" * 25_000 + "\n" + "|-" * 25_000 + "\n|b\n|b\n",
    "blown table": "|a" * 500 + "\n" + "|-" * 500 + "\n" + "|b\n" * 10_000,
    "long table": "|a|b|\n|-|-|\n" + "|c|d|\n" * 20_000,
    "definitions": "".join(f"[a{n}]: /u\n" for n in range(8_000)) + "\n[a1]",
    "definitions apart": "".join(f"[a{n}]: /u\n\n" for n in range(3_000)),
    "expansion": "[a]: http://" + "x" * 50_000 + "\n\n" + "[a]" * 16_000,
    "dollars": "$a" * 50_000,
    "tildes": "~~a ~b " * 14_000,
    "addresses": "a@b.c " * 16_000,
    "colons": "http://" * 14_000,
    "nulls": "\0" * 100_000,
    "returns": "\r" * 100_000,
    "one block": "word *x* " * 110_000,
    "one line each": "a\n" * 500_000,
    "one million words": "hello world\n\n" * 80_000,
    "list": "- a\n" * 250_000,
    "fence": "```c\n" + "a" * 1_000_000,
    "fences": "```c\n" + "a" * 19_000 + "\n```\n",
    "many fences": "```py\nx\n```\n" * 5_000,
    "headings": "# a\n" * 50_000,
    "raw blocks": "<p>\n\n" * 20_000,
    "nested code": "- ```\n" * 20_000,
    "marks": "[^a]" * 25_000 + "\n\n[^a]: b",
    "notes": "".join(f"[^a{n}]: b\n" for n in range(8_000)),
    "notes apart": "".join(f"[^a{n}]: b\n\n" for n in range(5_000)) + "[^a1]" * 9_000,
    "formulas": "$a$ " * 25_000,
    "formulas apart": "$$\na\n$$\n\n" * 10_000,
    "open formulas": "$$ a\n" * 20_000,
    "open brackets": "\\[ a\n" * 20_000,
    "open items": "- $$ a\n" * 14_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_bounded_work(name: str) -> None:
    start = time.thread_time()
    html = render(BOMBS[name])
    # A tenth of this is usual; without bounds many of these take minutes.
    assert time.thread_time() - start < 10
    assert len(html) < 40 * len(BOMBS[name]) + 1000


@pytest.mark.parametrize("name", ["strong", "quotes", "blown table", "list", "swallowed", "fence"])
def test_a_bomb_that_streams_does_bounded_work(name: str) -> None:
    text, renderer = BOMBS[name][:60_000], IncrementalRenderer()
    start = time.thread_time()
    for at in range(0, len(text), 600):
        renderer.feed(text[at : at + 600])
    assert time.thread_time() - start < 10
    Inspector(renderer.closed_html + renderer.tail_html)


def test_what_is_too_much_for_a_block_is_shown_plain() -> None:
    html = render("*a* " * MAX_BLOCK)
    assert html.startswith("<p>*a* *a* ")
    assert render(">" * 1000) == f"<p>{'&gt;' * 1000}</p>\n"
