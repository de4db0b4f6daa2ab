"""What must hold before a rule of lesson 06 is judged, and a rule judged in tasks of one's own."""

import pandas as pd

from helpers.checked import one_of
from helpers.kit import final
from helpers.kit.gates import Gate, both_ways, complete, moved, noise, null
from helpers.kit.intervals import Interval
from helpers.kit.measures import measures
from helpers.lessons.lesson06.experiment import (
    AGAIN,
    ARMS,
    BEST,
    FOLLOWS,
    JUDGED,
    MATTERS,
    MEASURES,
    SCORE,
    finds_nothing,
    learns,
    results,
    short_of_best,
)

LEARNED = 0.3  # by how much the score must have grown
LOOKED_AT = {"06.C6": learns, "06.C5": short_of_best}  # finer than a count, which moves in jumps


def gates(frame: pd.DataFrame, rule: str) -> list[Gate]:
    """What must hold before a rule is judged: runs are whole, arms earn more than their nets did before training, the
    measure can come out either way, and it no longer moves with training; for 06.C6 also that the null arm, trained as
    long with all its actions weighted alike, shows nothing, and that it is measured finely. 06.C5 counts nets; the
    gates look at what they are counted by.

    06.C6: built to show it is SFT on the best learner, built not to are the nets before training. 06.C5: built to show
    it are the nets before training, which look for nothing, built not to is SFT on the best learner for the same tasks.
    """
    matters = MATTERS[one_of(rule, MEASURES, "rule")]
    measure, (one, other, *null_arm) = LOOKED_AT[rule], JUDGED[rule]
    mine = frame[frame.method.isin((*JUDGED[rule], *BEST))]
    from_start = mine[mine.method.isin(ARMS)]
    start = _until(mine, 0)
    common = [
        complete(mine),
        moved(from_start, SCORE, least=LEARNED, arms=[one] if _warm(from_start, other) else [one, other]),
        settled(measure(mine), measure(_until(mine, 2 * mine.step.max() / 3)), matters=matters),
    ]
    if rule == "06.C5":
        return [*common, both_ways(measure(start, one), measure(mine, one), matters=matters)]
    return [
        *common,
        both_ways(measure(mine, other), measure(start), matters=matters),
        null(measure(mine, *null_arm), matters=matters),
        noise(measure(mine), final(mine, AGAIN)["RL"], matters=matters),
    ]


def _warm(frame, arm):
    """Whether an arm began as nets that had been trained: then its score was high from the beginning."""
    first = frame[(frame.step == 0) & (frame.metric == SCORE)].groupby("method").value.mean()
    return bool(first[arm] > LEARNED)


def _until(frame: pd.DataFrame, step: float) -> pd.DataFrame:
    """The frame up to where arms were last measured before this step; ends that need no training as they are."""
    there = frame[frame.method.isin(ARMS) & (frame.metric == FOLLOWS)].step
    until = there[there <= step + 1e-9].max()
    known = frame.method.isin(BEST)
    return frame.assign(step=frame.step.mask(known, frame.step.clip(upper=until))).query("step <= @until")[
        lambda rows: ~(known & (rows.step == 0) & (frame.step > 0)).reindex(rows.index)
    ]


def settled(end: pd.Series, before: pd.Series, *, matters: float) -> Gate:
    """From two thirds of training to its end the measure moves by less than what matters, the whole interval.

    Where all nets have come to the same end it says little: they have nowhere to move.
    """
    shift = Interval.of(end - before)
    if not shift.known:
        return Gate("settled", False, f"{len(end)} seeds are too few to tell how far it still moves")
    return Gate(
        "settled",
        bool(max(-shift.low, shift.high) < matters),
        f"in the last third of training it moves by {shift} (what matters is {matters:g})",
    )


@measures("06.C5")
def judged_in(seeds, **how) -> tuple[pd.Series, list[Gate]]:
    """Tasks of one's own: 1 for each of RL's nets that finds the better arm at least half as well as the best learner
    for them, else 0; and every gate of 06.C5. how: see `experiment.trained`.
    """
    frame = results(seeds, JUDGED["06.C5"], **how)
    return 1 - finds_nothing(frame), gates(frame, "06.C5")
