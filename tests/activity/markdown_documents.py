"""Markdown to test with: the specification's examples and documents drawn from fragments."""

import json
import random
from pathlib import Path
from typing import Any

SPEC: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "commonmark-0.31.json").read_text()
)

BLOCKS = [
    *("para text\n", "para *text* with [foo] and [bar][foo]\n", "\n", "\n", "\n", "- a\n", "- b\n"),
    *("  cont\n", "    indented\n", "1. one\n", "2. two\n", "3) three\n", "* star\n", "> quote\n"),
    *(">> deep\n", "lazy\n", "```python\n", "```\n", "print('x')\n", "~~~\n", "# H1\n", "===\n"),
    *("## H2 #\n", "---\n", "***\n", "| a | b |\n", "|---|---|\n", "| 1 | 2 |\n", "a | b\n"),
    *("--|--\n", "**bold\n", "text** end\n", "`code\n", "\ttab\n", "   - nested\n", "  1. n\n"),
    *("- [ ] task\n", "#\n", "#tag\n", "-\n", "+ plus\n", "1986. A year\n", "line  \n", "line\\\n"),
    *(
        "~~del~~\n",
        "![img](u)\n",
        "&amp; &copy;\n",
        "-foo\n",
        "``` a`b\n",
        "  ```js\n",
        "   ````\n",
    ),
    *("````\n", "$a_b$ *c*\n", "\\(x_1\\)\n", "www.x.com http://a.b\n", "Héllo wörld 😀\n", "1) "),
    *("a\xa0b \n", "\r\n", "x\r\n", "\r", "   \n", "```py", "- ```\n", "> ```\n", "|x\n", "12"),
    *("\u3000\n", "**Bold**: x\n", "end", "\x0b\n", "\x0c", "<http://x.y>\n"),
]
LISTS = [
    *("- a\n", "- b **x**\n", "- c\n", "\n", "  cont\n", "  - nest\n", "* d\n", "1. a\n", "2. b\n"),
    *(
        "10. c\n",
        "2) x\n",
        "\n",
        "word\n",
        "   three\n",
        "  ```py\n",
        "  ```\n",
        "  x = 1\n",
        "-\n",
    ),
    *("- [ ] t\n", "- [x] u\n", "-  \n", "- > q\n", "  > q\n", "    code\n", "\tx\n", "- - z\n"),
    *("- # h\n", "***\n", "  | a | b |\n", "  |---|---|\n", "  | 1 | 2 |\n", "14. y\n", "- &lt;\n"),
    *("- ![i](u)\n", "- a long text of words ", "and more ", '"q" ', "(p) "),
]
TABLES = [
    *("| a | b |\n", "|---|---|\n", "| a | b |\n|---|---|\n", "| 1 | 2 |\n", "| **x** | `y` |\n"),
    *("| 1 | 2\n", "1 | 2\n", "x\n", "|\n", "\n", "| | |\n", "> q\n", "- x\n", "# h\n", "```\n"),
    *("| a \\| b | c |\n", "|1|2|3|4|\n", "   | i | j |\n", "    | k | l |\n", "| é 😀 | x "),
    *("| 1 | 2 |   \n", "\t| 1\n"),
]
WORDS = [
    *("word ", "and ", "**b** ", "*i ", '"q" ', "(x) ", ") ", "' ", "[a](http://u ", "[a] ", "\n"),
    *("\n\n", "` ", "`c` ", "&am", "p; ", "\\", "! ", "1. ", "- ", "= ", "x", "é", "www.", "a.b "),
    *("@", "http:", "//", "$", "$ ", "a", "  \n", "> ", "~~", "~~ ", "_", "* ", "**", "# ", "www "),
    *("a@b.c ", "| ", "--|-- ", "\n", "😀 ", "«x» "),
]
HTML = [
    *(
        "<div>\n",
        "<!-- c\n",
        "-->\n",
        "<script>\n",
        "</script>\n",
        "<pre>\n",
        "<b>x</b>\n",
        "<?x\n",
    ),
    *("?>\n", "<![CDATA[\n", "]]>\n", "<x y>\n", "<b ", "<!-- "),
]
REFERENCES = [
    *("[foo]: /url\n", "[foo]: http://url2 'title'\n", "[foo]:\n", "/url\n", "'title\n", "end'\n"),
    *("[bar]: <http://u>\n", "> [foo]: http://q\n", '- [bar]: http://z "a & \\" b"\n', "[bar]\n"),
    *("[FOO] [bar]\n", "[foo]: /u ", "[a]: http://a\n"),
]

NOTES = [
    *("a[^1] ", "[^1]: note\n", "[^2]: other [^1]\n", "    goes on\n", "\n", "\n", "- item[^2]\n"),
    *(
        "word ",
        "[^1]",
        ": ",
        "*em*\n",
        "`[^1]`\n",
        "[^x y]\n",
        "1. one\n",
        "> q\n",
        "# h\n",
        "| a[^1] |\n|--|\n",
    ),
]
FORMULAS = [
    *(
        "$$\n",
        "$$",
        "$x$ ",
        "\\[",
        "\\]",
        "\\[\n",
        "\\]\n",
        "\\(y\\) ",
        "= z\n",
        "- b\n",
        "a + b\n",
    ),
    *(
        "\\frac{a}{b} ",
        "$5 ",
        "$",
        "\n",
        "\n",
        "word ",
        "1. ",
        "- ",
        "\\\\\n",
        "% c\n",
        "\\",
        "^2 ",
        "_1",
    ),
]


def document(chance: random.Random, fragments: list[str]) -> str:
    text = "".join(chance.choice(fragments) for _ in range(chance.randint(3, 40)))
    return text.rstrip("\r\n") if chance.random() < 0.5 else text


def pieces(chance: random.Random, text: str) -> list[str]:
    """`text`, cut at random."""
    count = min(len(text) - 1, chance.randint(1, 60))
    cuts = sorted(chance.sample(range(1, len(text)), count)) if count > 0 else []
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
