"""Lesson 05's multiverse: the settings, written down before they were run, and what is run in each."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from helpers.kit.judged import values_of
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05 import experiment
from helpers.lessons.lesson05.closely import closely
from helpers.lessons.lesson05.experiment import CONTROL, FAINT
from helpers.lessons.lesson05.gaps import PPO, SFT
from helpers.lessons.lesson05.leans import LATE
from helpers.lessons.lesson05.schedules import BATCHES, coarsely, every_batch

HALF = 0.5  # of a clock that stands in the place of success


def _setting(setting, **turned):
    return {"setting": setting, **turned}


SETTINGS = [
    {"setting": "as in the lesson"},
    _setting("after 800 episodes each", spent=800),
    _setting("at a success of 0.65", level=0.65, longer=0.6),
    _setting("both batches 32", episodes=32),
    _setting("PPO at learning rate 0.003, as fast", reward={"pace": 0.3, "longer": 1.5}),
    _setting("PPO once a batch (REINFORCE)", reward={"arm": "REINFORCE", "longer": 2}),
    _setting("other mazes", layouts=2),
    _setting("both from a pretrained start", begin="pretrained", least=0.15),
]


def again(
    seeds,
    *,
    reward: Mapping | None = None,
    longer: float = 1,
    level: float | str = LATE,
    spent: int | None = None,
    least: float = 0.3,
    **turned,
) -> pd.DataFrame:
    """What 05.C9.start judges, with its gates, on other seeds and with something turned.

    reward: what is turned in PPO alone. longer: more batches, where it needs them; both may have it. level: the success
    at which is compared; spent: after so many episodes instead. least: by how much success must have risen.
    turned: see `experiment.one_run`. Controls have the same turned, and are made on the first eight starts.
    """
    name, rows = "05.C9.start", {SFT: (seeds, {}), PPO: (seeds, reward or {}), CONTROL: (seeds[:8], FAINT)}
    parts = []
    for method, (some, further) in rows.items():
        how = {"arm": PPO if method == PPO else SFT, "runs": 4, **turned, **further}
        how |= _watched(how, method, how.pop("longer", longer), spent)
        parts.append(experiment.one_run(some, **how).assign(method=method))
    frame = pd.concat(parts, ignore_index=True)
    read, level = (frame, level) if spent is None else (by_episodes(frame, spent), HALF)
    gates = experiment.gates(name, read, level=level, least=least, trained=frame)
    return values_of({name: partial(experiment.MEASURES[name], level=level)}, read, {name: gates})


def _watched(how: Mapping, method: str, longer: float, spent: int | None) -> dict:
    """How long a run of `again` is trained, when it is measured, and how."""
    if spent is not None:
        batch = spent // (how.get("episodes") or of_lesson.EPISODES[how["arm"]])
        return {"steps": batch + 4, "measured": [0, *range(batch - 4, batch + 5)]}
    kind = "SFT" if how["arm"].startswith("SFT") else "reward"
    watched = coarsely(longer) if method == CONTROL else every_batch(BATCHES[kind], longer)
    return watched | {"look": closely}


def by_episodes(runs: pd.DataFrame, spent: int) -> pd.DataFrame:
    """The same runs with a clock in the place of success: `HALF` once they have seen so many episodes."""
    seen = runs.step * runs.method.map(lambda arm: of_lesson.EPISODES[PPO if arm == PPO else SFT])
    return runs.assign(**{of_lesson.SKILL: HALF * seen / spent})
