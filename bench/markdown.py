"""CPU of Markdown for one streamed answer of 20,000 tokens: rendered whole at every flush, or block
by block.

    python -m bench.markdown

The whole renders are sampled at 40 lengths and scaled to all flushes.
"""

import time

from activity.streaming.markdown import IncrementalRenderer, render

CHARACTERS = 80_000
# 50 tokens/s of 4 characters, flushed every 50 ms.
FLUSH = 10
SAMPLES = 40

PROSE = (
    "The house stands at the end of the road, where the trees begin, and nobody has lived in it "
    "for years; still, its windows are clean. Some say that a light is seen there in winter.\n\n"
)
CODE = (
    "def total(prices, *, tax=0.1):\n    result = 0\n    for price in prices:\n"
    "        result += price * (1 + tax)  # each with its tax\n    return round(result, 2)\n\n\n"
)
MIXED = f"""## A heading

A paragraph with **bold words**, *others*, `code` and [a link](https://example.com/page), which
goes on over more than one line.

- **First**: an item with some text
- **Second**: another, with `code`
  - and one below it

1. one thing
2. another thing, explained in a longer sentence

```python
{CODE}```

| Name | Value | Notes |
|------|------:|-------|
| a | 1 | some text |
| b | 2 | `code` |

> Something that somebody said.

"""


def answer(part: str, before: str = "") -> str:
    return (before + part * (CHARACTERS // len(part) + 1))[:CHARACTERS]


ANSWERS = {
    "prose": answer(PROSE),
    "mixed": answer(MIXED),
    "code, blocks": answer(f"Like this:\n\n```python\n{CODE * 6}```\n\n"),
    "code, one block": answer(CODE, "```python\n"),
    "one table": answer("| a cell | **another** | 3 |\n", "| a | b | c |\n|---|---|---|\n"),
    "one list": answer("- an item with **bold** words and `code`\n"),
    "one paragraph": answer("some words with **bold** among them, and more, "),
}


def block_by_block(text: str) -> tuple[float, int]:
    """(CPU seconds, bytes of all deltas)."""
    renderer, sent = IncrementalRenderer(), 0
    start = time.thread_time()
    for at in range(0, len(text), FLUSH):
        sent += len(renderer.feed(text[at : at + FLUSH]).add.encode())
    renderer.finish()
    return time.thread_time() - start, sent


def whole_each_time(text: str) -> float:
    start = time.thread_time()
    for sample in range(SAMPLES):
        render(text[: len(text) * (2 * sample + 1) // (2 * SAMPLES)])
    return (time.thread_time() - start) / SAMPLES * (len(text) / FLUSH)


def main() -> None:
    print(f"{'answer':16} {'whole, s':>9} {'blocks, s':>9} {'us a flush':>10} {'sent/html':>9}")
    for name, text in ANSWERS.items():
        seconds, sent = block_by_block(text)
        whole = whole_each_time(text)
        each = seconds / (len(text) / FLUSH) * 1e6
        ratio = sent / len(render(text).encode())
        print(f"{name:16} {whole:9.1f} {seconds:9.2f} {each:10.1f} {ratio:9.2f}")


if __name__ == "__main__":
    main()
