"""Lesson 02 again: on fresh sets of seeds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 02
python -m helpers.kit.long_runs 02 multiverse
"""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson02 import experiment, games, links, prompts
from helpers.lessons.lesson02.settings import ALL, SETTINGS

TRIAL = range(8)


def again(
    seeds,
    *,
    parts: Sequence[str] = tuple(ALL),
    turned: Mapping | None = None,
    judged: Mapping | None = None,
    rate: float = 1.0,
    longer: float = 1,
) -> pd.DataFrame:
    """What the rules judge, on other seeds, in the lesson's setting or in one where something is turned.

    parts: the worlds that the setting is about. turned, rate, longer: see `experiment.results`. judged: what is turned
    in the measure itself. Gates are looked at in each setting, with controls that have the same thing turned.
    """
    turned, judged = dict(turned or {}), dict(judged or {})
    frame = experiment.results(seeds, parts=parts, turned=turned, rate=rate, longer=longer)
    measures, gates = {}, {}
    if "prompts" in parts:
        task = {key: value for key, value in turned.items() if key in ("shares", "skill", "flatter")}
        measures["02.C2"] = partial(experiment.reach_lost, **judged)
        mine = {"lr": prompts.LR * rate, "steps": experiment.steps(prompts.STEPS, longer)}
        gates["02.C2"] = experiment.reach_gates(frame, at=prompts.task(seeds, **task), **judged, **mine)
    if "chains" in parts:
        pair = {key: value for key, value in turned.items() if key in ("rl", "sft")}
        measures["02.composing"] = partial(experiment.composed, **pair)
        mine = {key: value for key, value in turned.items() if key in ("practised", "hidden")}
        mine |= {"lr": links.LR * rate, "steps": experiment.steps(links.STEPS, longer, least=4)}
        gates["02.composing"] = experiment.composed_gates(frame, **pair, **mine)
    if "games" in parts:
        if len(parts) > 1:
            turned = {}
        measures["02.C3"] = partial(experiment.better_play, **judged)
        mine = {"rate": rate, "steps": experiment.steps(games.STEPS, longer)}
        gates["02.C3"] = experiment.play_gates(frame, at=games.match(seeds, **turned), **judged, **mine)
    return values_of(measures, frame, gates)


PLANS = {
    "fresh": fresh_plan("02", again, trial=TRIAL),
    "multiverse": multiverse_plan("02", again, SETTINGS, seeds=range(7000, 7032), trial=TRIAL),
}
