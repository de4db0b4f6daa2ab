"""Gates: what must hold before a rule may say a word. Each is computed from runs, and says in a sentence what it found.

A gate that fails makes a verdict NOT VALID, with its sentence as the reason. What the numbers carry is one matter, what
they are about another: a run that stopped early, an arm that learned nothing, a level that few seeds reached. A gate
asks for something else than the claim's own outcome: one that holds only where the claim does leaves no other word.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.checked import number, share, texts, whole
from helpers.kit.frames import TIDY, final, refuse_without_arms, rows_of
from helpers.kit.intervals import FEWEST, Interval, last_digits, paired, per_seed, same_numbers
from helpers.kit.looked_at import Gate, on_its_seeds

ITSELF = "are the same numbers: a measurement beside itself does not tell how far another would lie"


def complete(runs, steps: int | Mapping[str, int] | None = None) -> Gate:
    """No run was stopped, every arm has the same seeds, and every seed of every arm made as many training steps.

    runs:  the runs by name, or a tidy frame of them. What else the frame has a column for (a hint, a learning rate)
           tells arms apart as the method does.
    steps: how many were planned, for all or by method; without it the arms must at least be equal.
    Raises ValueError for no runs, and for steps that name other methods than there are.
    """
    faults, frame = [], isinstance(runs, pd.DataFrame)
    if not isinstance(runs, pd.DataFrame | Mapping):
        raise TypeError(f"complete takes runs by name, {{'SFT': sft}}, or their frame: got {runs!r:.60}")
    if frame:
        refuse_without_arms(runs)
        further = [key for key in runs if key not in ("method", *TIDY)]
        by = ["method", *further]
        made = runs.groupby([*by, "seed"], sort=False, dropna=False).step.max().reset_index()
        several = made.drop_duplicates(by).method.value_counts() > 1  # else the method alone names the arm
        made["arm"] = [
            ", ".join([row["method"], *(f"{key} {row[key]}" for key in further)])
            if several[row["method"]]
            else row["method"]
            for row in made.to_dict("records")
        ]
        methods = dict(zip(made.arm, made.method, strict=True))
        ends = list(zip(made.arm, made.step, strict=True))
        seeds = {name: set(part.seed) for name, part in made.groupby("arm", sort=False)}
    else:
        each = [
            (name, run)
            for name, some in runs.items()
            for run in (some if isinstance(some, list | tuple) else [some])
        ]
        faults = [f"{name} {run.stopped}" for name, run in each if run.stopped]
        ends = [(name, run.steps) for name, run in each]
        seeds = {
            name: {seed for other, run in each if other == name for seed in run.history.seed} for name in runs
        }
        methods = {name: name for name in runs}
    if not ends:
        raise ValueError("complete needs one run at least: got none")
    if steps is not None:
        steps = dict(steps) if isinstance(steps, Mapping) else dict.fromkeys(methods.values(), steps)
        if set(steps) != set(methods.values()):
            raise ValueError(
                f"complete: steps are for {list(dict.fromkeys(methods.values()))}: got them for {list(steps)}"
            )
        steps = {name: whole(planned, f"steps of {name}") for name, planned in steps.items()}
    for name in dict.fromkeys(name for name, _ in ends):
        made = sorted({int(step) for other, step in ends if other == name})
        planned = steps[methods[name]] if steps is not None else None
        if len(made) > 1:
            faults.append(f"seeds of {name} end anywhere from step {made[0]} to {made[-1]}")
        elif planned is not None and made != [planned]:
            faults.append(f"{name} made {made[0]} of {planned} steps")
    if steps is None and not faults and len({step for _, step in ends}) > 1:
        faults.append("unequal steps: " + ", ".join(f"{name} {step}" for name, step in dict(ends).items()))
    every = set().union(*seeds.values())
    faults += [f"{name} has {len(own)} of {len(every)} seeds" for name, own in seeds.items() if own != every]
    made_all = "the steps that were planned" if steps is not None else "equally many steps"
    says = "; ".join(faults) or f"all {len(ends)} runs made {made_all}"
    return Gate("complete", not faults, says, seeds=tuple(sorted(map(int, every))))


@on_its_seeds
def moved(
    frame,
    metric: str,
    *,
    least: float,
    arms: Sequence[str] | None = None,
    scale: str = "unbounded",
) -> Gate:
    """Positive control: what an arm was trained for has moved, from its first measurement to its last.

    least: by how much at the least, on the whole interval over seeds; negative for what should fall.
    arms:  which of the frame's methods must have moved; all if nothing is said.
    One seed alone does not tell, and the gate fails. Raises ValueError for no arms, for arms that the frame does not
    have, for runs that were first measured at different steps, and for seeds without a first or a last value.
    """
    number(least, "least")
    if least == 0:
        raise ValueError("least is how far a metric must move: 0 is no control")
    rows = rows_of(refuse_without_arms(frame), metric)
    there = list(rows.method.unique())
    arms = there if arms is None else texts(arms, "arms")
    if not arms:
        raise ValueError("moved needs one arm at least: got none")
    for arm in arms:
        if arm not in there:
            raise ValueError(f"moved: no arm {arm!r}; there are {there}")
    rows = rows[rows.method.isin(arms)]
    first = rows.groupby(["method", "seed"], sort=False).step.min()
    if first.nunique() > 1:
        from_to = first.groupby("method", sort=False).agg(["min", "max"]).itertuples()
        steps = ", ".join(f"{arm} {low} to {high}" for arm, low, high in from_to)
        raise ValueError(f"moved: {metric} was not first measured at the same step ({steps})")
    for arm, some in first.unstack("method")[arms].isna().items():
        if some.any():
            raise ValueError(f"moved: {arm} has no {metric} for the seeds {some.index[some].tolist()}")
    change = final(rows, metric, own_end=True) - final(rows[rows.step == rows.step.min()], metric)
    said, stuck, few = [], [], []
    for arm in arms:
        gone = change.index[~np.isfinite(change[arm])].tolist()
        if gone:
            raise ValueError(f"moved: {arm} has no first or last value of {metric} for the seeds {gone}")
        if len(change) < 2:
            few.append(arm)
            said.append(f"{arm} {change[arm].iloc[0]:+.2f}")
            continue
        gain = Interval.of(change[arm], scale)
        reached = gain.low if least > 0 else gain.high
        if not gain.known:
            reached = min(gain.points) if least > 0 else max(gain.points)
        if not (reached > least if least > 0 else reached < least):
            stuck.append(arm)
        said.append(f"{arm} {gain.mean:+.2f}")
    says = f"{metric} moved by " + ", ".join(said)
    says += f": too little in {', '.join(stuck)}" if stuck else ""
    says += f": one seed alone in {', '.join(few)}, too few to tell" if few else ""
    return Gate("moved", not stuck and not few, says)


@on_its_seeds
def attrition(values, *, least: float = 0.5) -> Gate:
    """How many seeds of each arm reached what is compared; NaN marks those that did not.

    Below nine in ten it is said that the verdict is about those that did; below `least` of an arm there is no verdict.
    With this gate, and only with it, `Rule.judge` leaves out seeds whose value is NaN; of the seeds that it judges,
    which need a value in both arms, at least as large a share must be left.
    """
    least = share(least, "least")
    if not isinstance(values, pd.DataFrame | Mapping):
        raise TypeError(
            "attrition takes the values of each arm by name, {'RL': values}: got a " + type(values).__name__
        )
    counts = {name: np.isfinite(per_seed(row, str(name))) for name, row in dict(values).items()}
    if not counts:
        raise ValueError("attrition needs the values of one arm at least: got none")
    said = ", ".join(f"{name} {there.sum()} of {len(there)}" for name, there in counts.items())
    fewest = min(there.mean() for there in counts.values())
    caution = " (fewer than nine in ten: what follows is about those seeds only)" if fewest < 0.9 else ""
    return Gate("attrition", bool(fewest >= least), f"seeds that got there: {said}{caution}", least)


@on_its_seeds
def null(values, *, matters: float, scale: str = "unbounded") -> Gate:
    """The null arm does nothing that matters: its effect, a value for each seed, lies within what matters, whole.

    That zero lies in its interval would not be enough: with few seeds it always does. An interval that reaches past
    what matters tells neither, and the gate fails and says so; so it does where fewer than nine in ten have a value.
    """
    number(matters, "matters", above=0)
    row = per_seed(values, "values")
    if len(row) < FEWEST:
        return Gate("null", False, f"the null arm has {len(row)} seeds: too few to tell, {FEWEST} are needed")
    (read,), counts, few = _read(row)
    if few:
        return Gate("null", False, few)
    effect = Interval.of(read, scale)
    passed = -matters < effect.low and effect.high < matters
    says = f"the null arm's effect is {effect}" + (f" ({counts} seeds)" if len(read) < len(row) else "")
    if passed:
        return Gate("null", True, f"{says}, within {matters:g} to either side")
    moves = effect.low >= matters or effect.high <= -matters
    return Gate(
        "null",
        False,
        f"{says}: "
        + ("it is not null" if moves else f"it cannot be told from one of {matters:g}; more seeds could"),
    )


@on_its_seeds
def grid(fine, coarse, *, matters: float, early: pd.DataFrame | None = None) -> Gate:
    """Half as many measurements move the effect by less than a quarter of what matters, on the whole interval.

    early: which runs reached their level inside their first interval (`frames.early`): there must be none.

    fine, coarse: a value for each seed, the same seeds, measured with all steps and with every other one
                  (`frames.every_other`); two Series are paired by their index, others by place. Nine in ten of
                  the seeds must be read on both grids: from fewer nobody can tell what a finer grid would have done.
    """
    number(matters, "matters", above=0)
    a, b = paired(fine, coarse, ("fine", "coarse"), "grid compares the same seeds")
    if early is not None and (counts := early.sum()).any():
        said = ", ".join(f"{count} of {name}" for name, count in counts.items() if count)
        return Gate("grid", False, f"runs that reached the level inside their first interval: {said}")
    both = np.isfinite(a) & np.isfinite(b)
    lost = int((np.isfinite(a) & ~np.isfinite(b)).sum())
    there = int(np.isfinite(a).sum())
    if both.sum() < max(4, 0.9 * there):
        unread = f"{lost} of {there} seeds cannot be read with half as many measurements: too few lie before the level"
        return Gate("grid", False, unread)
    if _itself(a, b):
        return Gate("grid", False, f"fine and coarse {ITSELF}")
    shift = Interval.of((b - a)[both])
    says = (
        f"half as many measurements move the effect by {shift.mean:+.3f} [{shift.low:+.3f}, {shift.high:+.3f}] "
        f"(a quarter of what matters is {matters / 4:g})"
    )
    says += f"; {lost} seeds cannot be read on the coarser grid" if lost else ""
    return Gate("grid", max(-shift.low, shift.high) < matters / 4, says)


@on_its_seeds
def noise(first, second, *, matters: float) -> Gate:
    """The measurement's own scatter is below half of what matters: the same runs measured with two probe streams.

    first, second: a value for each seed, the same seeds; two Series are paired by their index, others by place. Nine
                   in ten of the seeds must have a value in both.
    """
    number(matters, "matters", above=0)
    a, b = paired(first, second, ("first", "second"), "noise compares the same seeds")
    (read,), counts, few = _read(a - b, least=1)
    if few:
        return Gate("noise", False, few)
    if _itself(a, b):
        return Gate("noise", False, f"first and second {ITSELF}")
    scatter = float(np.sqrt(np.mean(read**2) / 2))
    says = f"measuring again scatters by {scatter:.3f} a seed (half of what matters is {matters / 2:g})"
    says += f"; {counts} seeds have a value twice" if len(read) < len(a) else ""
    return Gate("noise", scatter < matters / 2, says)


def _read(*rows, least=FEWEST):
    """What of each row is a value; how many of how many these are; and what to say where they are too few to tell."""
    read = [row[np.isfinite(row)] for row in rows]
    counts = " and ".join(f"{len(some)} of {len(row)}" for some, row in zip(read, rows, strict=True))
    few = any(len(some) < max(least, 0.9 * len(row)) for some, row in zip(read, rows, strict=True))
    return read, counts, f"{counts} seeds have a value: too few to tell" if few else ""


def _itself(a, b):
    """Whether a measurement stands beside itself; where all seeds are alike, nobody can tell."""
    return same_numbers(a, b) and np.nanmax(a) - np.nanmin(a) > last_digits(a)


@on_its_seeds
def both_ways(shows, shows_not, *, matters: float) -> Gate:
    """The measure can come out either way: an arm built to show the effect shows it, and one built not to does not.

    Without this gate a verdict may be true by construction: no seed could ever have said anything else.
    """
    number(matters, "matters", above=0)
    a, b = per_seed(shows, "shows"), per_seed(shows_not, "shows_not")
    if np.isfinite(a).any() and same_numbers(a, -b) and np.nanmax(np.abs(a)) > matters:
        raise ValueError(
            "shows_not is shows with its sign turned: that follows from the first; take an arm of its own"
        )
    read, counts, few = _read(a, b)
    if few:
        return Gate("both ways", False, few)
    there, absent = map(Interval.of, read)
    passed = there.low > matters and absent.high < matters
    return Gate("both ways", passed, f"built to show it: {there}; built not to: {absent} ({counts} seeds)")
