"""How an arm looks in every figure: by its name alone, so that no order of calls can change it. And how a goal looks.

One palette, safe for the colour-blind and with a contrast of at least 3 : 1 on white: supervised methods are blue,
reinforcement learning is warm, the null arm grey, what a reader built black, anything else green or purple. RL, PPO,
the null arm and a leash differ in lightness, too, and can be told apart in grey. Goals have hues that no arm has: the
coin magenta, the flag olive. Never colour alone: within a figure no two arms share both dash and marker, and goals
differ in their hatch.
"""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count, product

from helpers.checked import whole

BLUE, SKY, NAVY = "#0072B2", "#3A8FC7", "#003A6B"
VERMILION, RUST, AMBER, EMBER = "#D55E00", "#7A3000", "#A85A00", "#521500"
GREEN, PURPLE, GREY, BLACK, WHITE = "#00795A", "#8A4FA0", "#696969", "#000000", "#FFFFFF"
MAGENTA, OLIVE = "#A8327E", "#4E7A00"
SOLID, LONG, SHORT = "-", (0, (5, 1)), (0, (3, 2))  # as matplotlib takes them
DOTS, DASH_DOT = (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5))

KINDS = {  # kind -> the words that tell it, colours, dashes, markers; the first of each belong to its first variant
    "null": (r"null|untrained|before training", [GREY, BLACK], [DOTS, SHORT, LONG], ["X", "."]),
    "yours": (r"\byours?\b|\bby hand\b|\bbuilt\b", [BLACK], [SOLID, SHORT, LONG, DASH_DOT], ["d"]),
    "supervised": (
        r"\bSFT\b|\bSGD\b|imitation|clon(?:ed|ing)|teacher|pretrain|filter",
        [BLUE, SKY, NAVY],
        [SOLID, LONG, DASH_DOT, SHORT],
        ["o", "^", "P", "v", "<"],
    ),
    "reinforced": (
        r"\bRL\b|\bRLHF\b|REINFORCE|\bPPO\b|\bGRPO\b|\bDPO\b|self-play",
        [VERMILION, RUST, AMBER, EMBER],
        [DASH_DOT, SHORT, LONG, SOLID],
        ["s", "D", "p", "*", "h"],
    ),
    "other": ("", [GREEN, PURPLE, BLACK], [LONG, SOLID, SHORT, DASH_DOT], [">", "8", "H"]),
}
_FIRST = {
    "RL by hand": 0,
    "SFT by hand": 1,
    "SFT": 0,
    "RL": 0,
    "PPO": 1,
    "GRPO": 2,
    "null arm": 0,
}  # the variants of the methods themselves
_LEASH = 3  # of reinforcement learning on a leash, whatever its method
_registered = dict(_FIRST)
LIVE = " (live)"


@dataclass(frozen=True)
class Goal:
    """How a goal looks: the colour of its face and edge, its hatch in bars, its marker in a maze."""

    face: str
    edge: str
    hatch: str
    marker: str


GOALS = {  # what agents came to pursue
    "coin": Goal(MAGENTA, WHITE, "", "o"),
    "both": Goal(MAGENTA, OLIVE, "xx", "8"),
    "flag": Goal(OLIVE, WHITE, "//", ">"),
    "neither": Goal(WHITE, GREY, "..", "X"),
}


def kind_of(name: str) -> str:
    """Which kind of arm a name speaks of: the kind whose word comes first in it."""
    found = {
        kind: match.start()
        for kind, (words, *_) in KINDS.items()
        if words and (match := re.search(words, name, re.IGNORECASE))
    }
    for whatever_the_method in ("yours", "null"):
        if whatever_the_method in found:
            return whatever_the_method
    return min(found, key=found.get) if found else "other"


def register_arms(variants: Mapping) -> None:
    """Give arms of a lesson each a variant of its kind, `{"SFT, coin teacher": 0, "SFT, flag teacher": 1}`.

    Called once in the lesson's `figures`; arms that nobody registers get a variant that depends on their name.
    """
    for name, variant in variants.items():
        _registered[str(name)] = whole(variant, f"the variant of {name!r}", least=0)


def styles(names: Iterable[str]) -> dict[str, tuple]:
    """Colour, dash and marker of each arm of a figure; no two of them share both dash and marker.

    An arm looks as in every other figure, unless two of this figure's would look alike: then the one later in the
    alphabet takes the next variant. An arm that was run live looks like its long run, but dotted.
    """
    names = list(dict.fromkeys(str(name) for name in names))
    bases = sorted(
        {name.removesuffix(LIVE) for name in names}, key=lambda name: (name not in _registered, name)
    )
    taken, found = set(), {}
    for name in bases:
        kind = kind_of(name)
        for variant in count(_preferred(name)):
            look = _variant(kind, variant)
            if look[1:] not in taken or variant - _preferred(name) > len(taken):
                taken.add(look[1:])
                found[name] = look
                break
    for name in names:
        if name.endswith(LIVE):
            colour, _, marker = found[name.removesuffix(LIVE)]
            found[name] = (colour, DOTS, marker)
    return {name: found[name] for name in names}


def style(name: str) -> tuple:
    """Colour, dash and marker of one arm that stands alone; for several in one figure see `styles`."""
    return styles([name])[str(name)]


def _preferred(name):
    kind = kind_of(name)
    usual = {"null": 0, "yours": 0, "reinforced": _LEASH if "leash" in name else None}.get(kind)
    return _registered.get(name, zlib.crc32(name.encode()) % 997 if usual is None else usual)


def _variant(kind, number):
    """Neighbouring variants differ in everything; there are as many as pairs of a dash and a marker."""
    _, colours, dashes, markers = KINDS[kind]
    pairs = [
        (dashes[(i + j) % len(dashes)], markers[i])
        for j, i in product(range(len(dashes)), range(len(markers)))
    ]
    number %= len(pairs)
    dash, marker = pairs[number]
    return colours[number % len(colours)], dash, marker
