"""A rule of a learner's own in lesson 05: two arms, each with something turned, on starts that nobody has seen."""

from collections.abc import Callable, Mapping

import pandas as pd

from helpers.checked import of_use, one_of, whole
from helpers.kit.measures import measures
from helpers.kit.rules import Rule
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05 import experiment
from helpers.lessons.lesson05.arms import PAYS
from helpers.lessons.lesson05.closely import closely
from helpers.lessons.lesson05.experiment import CONTROL, FAINT
from helpers.lessons.lesson05.gaps import start_gap
from helpers.lessons.lesson05.schedules import BATCHES, coarsely, every_batch

MAY = ("arm", "episodes", "pace", "pays", "net", "scale", "begin", "longer")  # what may be turned of an arm
FIRST, SECOND = "the first", "the second"


def versus(first: Mapping, second: Mapping, *, runs: int = 4, mine: Rule | None = None) -> Callable:
    """How much more widely the second's runs from one start lean than the first's: `(seeds) -> values, gates`.

    first, second: what is turned, {"arm": "SFT", "episodes": 128}; longer is a factor on the batches. The gates are
    those of 05.C9.start, looked at on these seeds; SFT that was made to part is trained for them. mine: the rule that
    will be judged; the gates ask for what matters to it.
    Raises ValueError for an arm or a knob that there is not, for one that changes nothing (what is paid, of SFT), and
    for two that are the same.
    """
    for turned in (first, second):
        one_of(turned.get("arm"), of_lesson.ARMS, "arm")
        for name in turned:
            one_of(name, MAY, "what is turned")
        if turned["arm"].startswith("SFT"):
            of_use({"pays": turned.get("pays", PAYS[0]) != PAYS[0]}, f"of {turned['arm']}")
        if turned.get("net") == "one layer":
            of_use({"scale": turned.get("scale", 1) != 1}, 'beside net="one layer"')
    if dict(first) == dict(second):
        raise ValueError(f"two arms are compared: got {dict(first)} twice")
    runs = whole(runs, "runs", least=2)

    @measures("05.C9.start")
    def run(seeds):
        each = {FIRST: dict(first), SECOND: dict(second), CONTROL: {"arm": "SFT", **FAINT}}
        shorter = min(1, *(turned.get("longer", 1) for turned in (first, second)))
        parts = []
        for name, turned in each.items():
            longer, kind = turned.pop("longer", 1), "SFT" if turned["arm"].startswith("SFT") else "reward"
            watched = coarsely(shorter) if name == CONTROL else every_batch(BATCHES[kind], longer)
            how = {"runs": runs, "look": closely, **turned, **watched}
            parts.append(experiment.one_run(list(seeds), **how).assign(method=name))
        frame, arms = pd.concat(parts, ignore_index=True), (FIRST, SECOND)
        matters = None if mine is None else mine.matters
        found = experiment.gates("05.C9.start", frame, arms=arms, matters=matters)
        return start_gap(frame, arms=arms), found

    return run
