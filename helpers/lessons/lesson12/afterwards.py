"""What was looked at once the results of lesson 12 were known: sentences with their numbers, and no words of rules.

Runs come as `reading.at_its_rate` returns them: each arm at one learning rate.
"""

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.kit import Interval, rule
from helpers.kit.intervals import FEWEST
from helpers.lessons.lesson12 import experiment, levels
from helpers.lessons.lesson12.arms import GRPO, NEAR, TEACHER
from helpers.lessons.lesson12.measures import DRIFT, HALVES, ONE_TEXT, REWARD, SAME_WORDS, TEXT, TEXTS
from helpers.lessons.lesson12.reading import at_the_start, told

LAST = 8  # measurements at the end of a run whose mean tells how far it got


def of_whole_seeds(sentence: Callable[[pd.DataFrame], str]) -> Callable[[pd.DataFrame], str]:
    """A sentence about the runs; while no seed is whole it says that."""

    @functools.wraps(sentence)
    def either(runs):
        whole = levels.whole_seeds(runs)
        return sentence(runs[runs.seed.isin(whole)]) if whole else "No seed is whole yet."

    return either


def _changed(change: pd.Series) -> str:
    """How a log-probability changed, in words and numbers, each seed its own."""
    there = change.dropna()
    if len(there) < FEWEST:
        return f"in too few seeds to tell ({told(change)})"
    by = Interval.of(there)
    how = "likelier" if by.low > 0 else "less likely" if by.high < 0 else "neither likelier nor less likely"
    return f"{how} ({by.mean:+.2f} [{by.low:+.2f}, {by.high:+.2f}])"


@of_whole_seeds
def what_was_lost(runs: pd.DataFrame) -> str:
    """How far a model moved is not what it lost: what became of plain English, and of the unrelated answers."""
    begun = at_the_start(runs)
    said = []
    names = [ONE_TEXT.format(number) for number in range(1, TEXTS + 1)]
    for what, metrics in (("Held-out plain English", [TEXT]), ("The unrelated answers", names)):
        there = [name for name in metrics if name in begun]
        if not there:
            continue
        change = sum(levels.across(runs, name, (TEACHER, GRPO)) - begun[name] for name in there) / len(there)
        each = " and ".join(f"{_changed(change[arm])} under {arm}" for arm in change)
        said.append(f"{what} had become {each}.")
    if said:
        hand = "These texts are by the course's hand, as the teacher's answers are: a gain there is no proof that more "
        said.append(f"{hand}English was kept.")
    return " ".join(
        ["How far a model moved is not what it lost. In nats a token, at a reward of 0.5:", *said]
    )


@of_whole_seeds
def how_soon(runs: pd.DataFrame) -> str:
    """How much of the teacher's drift was there how early, and how GRPO's grows on the way."""
    begun, rows = at_the_start(runs)[REWARD], []
    taught = runs[runs.method == TEACHER]
    there = levels.at_level(taught, DRIFT).set_index("seed")[DRIFT]
    for seed, run in taught.groupby("seed"):
        table = run.pivot(index="step", columns="metric", values="value")
        table = table[table[REWARD].notna()].assign(smooth=lambda one: levels.smooth(one[REWARD]))
        first = table[(table.index > 0) & table[DRIFT].notna()]
        if len(first) and np.isfinite(there[seed]):
            rows.append((first.smooth.iloc[0], first[DRIFT].iloc[0] / there[seed]))
    if not rows:
        return "In no seed could it be read how soon the teacher's drift was there."
    reward, share = np.mean(rows, axis=0)
    way = max(0.0, (reward - begun) / (levels.LEVEL - begun))
    so = " So most of it is not the price of cheer; it may be that of the course's format." * int(
        share > 0.5 > way
    )
    grows = [levels.across(runs, DRIFT, (GRPO,), level=level)[GRPO].mean() for level in (0.4, 0.5, 0.6, 0.7)]
    return (
        f"Where the teacher's drift was first measured, {share:.0%} of its drift at 0.5 was there, and its reward had "
        f"come {way:.0%} of the way up from {begun:.2f} (rewards "
        f"as means of neighbouring measurements; the least was {min(rows)[0]:.2f}).{so} GRPO's drift at rewards of "
        f"0.4, 0.5, 0.6 and 0.7: {', '.join(f'{one:.2f}' for one in grows)} nats, so the gap hangs on the level."
    )


def ends(runs: pd.DataFrame, arm: str) -> pd.Series:
    """The mean reward over the last measurements of each run of an arm."""
    mine = runs[(runs.method == arm) & (runs.metric == REWARD)]
    return mine.sort_values("step").groupby("seed").value.apply(lambda one: one.iloc[-LAST:].mean())


@of_whole_seeds
def drawn_anew(runs: pd.DataFrame) -> str:
    """How far SFT near got, and GRPO beside it: what 12.C18 could ask, and what it could not."""
    steps = levels.at_level(runs[runs.method.isin([GRPO, NEAR])], DRIFT).set_index(["method", "seed"]).step
    got = int(steps[NEAR].notna().sum())
    if got >= len(steps[NEAR]) * 5 / 6:
        return f"SFT near reached a reward of 0.5 in {got} of {len(steps[NEAR])} seeds: 12.C18 tells."
    ended, last = ends(runs, NEAR), runs[runs.method == NEAR].step.max()
    return (
        f"The rule and the number could not tell: SFT near reached 0.5 in {got} of {len(ended)} seeds. In {last:.0f} "
        f"steps on answers that were drawn once and sifted it got to {ended.mean():.2f} ({ended.min():.2f} to "
        f"{ended.max():.2f}, mean of a run's last {LAST} measurements). GRPO, which draws anew, was at 0.5 after "
        f"{steps[GRPO].mean():.0f} steps: a point for RL (C2) that no rule was about. Loss and learning rate differ "
        "between them, too. Whether more steps or another rate would take it there is not known."
    )


@of_whole_seeds
def at_lower(runs: pd.DataFrame) -> str:
    """The three arms at rewards that SFT near does reach, with how well they are matched there."""
    trio, said = (GRPO, NEAR, TEACHER), []
    for level in (0.35, 0.4):
        drift = levels.across(runs, DRIFT, trio, level=level)
        other = levels.across(runs, HALVES[1], (GRPO, NEAR), level=level, reward=HALVES[0]).mean()
        less = {arm: (drift[arm] - drift[NEAR]).dropna() for arm in (GRPO, TEACHER)}
        each = ", ".join(
            f"{arm} less SFT near {gap.mean():+.2f} ({len(gap)} seeds)" for arm, gap in less.items()
        )
        said.append(
            f"at {level:g}: {each}; the reward by other answers {other[GRPO]:.2f} and {other[NEAR]:.2f}"
        )
    return (
        f"Drift elsewhere, nats a token, {'. And '.join(said)} (GRPO, SFT near). Only seeds that got there count, and "
        "the arms are matched less well than at 0.5: the sizes can be read, not their last digit."
    )


@of_whole_seeds
def scatter(runs: pd.DataFrame) -> str:
    """What 12.C9.tell's number is made of, and how steady it is."""
    table = levels.across(runs, DRIFT, (GRPO, TEACHER)).dropna()
    if len(table) <= FEWEST:
        return "Too few seeds to tell what the number is made of."
    sd, mean = table.std(), table.mean()
    fewer = [levels.tell_ratio(runs[runs.seed != seed]).mean for seed in table.index]
    limit = rule("12.C9.tell").matters / 4
    steady = (
        f" That is more than the {limit:g} that the grid gate allows: where one setting passes it, that is no sign."
        if max(fewer) - min(fewer) > limit
        else ""
    )
    return (
        f"In nats the seeds of GRPO scatter by {sd[GRPO]:.3f}, those of the teacher by {sd[TEACHER]:.3f} (standard "
        f"deviations). GRPO drifts by {mean[GRPO]:.3f}, the teacher by {mean[TEACHER]:.3f}. Of the logarithm of the "
        f"ratio in proportion, {np.log(mean[TEACHER] / mean[GRPO]):+.2f} come of these means, which 12.razor is about, "
        f"and {np.log(sd[GRPO] / sd[TEACHER]):+.2f} of the scatter itself (the rule's own number, "
        f"{levels.tell_ratio(runs).mean:.2f}, is of logarithms, and less the scatter of reading). With one seed left "
        f"out the rule's number lies between {min(fewer):.2f} and {max(fewer):.2f}.{steady}"
    )


@of_whole_seeds
def seeds_apart(runs: pd.DataFrame) -> str:
    """Which way the seeds went in 12.narrow, with each seed's own start, higher up, and along the same texts."""
    lost = levels.narrowing(runs).dropna()
    if len(lost) < FEWEST:
        return "Too few seeds to tell which way they went."
    before = (
        runs[(runs.metric == experiment.READ["12.narrow"]) & (runs.step == 0)].groupby("seed").value.first()
    )
    own = lost - before.mean() + before.reindex(lost.index)
    higher, same = levels.narrowing(runs, level=0.75), levels.narrowing(runs, SAME_WORDS)
    return (
        f"Of {len(lost)} seeds {(lost > 0).sum()} narrowed and {(lost < 0).sum()} widened "
        f"({', '.join(f'{one:+.2f}' for one in lost)}). The start is taken as the mean of readings that scatter by "
        f"{before.std():.2f}, which the interval leaves out; each seed less its own start: {told(own)}. At a reward of "
        f"0.75: {told(higher)}. Along the same unrelated texts: {told(same)} (below 0 it became less decided)."
    )


def nothing_of_it(same: pd.Series) -> str:
    """What the pair that was built to show nothing does show. same: as `reading.two_rates` returns it."""
    there, matters = same.dropna(), rule("12.razor").matters
    if len(there) < 2 or there.min() <= 0 <= there.max():
        return "The seeds do not agree on a sign: it shows nothing, as it was built to."
    size = "less than matters" if there.abs().max() < matters else "in a seed by as much as matters"
    return f"It does show something: in all {len(there)} seeds one sign, {there.mean():+.2f} nats on average, {size}."


def only_the_grid(looks: dict[str, pd.DataFrame]) -> str:
    """Settings without a word for the grid alone, whose whole interval lies beyond what matters."""
    said = [
        f"{name}, {one.setting} ({one.effect})"
        for name, look in looks.items()
        for one in look.itertuples()
        if one.why.startswith("grid")
        and ";" not in one.why
        and one.effect is not None
        and name != "12.C9.tell"
        if min(abs(one.effect.low), abs(one.effect.high)) > rule(name).matters
        and one.effect.low * one.effect.high > 0
    ]
    if not said:
        return "No setting lacks a word for its grid alone and yet lies wholly beyond what matters."
    why = "Without a word for the grid alone, their size beyond what matters, their second digit unsure"
    return f"{why}: {'; '.join(said)}."
