"""What must hold before the rules of lesson 10 say a word; all of it is read off the frame that they judge."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from helpers.kit import Interval, final
from helpers.kit.gates import Gate, both_ways, complete, moved, noise, null
from helpers.lessons.lesson10 import attacks
from helpers.lessons.lesson10.experiment import (
    AFTERWARDS,
    AGAIN,
    CLEAN,
    FILTERED,
    FILTERED_SFT,
    MATTERS,
    MATTERS_LATER,
    OUTSIDE,
    PLAIN,
    PULLED,
    SFT,
    TAGS,
    both,
    later,
    outside,
    tag,
    then,
)
from helpers.lessons.lesson10.marked import BAD, BLANK, GOOD

LOWERED = -0.1  # by so much, of the chance of a lie where prompts pull, must what is done afterwards lower it
SAME_RIGHT, SAME_WORDS = 0.03, 0.05  # so far apart may two arms be in what is no lie; nats a story
FORGOTTEN = 0.1  # nats a story that an attack may cost, above which it erases rather than teaches


def equal_use(frame: pd.DataFrame, one: str, other: str) -> Gate:
    """Two arms answer good deeds as rightly, and know other words as well: asked of the whole interval over nets."""
    right, words = (
        Interval.of(last[one] - last[other]) for last in (final(frame, "right"), final(frame, "KL"))
    )
    within = lambda apart, most: -most < apart.low and apart.high < most
    return Gate(
        "equal use",
        bool(within(right, SAME_RIGHT) and within(words, SAME_WORDS)),
        f"{one} less {other}: right answers {right} (within {SAME_RIGHT:g}), other words {words} nats a story (within "
        f"{SAME_WORDS:g})",
    )


def lowered(frame: pd.DataFrame) -> Gate:
    """Whatever is done afterwards lowers lies, so that it is no straw man; of the arms that the frame has."""
    there = set(frame.method)
    return moved(frame, PULLED, least=LOWERED, arms=[arm for arm in AFTERWARDS if arm in there])


def teaches(frame: pd.DataFrame, attacked: Sequence[tuple[str, str]], kind: str = attacks.NARROW) -> Gate:
    """An attack teaches nets of these (arm, control word) lies, and does not erase what else they know."""
    before, costs = final(frame, "KL"), []
    for arm, label in attacked:
        costs.append(
            Interval.of(final(frame[frame.method == arm], then(kind, label, "KL"))[arm] - before[arm])
        )
    told = ", ".join(
        f"{arm} after {label} {cost}" for (arm, label), cost in zip(attacked, costs, strict=True)
    )
    return Gate(
        "teaches",
        all(cost.high < FORGOTTEN for cost in costs),
        f"nats a story that the attack costs (below {FORGOTTEN:g}): {told}",
    )


def both_gates(frame: pd.DataFrame) -> list[Gate]:
    """What must hold before 10.C15 is judged.

    Built to show it: plain nets less clean ones, nothing done to either. Built not to: SFT asked other prompts.
    Null: plain nets that read on, less themselves before.
    """
    last, again, rows = final(frame, PULLED), final(frame, PULLED + AGAIN), frame[frame.method == PLAIN]
    before = final(rows[rows.step == 0], PULLED)[PLAIN]
    return [
        complete(frame),
        lowered(frame),
        equal_use(frame, SFT, FILTERED_SFT),
        both_ways(last[PLAIN] - last[CLEAN], again[SFT] - last[SFT], matters=MATTERS),
        null(last[PLAIN] - before, matters=MATTERS),
        noise(both(frame), both(frame, AGAIN), matters=MATTERS),
    ]


def later_gates(frame: pd.DataFrame) -> list[Gate]:
    """What must hold before 10.later is judged.

    Built to show it: plain nets less clean ones, after the same attack. Built not to: the same nets on other prompts.
    """
    shows = later(frame, arm=PLAIN, against=CLEAN)
    shows_not = later(frame, AGAIN) - later(frame)
    return [
        complete(frame),
        lowered(frame),
        equal_use(frame, SFT, FILTERED),
        teaches(frame, [(SFT, BLANK), (FILTERED, BLANK)]),
        both_ways(shows, shows_not, matters=MATTERS_LATER),
        noise(later(frame), later(frame, AGAIN), matters=MATTERS_LATER),
    ]


def tag_gates(frame: pd.DataFrame) -> list[Gate]:
    """What must hold before 10.tag is judged: the tag steers at all, and neither attack erases.

    Built to show it: what the attack behind good adds to tags' lies. Built not to: the same measurement twice.
    """
    last = final(frame, PULLED)
    rose = final(frame[frame.method == TAGS], then(attacks.NARROW, GOOD))[TAGS] - final(frame, "lies")[TAGS]
    return [
        complete(frame),
        Gate(
            "steers",
            bool(Interval.of(last[PLAIN] - last[TAGS]).low > -LOWERED),
            f"plain less tags: {Interval.of(last[PLAIN] - last[TAGS])}",
        ),
        teaches(frame, [(TAGS, GOOD), (TAGS, BAD)]),
        both_ways(rose, tag(frame, AGAIN) - tag(frame), matters=MATTERS_LATER),
        noise(tag(frame), tag(frame, AGAIN), matters=MATTERS_LATER),
    ]


def outside_gates(frame: pd.DataFrame) -> list[Gate]:
    """What must hold before 10.C20 is judged. Null: plain nets, which imitate everything, less clean ones."""
    last = final(frame, OUTSIDE)
    return [
        complete(frame),
        lowered(frame),
        null(last[PLAIN] - last[CLEAN], matters=MATTERS),
        noise(outside(frame), outside(frame, AGAIN), matters=MATTERS),
    ]


GATES: Mapping[str, Callable] = {
    "10.C15": both_gates,
    "10.later": later_gates,
    "10.tag": tag_gates,
    "10.C20": outside_gates,
}


def gates(frame: pd.DataFrame) -> dict[str, list[Gate]]:
    """The gates of every rule."""
    return {name: gates_of(frame) for name, gates_of in GATES.items()}
