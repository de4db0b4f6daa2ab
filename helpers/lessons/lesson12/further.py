"""What the two arms of the plan `more` show: SFT on the best of four answers drawn anew, and GRPO on a leash.

No rule is about them. Where they were run on all seeds that are judged they stand in settings of the rules, too. Runs
come as `reading.at_its_rate` returns them: each arm at one learning rate.
"""

import pandas as pd

from helpers.kit import Interval, rule
from helpers.kit.intervals import FEWEST
from helpers.kit.parts import spans
from helpers.lessons.lesson12 import conclusions, levels
from helpers.lessons.lesson12.afterwards import LAST, ends, of_whole_seeds
from helpers.lessons.lesson12.arms import ANSWERS, BEST_OF, BETA, GROUP, GRPO, LEASH, TEACHER
from helpers.lessons.lesson12.measures import DRIFT
from helpers.lessons.lesson12.reading import RATES

MOST = 5 / 6  # of the seeds that an arm was run on: then it gets there
LEVELS = (
    levels.LEVEL,
    0.6,
)  # rewards at which they are read: a quick arm has passed the first before drift is measured


def run_on(runs: pd.DataFrame, arm: str) -> list[int]:
    """The seeds that are judged on which an arm was run."""
    return sorted(set(levels.whole_seeds(runs)) & set(runs[runs.method == arm].seed))


@of_whole_seeds
def so_far(runs: pd.DataFrame) -> str:
    """On how many of the judged seeds the two arms were run."""
    whole, said = levels.whole_seeds(runs), []
    for arm in (BEST_OF, LEASH):
        seeds = run_on(runs, arm)
        some = f" ({spans(seeds)})" * (0 < len(seeds) < len(whole))
        said.append(f"{arm} on {len(seeds)} of them{some}")
    return (
        f"Two more arms were run on seeds of these {len(whole)}: {', '.join(said)}. They are in no rule, only in "
        "settings of rules, and there only once they were run on all of them."
    )


def _steps(runs, arms) -> pd.Series:
    """At which step each run of some arms reaches the level: [arm, seed]; NaN where it never does."""
    found = levels.at_level(runs[runs.method.isin(arms)], DRIFT)
    return found.set_index(["method", "seed"]).step


def _reached(runs, arm) -> tuple[str, bool]:
    """In how many seeds an arm gets to the level, and after how many steps, beside GRPO; and whether in most."""
    seeds, steps = run_on(runs, arm), _steps(runs, (arm, GRPO))
    there = steps[arm].reindex(seeds).dropna()
    of = f"in {len(there)} of the {len(seeds)} seeds that it was run on"
    said = f"reached a reward of 0.5 {of}"
    if len(there):
        said += (
            f", after {there.mean():.0f} steps (GRPO in these: {steps[GRPO].reindex(there.index).mean():.0f})"
        )
    if len(there) < len(seeds):
        low = ends(runs, arm).reindex(seeds).drop(there.index).mean()
        said += f"; without it, a run got to {low:.2f} (mean of its last {LAST} measurements)"
    return said, len(there) >= MOST * len(seeds)


def _drifts(runs, arms, **how) -> pd.DataFrame:
    """The drift of some arms at the level, in the seeds that all of them were run on and got there."""
    return levels.across(runs, DRIFT, arms, rates=RATES, **how).dropna()


def _moved(runs, arms) -> tuple[str, pd.DataFrame | None]:
    """The drift of these arms at both rewards, in seeds that all have; and the table of the first that tells enough."""
    found = {level: _drifts(runs, arms, level=level) for level in LEVELS}
    each = lambda drift: ", ".join(f"{arm} {mean:.2f}" for arm, mean in drift.mean().items())
    some = lambda drift: f"{each(drift)} ({count(drift)})" if len(drift) else "measured in no seed"
    said = "; ".join(f"at a reward of {level:g}: {some(drift)}" for level, drift in found.items())
    quick = len(found[levels.LEVEL]) < len(_steps(runs, arms).unstack("method").dropna())
    said += " (a run that passes a reward before drift is measured on both sides has none there)" * quick
    return f"Drift elsewhere, nats a token, {said}.", next(
        (d for d in found.values() if len(d) >= FEWEST), None
    )


def count(several) -> str:
    """How many seeds, in words."""
    return "one seed" if len(several) == 1 else f"{len(several)} seeds"


@of_whole_seeds
def best_of_four(runs: pd.DataFrame) -> str:
    """SFT on words that are its own and drawn anew: does it get there, and how far has it moved the model then?"""
    head = (
        f"**{BEST_OF}** (of {GROUP * ANSWERS} answers drawn at each step the best of each four is imitated)"
    )
    if not run_on(runs, BEST_OF):
        return (
            f"{head} is not run yet. Whether SFT near stops short for its loss, or because its answers were drawn "
            "once, is open."
        )
    reached, most = _reached(runs, BEST_OF)
    if most:
        so = (
            "So the loss is not what kept SFT near from there: with the same loss and learning rate, answers drawn "
            "anew get there."
        )
    else:
        so = "So drawing anew did not take SFT there in most seeds: why SFT near stops short stays open."
    moved, drift = _moved(runs, (BEST_OF, GRPO, TEACHER))
    more = (
        "Too few seeds to compare them."
        if drift is None
        else f"GRPO less {BEST_OF}: {conclusions.the_loss(drift[GRPO] - drift[BEST_OF], BEST_OF, 'own words')} "
        f"{_words(drift)}"
    )
    return (
        f"{head} {reached}. {so} {moved} {more} No rule was about this arm. It draws {GROUP} times as many answers as "
        "GRPO, and its learning rate is another."
    )


@of_whole_seeds
def at_one_rate(runs: pd.DataFrame) -> str:
    """The same loss aside, at one learning rate: GRPO beside the best of four. runs: at all learning rates."""
    rates, said = {**RATES, GRPO: RATES[BEST_OF]}, []
    for level in LEVELS:
        drift = levels.across(runs, DRIFT, (BEST_OF, GRPO), rates=rates, level=level).dropna()
        if len(drift):
            each = ", ".join(f"{arm} {mean:.2f}" for arm, mean in drift.mean().items())
            said.append(f"at a reward of {level:g}: {each} ({count(drift)})")
    if not said:
        return f"At one learning rate, {RATES[BEST_OF]:g}, {BEST_OF} and GRPO cannot be compared yet."
    return f"At one learning rate, {RATES[BEST_OF]:g}, drift elsewhere in nats a token, {'; '.join(said)}."


def _words(drift) -> str:
    """Of the same loss on a far teacher's words and on one's own: which moved the model more?"""
    gap, matters = Interval.of(drift[TEACHER] - drift[BEST_OF]), rule("12.C18").matters
    head = f"With the same loss, the far teacher's words less its own: {gap}"
    if gap.low > matters:
        return f"{head}, more than what matters."
    if gap.high < -matters:
        return f"{head}: its own moved the model *more*, by more than matters."
    small = -matters < gap.low and gap.high < matters
    return f"{head}, {'less than what matters' if small else 'these seeds cannot tell whether that matters'}."


@of_whole_seeds
def together(runs: pd.DataFrame) -> str:
    """The method, or whose words: what the arm tells that gets to the rewards compared on words of its own."""
    head = f"And by {BEST_OF}, SFT on words of its own"
    drift = _moved(runs, (BEST_OF, GRPO, TEACHER))[1] if run_on(runs, BEST_OF) else None
    if drift is None:
        return f"{head}: too few seeds to tell."
    matters = rule("12.C18").matters
    loss, words = (Interval.of(drift[one] - drift[two]) for one, two in ((GRPO, BEST_OF), (TEACHER, BEST_OF)))
    numbers = f"(GRPO less it {loss}, the far teacher less it {words}, {count(drift)})"
    if max(-loss.low, loss.high) < matters < words.low:
        so = "other words made more than the difference that matters, the other loss less"
        return f"{head}: {so} {numbers}. It is whose words."
    if max(-words.low, words.high) < matters < max(loss.low, -loss.high):
        so = "the other loss made more than the difference that matters, other words less"
        return f"{head}: {so} {numbers}. It is the method."
    return f"{head}: it is not one of the two alone, or these seeds cannot tell {numbers}."


@of_whole_seeds
def on_a_leash(runs: pd.DataFrame) -> str:
    """What the leash does over a whole run, at equal reward."""
    head = f"**{LEASH}** (a nat of KL a token costs {BETA:g} standard deviations of the reward)"
    if not run_on(runs, LEASH):
        return f"{head} is not run yet."
    moved, drift = _moved(runs, (GRPO, LEASH))
    said = f"{head} {_reached(runs, LEASH)[0]}. {moved}"
    if drift is None:
        return f"{said} Too few seeds to compare them."
    matters, gap = rule("12.razor").matters, drift[GRPO] - drift[LEASH]
    by = Interval.of(gap)
    if max(-by.low, by.high) < matters:
        so = "at equal reward the leash made less than the difference that matters"
    elif by.low > matters or by.high < -matters:
        how = "nearer" if by.mean > 0 else "*less* near"
        so = f"at equal reward the leash held the model {how}, by more than matters"
    else:
        so = "whether at equal reward the leash makes a difference that matters these seeds cannot tell"
    nearer = int((gap > 0).sum())
    room = (
        f" (GRPO itself had moved it by less than what matters, {matters:g}: a leash could not take off as much.)"
        if drift[GRPO].mean() < matters
        else ""
    )
    return f"{said} GRPO less leash: {by}, nearer in {nearer} of {len(gap)} seeds: {so}.{room}"
