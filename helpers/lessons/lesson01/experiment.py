"""The experiments of lesson 01, in a bandit: where each method ends, and how far from where theory said."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import Recorded, reinforce_loss, sft_loss, train
from helpers.kit import Interval, compare
from helpers.kit.gates import Gate, both_ways, complete, moved
from helpers.kit.measures import measures
from helpers.kit.rules import Rule, matters_to
from helpers.lessons.lesson01.settings import BETA, Problem, problem
from helpers.worlds.bandits import probabilities, total_variation

CHOOSING = range(32)  # the seeds on which C9's learning rates are chosen; none of them is judged
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # ... among these, in batches of FEW
FEW, MANY = 4, 16  # episodes in a batch: of C9, and of everything else
RATE = 0.03  # the learning rate of C18
AWAY, WAY = "distance to the named end", "share of its way"  # the second in what the arm is trained on
ALIKE = 0.85  # the overlap that speaks for neither side


def arms(at: Problem, episodes: int = MANY) -> dict[str, tuple[Callable, Callable]]:
    """Who acts (the recorded teacher, or the policy) x how actions are weighted (all alike, or by reward)."""
    shown, own = at.shown(at.habits), at.tried(episodes)
    paid = shown.with_(advantage=shown.reward)
    return {
        "SFT": (Recorded(shown, episodes=episodes), sft_loss),
        "weighted imitation": (Recorded(paid, episodes=episodes), reinforce_loss),
        "null arm": (own, sft_loss),
        "RL": (own, reinforce_loss),
    }


def arms_on_a_leash(at: Problem, beta: float = BETA, episodes: int = MANY) -> dict[str, tuple]:
    """RL that pays `beta` for a nat, and SFT on a teacher who acts as the policy at which theory says RL ends."""
    taught = at.shown(at.target(number(beta, "beta", above=0)))
    return {
        "RL, leash": (at.priced(beta, episodes), reinforce_loss),
        "SFT, wise teacher": (Recorded(taught, episodes=episodes), sft_loss),
    }


def theory(at: Problem, beta: float = BETA) -> dict[str, Float[Tensor, "actions"]]:
    """Where each arm ends, in theory; the null arm on average."""
    target, paid = at.target(number(beta, "beta", above=0)), at.habits * at.rewards
    known = {"weighted imitation": paid / paid.sum(), "RL, leash": target, "SFT, wise teacher": target}
    return {**at.named(), **known}


def chances(policy) -> dict[str, Float[Tensor, "seed"]]:
    """A probe: the probability of each action, as metrics "p(0)", "p(1)", ..."""
    return {f"p({action})": chance for action, chance in enumerate(probabilities(policy).T)}


def ends(frame: pd.DataFrame) -> dict[str, Float[Tensor, "seed action"]]:
    """The policies at the end of runs that were probed with `chances`: method -> [seed, action]."""
    rows = frame[(frame.step == frame.step.max()) & frame.metric.str.fullmatch(r"p\(\d+\)")]
    found = {}
    for method, part in rows.groupby("method", sort=False):
        wide = part.pivot(index="seed", columns="metric", values="value")
        found[method] = torch.tensor(wide[[f"p({i})" for i in range(wide.shape[1])]].to_numpy())
    return found


def distances(
    at: Problem,
    *,
    steps: int = 400,
    rates=RATES,
    episodes: int = FEW,
    names: Sequence[str] = ("SFT", "RL"),
    falling: bool = False,
) -> pd.DataFrame:
    """How far from its named end each seed of these arms stops, at each learning rate, in small batches.

    falling: the last quarter of the steps is made at a tenth of the rate.
    """
    start, named, left, frames = at.beginner(), at.named(), at.left(), []
    best = Recorded(at.shown(at.best), episodes=episodes)
    every = {**arms(at, episodes), "SFT, best action": (best, sft_loss)}
    for rate in rates:
        for name in names:
            probes = {AWAY: lambda policy, end=named[name]: total_variation(probabilities(policy), end)}
            if name in left:
                probes[WAY] = share_of_way(start, left[name])
            first = 3 * steps // 4 if falling else steps
            run = train(start, *every[name], steps=first, lr=rate, probes=probes)
            parts = [run.history]
            if falling:
                slow = train(
                    run.policy, *every[name], steps=steps - first, lr=rate / 10, probes=probes, stream=1
                )
                parts = [
                    run.history[run.history.step == 0],
                    slow.history.assign(step=slow.history.step + first),
                ]
            frames.append(pd.concat(parts).assign(method=name, lr=rate))
    return pd.concat(frames, ignore_index=True)


def share_of_way(start, left: Callable) -> Callable:
    """A probe: how much of what there was to do at the start, in what an arm is trained on, has been done."""
    whole = left(probabilities(start))
    return lambda policy: 1 - left(probabilities(policy)) / whole


def best_rates(far: pd.DataFrame, chosen_by: str = "way") -> pd.Series:
    """The learning rate at which each arm's choosing seeds go furthest in what they are trained on, on average.

    chosen_by: "distance": at which they come nearest to their named end, instead; that favours whom one judges by it.
    """
    choosing = far[far.seed.isin(CHOOSING)]
    if one_of(chosen_by, ("way", "distance"), "chosen_by") == "way":
        return _last(choosing, WAY).groupby(["method", "lr"]).mean().unstack(0).idxmax()
    return _last(choosing).groupby(["method", "lr"]).mean().unstack(0).idxmin()


def judged(far: pd.DataFrame, **how) -> pd.DataFrame:
    """The distance of each seed that chose nothing, each arm at its rate (see `rates_of`): seeds down, arms across."""
    rates, last = rates_of(far, **how), _last(far[~far.seed.isin(CHOOSING)])
    return pd.DataFrame({name: last[name, rates[name]] for name in ("SFT", "RL")})


def rates_of(far: pd.DataFrame, *, rate: float = 1.0, chosen_by: str = "way") -> pd.Series:
    """The learning rate of each arm: the best one, times `rate`."""
    return best_rates(far, chosen_by) * rate


def end_gap(far: pd.DataFrame, **how) -> pd.Series:
    """01.C9.end: distance to the named end, RL less SFT, each at its best rate, for each seed that chose nothing."""
    both = judged(far, **how)
    return both["RL"] - both["SFT"]


def stops(far: pd.DataFrame) -> pd.DataFrame:
    """For each learning rate the mean distance of either arm, and how many seeds of RL stop at a wrong action."""
    last = _last(far[~far.seed.isin(CHOOSING)])
    table = last.groupby(["lr", "method"]).mean().unstack()[["SFT", "RL"]]
    return table.assign(**{"RL, seeds on a wrong action": (last["RL"] > 0.9).groupby("lr").sum()})


def leashed_runs(
    at: Problem, *, steps: int = 400, lr: float = RATE, beta: float = BETA, episodes: int = MANY
) -> pd.DataFrame:
    """RL on a leash and SFT on the wise teacher's actions, one tidy frame."""
    start, left, frames = at.beginner(), at.left_to(at.target(beta)), {}
    for name, arm in arms_on_a_leash(at, beta, episodes).items():
        probes = {"chances": chances, WAY: share_of_way(start, left[name])}
        frames[name] = train(start, *arm, steps=steps, lr=lr, probes=probes)
    return compare(frames)


def overlap(frame: pd.DataFrame, pair=("SFT, wise teacher", "RL, leash")) -> pd.Series:
    """01.C18: 1 - total variation of SFT on the wise teacher's actions and RL on a leash, for each seed."""
    first, second = (ends(frame[frame.method == name])[name] for name in pair)
    shared = 1 - total_variation(first, second)
    return pd.Series(shared.tolist(), index=sorted(frame[frame.method == pair[0]].seed.unique()))


def explained(frame: pd.DataFrame) -> pd.DataFrame:
    """The share of the reward's variance over actions that log p explains (R squared): seeds down, methods across."""
    rewards = problem(range(1)).rewards
    share = lambda one: np.corrcoef(one.log(), rewards)[0, 1] ** 2
    table = {name: [share(one) for one in found] for name, found in ends(frame).items()}
    return pd.DataFrame(table, index=sorted(frame.seed.unique()))


def end_gates(
    far: pd.DataFrame,
    at: Problem,
    steps: int,
    *,
    episodes: int = FEW,
    falling: bool = False,
    matters: float = 0.05,
    **how,
) -> list[Gate]:
    """What must hold before 01.C9.end is judged: all runs are whole, both arms went half of their way at least in what
    they are trained on, and the measure can come out either way.

    Built to show it: the null arm, whose end nobody can name, less SFT. Built to show the opposite: SFT on a teacher
    who takes the best action, less SFT at a rate of 0.3. All on the problem of the judged seeds, `at`.
    """
    rates, two = rates_of(far, **how), far[~far.seed.isin(CHOOSING)]
    two = two[np.isclose(two.lr, two.method.map(rates))]
    run = lambda name, rate: _last(
        distances(at, steps=steps, rates=[rate], names=[name], episodes=episodes)
    ).droplevel(["method", "lr"])
    shows = run("null arm", rates["RL"]) - judged(far, **how)["SFT"]
    opposite = run("SFT, best action", 0.03) - run("SFT", 0.3)
    return [complete(two, steps), moved(two, WAY, least=0.5), both_ways(shows, opposite, matters=matters)]


def leash_gates(
    frame: pd.DataFrame,
    at: Problem,
    steps: int,
    *,
    lr: float = RATE,
    beta: float = BETA,
    episodes: int = MANY,
) -> list[Gate]:
    """What must hold before 01.C18 is judged: all runs are whole, both arms went nine tenths of their
    way, without which the two would overlap since they start alike, and the measure can come out either way.

    Built to show it: SFT on the wise teacher twice, with other draws. Built not to: RL on a leash beside SFT on another
    teacher.
    """
    two = frame[frame.method.isin(["RL, leash", "SFT, wise teacher"])]
    two = two[two.metric != AWAY]
    start, how = at.beginner(), {"steps": steps, "lr": lr, "probes": {"chances": chances}}
    taught = lambda teacher: Recorded(at.shown(teacher), episodes=episodes)
    again = train(start, taught(at.target(beta)), sft_loss, stream=1, **how)
    other = train(start, taught(at.other()), sft_loss, **how)
    more = pd.concat([two, compare({"SFT, other draws": again, "SFT, other teacher": other})])
    shows = overlap(more, ("SFT, wise teacher", "SFT, other draws")) - ALIKE
    shows_not = overlap(more, ("SFT, other teacher", "RL, leash")) - ALIKE
    both = both_ways(shows.to_numpy(), shows_not.to_numpy(), matters=0.05)
    there, absent = (f"{Interval.of(one + ALIKE)}" for one in (shows, shows_not))
    said = f"built to show it: an overlap of {there}; built not to: {absent} ({len(shows)} seeds)"
    both = replace(both, says=said if both.passed else both.says)
    return [complete(two, steps), moved(two, WAY, least=at.least), both]


def results(
    seeds,
    *,
    rate: float = 1.0,
    chosen_by: str = "way",
    few: int = FEW,
    episodes: int | None = None,
    steps: int = 400,
    falling: bool = False,
    beta: float = BETA,
    **turned,
) -> pd.DataFrame:
    """Everything that the rules of this lesson judge, in one tidy frame, the choosing seeds of C9 included.

    rate: a factor on every learning rate, after it was chosen. few: the episodes in a batch of C9; `episodes`: in any.
    turned: see `problem`; the others see `distances`, `best_rates` and `leashed_runs`.
    """
    choosing, at = problem(CHOOSING, **turned), problem(seeds, **turned)
    how = {"steps": steps, "episodes": episodes or few, "falling": falling}
    frames = [distances(choosing, **how)]
    for name, best in rates_of(frames[0], rate=rate, chosen_by=chosen_by).items():
        frames.append(distances(at, rates=[best], names=[name], **how))
    how = {"steps": steps, "lr": RATE * rate, "beta": beta, "episodes": episodes or MANY}
    return pd.concat([*frames, leashed_runs(at, **how)], ignore_index=True)


@measures("01.C9.end")
def end_in(
    seeds,
    *,
    rate: float = 1.0,
    chosen_by: str = "way",
    few: int = FEW,
    steps: int = 400,
    falling: bool = False,
    mine: Rule | None = None,
    **turned,
) -> tuple[pd.Series, list[Gate]]:
    """01.C9.end in a setting of one's own, `end_in(seeds, actions=12)`: the value of each seed, and the gates.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to the lesson's.
    What can be turned: see `results` and `settings.problem`.
    """
    both, how = {"steps": steps, "episodes": few, "falling": falling}, {"rate": rate, "chosen_by": chosen_by}
    choosing, at = problem(CHOOSING, **turned), problem(seeds, **turned)
    frames = [distances(choosing, **both)]
    for name, best in rates_of(frames[0], **how).items():
        frames.append(distances(at, rates=[best], names=[name], **both))
    far = pd.concat(frames, ignore_index=True)
    return end_gap(far, **how), end_gates(far, at, **both, **how, **matters_to(mine))


def _last(far, metric=AWAY):
    """A metric at the end of each run: a Series over method, lr and seed."""
    rows = far[far.metric == metric].sort_values("step")
    return rows.groupby(["method", "lr", "seed"]).value.last()


MEASURES = {"01.C9.end": end_gap, "01.C18": overlap}
