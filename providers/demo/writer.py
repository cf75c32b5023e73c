"""Demo Writer: varied Markdown around the words of the question, the same for the same one."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from providers.base import ChatMessage
from providers.demo.markdown import quoted, word_count
from providers.demo.phrases import COMMON_WORDS, HEADINGS, QUOTES, SENTENCES, STEPS, TABLE
from providers.demo.seeing import seen

SHORTEST, LONGEST = 5, 20_000
_LENGTH = re.compile(r"\b(\d[\d.,]{0,9})[ -]*(?:words?|palavras?)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'-]{2,}")


def writer_answer(messages: Sequence[ChatMessage]) -> str:
    question = next((each for each in reversed(messages) if each.role == "user"), None)
    if question is None:
        return Writer("").write()
    answer = Writer(question.text).write()
    return f"{seen(question.images)}\n\n{answer}" if question.images else answer


class Writer:
    def __init__(self, question: str) -> None:
        self._question = question
        self._dice = random.Random(question)  # noqa: S311
        words = [word.lower() for word in _WORD.findall(question)]
        topics = dict.fromkeys(word for word in words if word not in COMMON_WORDS)
        self._topics = list(topics)[:12] or ["this"]
        self._decks: dict[str, list[str]] = {}

    def write(self) -> str:
        target = self._target()
        blocks = [self._opening()]
        count = word_count(blocks[0])
        kinds = self._plan()
        while count < target:
            block = next(kinds)()
            blocks.append(block)
            count += word_count(block)
        return _cut("\n\n".join(blocks), target)

    def _target(self) -> int:
        """Words: as many as the question asks for, else more for a longer question."""
        if asked := _LENGTH.search(self._question):
            number = int(re.sub(r"\D", "", asked[1]))
            return min(max(number, SHORTEST), LONGEST)
        return min(90 + 6 * word_count(self._question), 400)

    def _plan(self) -> Iterator[Callable[[], str]]:
        """The kinds of block in turn, without end."""
        return cycle(
            [
                self._paragraph,
                self._bullets,
                self._heading,
                self._paragraph,
                self._table,
                self._quote,
                self._heading,
                self._steps,
                self._code,
                self._paragraph,
            ]
        )

    def _opening(self) -> str:
        if not self._question.strip():
            return "You sent no text, so here is a sample of what an answer looks like."
        return (
            f"You asked: “{quoted(self._question)}” I am Atelier's built-in demo, so this answer "
            "is composed from a few phrases and *not* from knowledge."
        )

    def _topic(self) -> str:
        topic: str = self._dice.choice(self._topics)
        return topic

    def _draw(self, name: str, among: Sequence[str]) -> str:
        """Every phrase once before any comes again."""
        if not self._decks.get(name):
            self._decks[name] = self._dice.sample(among, len(among))
        phrase = self._decks[name].pop()
        topic = self._topic()
        others = [each for each in self._topics if each != topic] or ["everything else"]
        return phrase.format(topic=topic, other=self._dice.choice(others))

    def _sentence(self) -> str:
        return self._draw("sentence", SENTENCES)

    def _paragraph(self) -> str:
        return " ".join(self._sentence() for _ in range(self._dice.randint(3, 5)))

    def _heading(self) -> str:
        return "## " + self._draw("heading", HEADINGS)

    def _bullets(self) -> str:
        topics = self._dice.sample(self._topics, min(3, len(self._topics)))
        return "\n".join(f"- **{topic.capitalize()}**: {self._sentence()}" for topic in topics)

    def _steps(self) -> str:
        return "\n".join(f"{n}. {self._draw('step', STEPS)}" for n in range(1, 5))

    def _quote(self) -> str:
        return "> " + self._draw("quote", QUOTES)

    def _table(self) -> str:
        rows = [
            f"| {topic} | {self._dice.choice(TABLE)} | {self._dice.randint(2, 98)} % |"
            for topic in self._topics[:4]
        ]
        return "\n".join(["| part | what it asks for | share |", "| --- | --- | ---: |", *rows])

    def _code(self) -> str:
        name = re.sub(r"\W", "_", self._topic())
        return "\n".join(
            [
                "```python",
                f"def study_{name}(notes: list[str]) -> dict[str, int]:",
                f'    """Count what the notes say about {name}."""',
                "    seen: dict[str, int] = {}",
                "    for note in notes:",
                "        seen[note] = seen.get(note, 0) + 1",
                "    return seen",
                "```",
            ]
        )


def _cut(text: str, words: int) -> str:
    """The first so many words. What was cut looks cut: a code block is closed again, and a
    sentence ends in dots, lest it be taken for an answer that was lost on its way."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    if len(ends) <= words:
        return text
    text = text[: ends[words - 1]]
    if text.count("```") % 2:
        return text + "\n```"
    return text if text.endswith((".", "`", "|", ":")) else text + "…"
