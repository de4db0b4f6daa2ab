"""How long the arms of lesson 05 are trained, and after which batches they are measured."""

from collections.abc import Mapping

WHEN = {  # after which batches an arm is measured
    "SFT": [*range(13), *range(14, 31, 2), *range(35, 61, 5), *range(70, 151, 10)],
    "reward": [*range(0, 25, 2), *range(28, 45, 4), *range(52, 221, 8)],
}
ONLY_LATE = {
    "SFT": [*range(0, 13, 3), *range(16, 41, 4), *range(46, 151, 8)],
    "reward": [0, 4, 10, *range(16, 221, 12)],
}
TO_THE_END = {"SFT": [*range(0, 301, 25)], "reward": [*range(0, 321, 20)]}
SELDOM = "told in one of 200"  # of the mazes, in the names of arms
# In so many batches 95 of 100 trial runs of either come to a mean success of 0.76 over five batches, and nine to 0.78.
BATCHES = {"SFT": 100, "reward": 180}


def when(arm: str, longer: float = 1, at: Mapping = WHEN) -> dict:
    """How long an arm is trained and when it is measured; longer: so many times as many batches."""
    measured = sorted({round(step * longer) for step in at["SFT" if arm.startswith("SFT") else "reward"]})
    return {"steps": max(1, measured[-1]), "measured": measured}


def every_batch(steps: int, longer: float = 1) -> dict:
    """How long an arm is trained that is measured after each batch; longer: so many times as many batches."""
    steps = max(5, round(steps * longer))
    return {"steps": steps, "measured": [*range(steps + 1)]}


def coarsely(longer: float = 1) -> dict:
    """The same of a control, which parts so widely that a few batches tell."""
    return when("SFT", longer, {"SFT": [0, 2, 4, 8, 12, *range(16, 97, 8)]})
