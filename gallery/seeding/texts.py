"""Prompts and captions with words that are common, words that are rare, and words that were
common only once, in both languages of the studio."""

import random
from dataclasses import dataclass

# fmt: off
THINGS = (
    "three vases", "nesting bowls", "a cobalt cup", "a blue door", "copper dunes",
    "an olive branch",
    "a lighthouse", "a tram in the rain", "tomatoes in a crate", "a sleeping fox", "paper lanterns",
    "um vaso de cerâmica", "uma rua de Lisboa", "dois sabiás", "uma rede na varanda",
    "feijão e arroz",
    "um barco vermelho", "azulejos antigos", "a violin on a chair", "mountains above the clouds",
)
LIGHTS = (
    "morning light", "evening light", "soft shadows", "hard noon sun", "by candlelight", "in fog",
    "luz da manhã", "ao pôr do sol", "à noite", "under a grey sky",
)
GROUNDS = (
    "a plaster wall", "linen", "wet stone", "a wooden table", "the sea", "uma parede branca",
    "um fundo de argila", "old brick", "a field of wheat", "an empty room",
)
OPENINGS = (
    "First light.", "Made by hand.", "Slow work.", "A quiet week.", "Feito à mão.", "Devagar.",
    "New on the shelf.", "Back from the kiln.", "Um começo.", "Nothing more is needed.",
)
CLOSINGS = (
    "Come and see it on Saturday.", "Available from next week.", "Só até domingo.",
    "Tell us what you think.", "More of them soon.", "Peça única.", "Glazed twice and fired once.",
)
TAGS = (
    "ceramics", "handmade", "slowliving", "ceramica", "feitoamao", "studio", "light", "lisboa",
    "interior", "stilllife",
)
# fmt: on
LONG_AGO = "daguerreotype"  # a word that only the older half of a gallery has
SELDOM = 1000  # one in so many has a word of its own


@dataclass(frozen=True, slots=True)
class Text:
    prompt: str
    caption: str
    hashtags: list[str]


def text(dice: random.Random, number: int, *, is_old: bool) -> Text:
    """Of the post of this number."""
    thing, light, ground = dice.choice(THINGS), dice.choice(LIGHTS), dice.choice(GROUNDS)
    prompt = f"{thing} before {ground}, {light}"
    if is_old and dice.random() < 0.2:
        prompt += f", {LONG_AGO}"
    own = f" Number {number}q." if number % SELDOM == 0 else ""
    caption = (
        f"{dice.choice(OPENINGS)} {thing.capitalize()}, {light}.{own}\n{dice.choice(CLOSINGS)}"
    )
    return Text(prompt, caption, dice.sample(TAGS, 3))
