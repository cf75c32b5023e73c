"""Colours for a prompt."""

import random
import re

Colour = tuple[int, int, int]

PALETTES: tuple[tuple[Colour, ...], ...] = (
    ((247, 240, 228), (205, 92, 54), (38, 70, 83), (233, 180, 76), (42, 128, 110)),
    ((240, 236, 245), (94, 60, 153), (230, 97, 1), (178, 171, 210), (253, 184, 99)),
    ((236, 243, 240), (27, 73, 101), (98, 182, 203), (190, 233, 232), (255, 143, 107)),
    ((250, 244, 235), (120, 47, 64), (201, 151, 90), (60, 64, 72), (149, 168, 134)),
    ((239, 239, 232), (88, 114, 63), (221, 161, 94), (40, 54, 24), (188, 108, 37)),
    ((243, 238, 240), (181, 23, 89), (63, 55, 201), (76, 201, 240), (247, 127, 0)),
)
_NAMED: dict[str, Colour] = {
    "red": (200, 48, 44), "vermelho": (200, 48, 44), "orange": (230, 126, 34),
    "laranja": (230, 126, 34), "yellow": (241, 196, 15), "amarelo": (241, 196, 15),
    "green": (46, 139, 87), "verde": (46, 139, 87), "blue": (45, 100, 180),
    "azul": (45, 100, 180), "purple": (123, 63, 160), "roxo": (123, 63, 160),
    "pink": (232, 104, 150), "rosa": (232, 104, 150), "brown": (130, 84, 50),
    "marrom": (130, 84, 50), "black": (28, 28, 32), "preto": (28, 28, 32),
    "white": (246, 246, 242), "branco": (246, 246, 242), "gold": (204, 164, 60),
    "dourado": (204, 164, 60), "teal": (20, 130, 130), "night": (22, 30, 66),
    "noite": (22, 30, 66), "sunset": (238, 108, 77), "sea": (30, 120, 160),
    "mar": (30, 120, 160), "forest": (36, 90, 60), "floresta": (36, 90, 60),
}  # fmt: skip


def named_colours(prompt: str) -> list[Colour]:
    """Those that the prompt names, in its order."""
    words = re.findall(r"\w+", prompt.lower())
    return list(dict.fromkeys(_NAMED[word] for word in words if word in _NAMED))


def palette(prompt: str, dice: random.Random) -> list[Colour]:
    """A ground and four colours; what the prompt names comes before the rest."""
    ground, *others = dice.choice(PALETTES)
    dice.shuffle(others)
    return [ground, *(named_colours(prompt) + others)[:4]]


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second in the first."""
    red, green, blue = (
        round(one + (two - one) * share) for one, two in zip(first, second, strict=True)
    )
    return red, green, blue
