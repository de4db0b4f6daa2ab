"""Lesson 12's experiment: what the stored long runs say, and what must hold before a rule may say a word."""

import numpy as np
import pandas as pd

from helpers.kit import Interval, rule
from helpers.kit import gates as kit
from helpers.kit.gates import Gate
from helpers.lessons.lesson12 import levels
from helpers.lessons.lesson12.arms import GRPO, NEAR, NULL, TEACHER
from helpers.lessons.lesson12.levels import far_less_grpo, far_less_near, narrowing, tell_ratio
from helpers.lessons.lesson12.measures import AFTER, DRIFT, ENTROPY, HALVES, REWARD

MEASURES = {
    "12.C9.tell": tell_ratio,
    "12.C18": far_less_near,
    "12.razor": far_less_grpo,
    "12.narrow": narrowing,
}
COMPARED = {
    "12.C9.tell": (GRPO, TEACHER),
    "12.C18": (TEACHER, NEAR),
    "12.razor": (TEACHER, GRPO),
    "12.narrow": (GRPO,),
}
READ = {"12.narrow": ENTROPY}  # drift elsewhere if nothing is said
PLANNED = 6  # seeds, at least
MOST_LOST = 5 / 6  # of the seeds an arm must get to the level: five of six
GAINED = 0.2  # reward: what an arm was trained for
STILL = {REWARD: GAINED, DRIFT: 0.03}  # within which the null arm stays: a third of GRPO's own drift


def gates_of(name: str, runs: pd.DataFrame, *, measure=None, matters=None, **how) -> list[Gate]:
    """What must hold before a rule of this lesson says a word. how: other settings of its measure.

    measure, matters: of a setting in another unit, `(runs, **how) -> value of each seed`, and what matters in it.
    Where no seed has all its arms there is nothing to look at: one gate says so and fails, the others are left out.
    """
    arms, own = how.get("arms", COMPARED[name]), measure is None
    measure, matters = measure or MEASURES[name], matters or rule(name).matters
    metric = how.get("metric", READ.get(name, DRIFT))
    whole = levels.whole_seeds(runs)
    if not whole:
        return [Gate("attrition", False, "no seed has all its arms yet")]
    read = levels.across(runs, metric, arms, **{k: v for k, v in how.items() if k not in ("metric", "arms")})
    judged = runs[runs.seed.isin(whole)]
    still = STILL | ({metric: matters} if name == "12.narrow" else {})
    gates = [gained(judged, arms, how.get("rates", levels.RATES)), null(judged, still)]
    if name == "12.C9.tell" and own:
        gates += tell_gates(runs, matters, **how)
    else:
        halves = [measure(runs, **{**how, "reward": half}) for half in HALVES]
        coarse = measure(runs, **{**how, "every": 2 * how.get("every", 1)})
        gates += [noise(*halves, matters=matters), grid(measure(runs, **how), coarse, matters=matters)]
    return [*gates, kit.attrition(read, least=MOST_LOST), enough(read)]


def gained(runs: pd.DataFrame, arms, rates=levels.RATES) -> Gate:
    """Positive control: the arms became more cheerful, by answers that were drawn when the run had ended."""
    begun = runs[(runs.metric == REWARD) & (runs.step == 0)].groupby("seed").value.first()
    after = runs[runs.metric == AFTER]
    said, passed = [], True
    for arm in arms:
        mine = after[(after.method == arm) & np.isclose(after.lr, rates[arm])].set_index("seed").value
        gains = (mine - begun.mean()).dropna()
        gain = Interval.of(gains) if len(gains) > 1 else None
        passed &= gain is not None and gain.known and gain.low > GAINED
        said.append(f"{arm} {gain or _why_none(gains)}")
    return Gate("moved", bool(passed), "what a run's reward had gained after its end: " + "; ".join(said))


def matched(runs: pd.DataFrame, arms=(GRPO, TEACHER, NEAR), rates=levels.RATES) -> pd.DataFrame:
    """How well arms are matched: the reward by the second half of the answers, where the first reaches the level."""
    first, second = HALVES
    return levels.across(runs, second, arms, rates, reward=first)


def noise(first: pd.Series, second: pd.Series, *, matters: float) -> Gate:
    """Either half of the answers alone finds nearly the same: it is sure enough where the level is passed."""
    there = first.notna() & second.notna()
    if there.sum() < kit.FEWEST:
        return Gate("noise", False, f"{there.sum()} seeds can be read by either half of the answers alone")
    return kit.noise(first[there], second[there], matters=matters)


def grid(fine: pd.Series, coarse: pd.Series, *, matters: float) -> Gate:
    """Half as many measurements say nearly the same; no seed, no word."""
    if not fine.notna().any():
        return Gate("grid", False, "no seed has a value")
    return kit.grid(fine, coarse, matters=matters)


def tell_gates(runs: pd.DataFrame, matters: float, **how) -> list[Gate]:
    """Noise and grid of a ratio of spreads, which is one number and not one of each seed."""
    fine, coarse = tell_ratio(runs, **how), tell_ratio(runs, **{**how, "every": 2 * how.get("every", 1)})
    if not isinstance(fine, Interval):
        return [Gate(name, False, "too few seeds for a spread") for name in ("noise", "grid")]
    shares = levels.noise_share(runs, **how)
    said = ", ".join(f"{arm} {share:.0%}" for arm, share in shares.items())
    noisy = Gate(
        "noise", bool((shares < 0.5).all()), f"reading the level makes {said} of the scatter; taken out"
    )
    if not isinstance(coarse, Interval):
        return [noisy, Gate("grid", False, "with half as many measurements too few seeds can be read")]
    shift = coarse.mean - fine.mean
    says = f"half as many measurements move it by {shift:+.2f} (a quarter of what matters is {matters / 4:g})"
    return [noisy, Gate("grid", abs(shift) < matters / 4, says)]


def null(runs: pd.DataFrame, still=STILL) -> Gate:
    """The null arm does nothing that matters: the whole interval of its reward's change and of its drift is smaller.

    still: metric -> within what it stays. Where a rule judges entropy, that of the null arm is looked at, too.
    """
    said, passed = [], True
    mine = runs[runs.method == NULL]
    for metric, matters in still.items():
        table = mine[mine.metric == metric].pivot(index="seed", columns="step", values="value")
        change = (table[table.columns[-1]] - table[0]).dropna() if len(table) else table.squeeze()
        moved = Interval.of(change) if len(change) > 1 else None
        passed &= moved is not None and moved.known and max(-moved.low, moved.high) < matters
        said.append(f"{metric} {moved or _why_none(change)} (what matters is {matters:g})")
    return Gate("null", bool(passed), "what moved without a reward of its own: " + "; ".join(said))


def _why_none(values) -> str:
    """Why there is no interval."""
    return "of one seed alone" if len(values) else "not measured"


def enough(values: pd.DataFrame) -> Gate:
    """As many whole seeds as were planned at the least, and five in six of them with a value."""
    there = len(values.dropna())
    says = f"{len(values)} are whole and {there} have a value; {PLANNED} are needed, five in six with a value"
    return Gate("seeds", len(values) >= PLANNED and there >= MOST_LOST * PLANNED, says)
