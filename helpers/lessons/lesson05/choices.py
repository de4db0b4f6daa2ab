"""Break it: two spreads are compared, with choices that no comparison can do without.

Each choice looks harmless and could stand in a paper. `compared` reads stored runs with one set of choices, in seconds;
`two_ways` sets two of them beside each other and says whether they come out opposite.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.checked import number, one_of
from helpers.kit.intervals import Interval
from helpers.kit.pages import say
from helpers.kit.rules import rule
from helpers.lessons.lesson05.arms import EPISODES, INDEX, SETS
from helpers.lessons.lesson05.gaps import PPO, SFT
from helpers.lessons.lesson05.leans import (
    END,
    FEWEST,
    at_level,
    first_runs,
    log_ratio,
    pseudo_values,
    root,
    variance,
    within,
)

CHOICES = {
    "at": ("success", "batches", "episodes", "the end"),
    "luck": ("one start", "all luck"),
    "unit": ("share", "log odds"),
    "noise": ("out", "in"),
}
USUAL = {"at": "success", "of": None, "luck": "one start", "unit": "share", "noise": "out"}
ARMS = (SFT, PPO)


def chosen(choice) -> dict:
    """All choices by name, those that were left out as in the lesson.

    at, of: compared where both arms have a success of `of`, after `of` batches, after `of` episodes, or at the end.
    luck: among runs from one start, or one run of each start. unit: of the lean. noise: of measuring, taken out or not.
    Raises TypeError or ValueError for what cannot be chosen.
    """
    if not isinstance(choice, Mapping):
        raise TypeError(f"choices are a dict, such as dict(at='success', of=0.7): got {choice!r:.60}")
    if unknown := [name for name in choice if name not in USUAL]:
        raise ValueError(f"nothing is called {unknown[0]!r}; there are {', '.join(USUAL)}")
    full = {**USUAL, **choice}
    for name, options in CHOICES.items():
        one_of(full[name], options, name)
    if full["at"] == "the end":
        return {**full, "of": None}
    number(full["of"], f"of, where arms are compared by {full['at']},", above=0)
    if full["at"] == "success" and full["of"] >= 1:
        raise ValueError(f"of is a success between 0 and 1: got {full['of']}")
    return full


def leaning(runs: pd.DataFrame, at: str, of: float | None, metric: str = INDEX) -> pd.DataFrame:
    """The lean of each run (rows: seed, run) and arm (columns) at a moment, NaN for a run that does not get there.

    After so many batches or episodes: on a straight line between two measurements.
    """
    if at in ("success", "the end"):
        return at_level(runs, of if at == "success" else END, metric)[list(ARMS)]
    found = {}
    for (arm, *which), rows in runs.sort_values("step").groupby(["method", "seed", "run"], sort=False):
        seen = rows.step.to_numpy(dtype=float) * (EPISODES[arm] if at == "episodes" else 1)
        there = seen[0] <= of <= seen[-1]
        found[arm, *which] = np.interp(of, seen, rows[metric].to_numpy()) if there else np.nan
    table = pd.Series(found).rename_axis(["method", "seed", "run"]).unstack("method")
    return table[list(ARMS)].sort_index()


def compared(runs: pd.DataFrame, **choice) -> dict:
    """How many times as widely PPO's runs lean as SFT's, with these choices; see `chosen`.

    Both spreads, in walks of a hundred or in log odds; their ratio and its 95 % interval; how many starts are in, and
    how many runs never got there. The ratio is NaN where an arm's runs do not scatter beyond the measurement.
    Raises ValueError where fewer than six starts are left.
    """
    how = chosen(choice)
    two = runs[runs.method.isin(ARMS)]
    seen = [f"{INDEX}, {name}" for name in SETS] if how["noise"] == "out" else [INDEX] * len(SETS)
    each = {name: leaning(two, how["at"], how["of"], name) for name in dict.fromkeys(seen)}
    if how["unit"] == "log odds":
        each = {name: np.log(table / (1 - table)) for name, table in each.items()}
    sets = {name: each[one] for name, one in zip(SETS, seen, strict=True)}
    if how["luck"] == "one start":
        rows = within(sets)
        of = lambda some, arm: some["sum", arm].sum() / some["free", arm].sum()
    else:
        rows = pd.concat(first_runs(sets), axis=1)
        of = lambda some, arm: variance({name: some[name, arm] for name in SETS})
    if (left := len(rows.dropna())) < FEWEST:
        raise ValueError(f"{left} starts get there in both arms: {FEWEST} are needed. Compare elsewhere")
    some = rows.dropna()
    values = pseudo_values(rows, lambda left: log_ratio(*(of(left, arm) for arm in ARMS))).dropna()
    ratio = dict.fromkeys(("ratio", "low", "high"), np.nan)
    if len(values):
        reach = Interval.of(values)
        ratio = dict(zip(ratio, np.exp([reach.mean, reach.low, reach.high]).tolist(), strict=True))
    scale = 100 if how["unit"] == "share" else 1
    spread = {arm: scale * root(of(some, arm)) for arm in ARMS}
    return {**spread, **ratio, "starts": left, "not there": int(each[seen[0]].isna().sum().sum())}


def in_a_word(found: Mapping) -> str:
    """Which arm scatters more widely, so far as the interval tells: PPO, SFT, or neither."""
    if found["low"] > 1:
        return PPO
    return SFT if found["high"] < 1 else "neither"


def two_ways(runs: pd.DataFrame, one, other) -> pd.DataFrame | None:
    """Two readings of the same runs beside each other, and whether they come out opposite; see `chosen`.

    As long as one of them is None nothing is read, and a line says so.
    """
    if one is None or other is None:
        print("Nothing is chosen yet. The lesson goes on without it.")
        return None
    first, second = chosen(one), chosen(other)
    differ = [name for name in first if first[name] != second[name]]
    if not differ:
        say("Both readings make the same choices. Change something in one of them.")
        return None
    found = [compared(runs, **how) for how in (first, second)]
    words = [in_a_word(each) for each in found]
    say(_said(words, differ, found))
    rows = [
        {**how, **{key: each[key] for key in (*ARMS, "ratio", "low", "high", "not there")}}
        for how, each in zip((first, second), found, strict=True)
    ]
    return pd.DataFrame(rows, index=["one", "other"])


def _said(words, differ, found) -> str:
    """What came out of two readings, in a sentence or two."""
    matters = np.exp(rule("05.C9.start").matters)
    what = " and ".join(differ)
    if "neither" in words and len(set(words)) > 1:
        sure = next(word for word in words if word != "neither")
        return (
            f"Half way: one reading has {sure} scatter more widely, and the other cannot tell the two apart. Whoever "
            f"reports the first alone has a finding. They differ in: {what}."
        )
    if len(set(words)) == 1:
        both = {"neither": "neither reading tells the two arms apart"}.get(
            words[0], f"{words[0]} scatters more widely in both"
        )
        return (
            f"Not yet: {both}. Which choice favours an arm that has moved little, or one that has come far?"
        )
    large = [max(one["ratio"], 1 / one["ratio"]) >= matters for one in found]
    much = "both" if all(large) else "one of them" if any(large) else "neither of them"
    return (
        f"Both ways: once PPO scatters more widely, once SFT does, in the same runs, and {much} by half or more. They "
        f"differ in: {what}. Write the sentence by which each could stand in a paper; then say which of the two you "
        "would have written down before the runs, and why."
    )
