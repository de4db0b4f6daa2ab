"""The experiments of lesson 01, in a bandit: where each method ends, and how far from where theory said."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number
from helpers.core import Recorded, reinforce_loss, sft_loss, train
from helpers.kit import compare, final
from helpers.kit.gates import Gate, both_ways, complete, moved
from helpers.lessons.lesson01.settings import BETA, Problem, problem
from helpers.worlds.bandits import kl_divergence, probabilities, total_variation

CHOOSING = range(32)  # the seeds on which C9's learning rates are chosen; none of them is judged
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # ... among these, in batches of FEW
FEW, MANY = 4, 16  # episodes in a batch: of C9, and of everything else
RATE = 0.03  # the learning rate of C18
AWAY, LEFT = "distance to the named end", "left to do"  # the latter in nats, of RL without a leash in reward
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
    at: Problem, *, steps: int = 400, rates=RATES, episodes: int = FEW, names: Sequence[str] = ("SFT", "RL")
) -> pd.DataFrame:
    """How far from its named end each seed of these arms stops, at each learning rate, in small batches."""
    start, named, frames, most = at.beginner(), at.named(), [], float(at.rewards.max())
    left = {  # what each is trained to make small; the null arm for nothing
        "SFT": lambda policy: kl_divergence(at.habits, probabilities(policy)),
        "RL": lambda policy: most - probabilities(policy) @ at.rewards,
    }
    best = Recorded(at.shown(named["RL"]), episodes=episodes)
    every = {**arms(at, episodes), "SFT, best action": (best, sft_loss)}
    for rate in rates:
        for name in names:
            away = {AWAY: lambda policy, end=named[name]: total_variation(probabilities(policy), end)}
            probes = away | ({LEFT: left[name]} if name in left else {})
            run = train(start, *every[name], steps=steps, lr=rate, probes=probes)
            frames.append(compare({name: run}).assign(lr=rate))
    return pd.concat(frames, ignore_index=True)


def best_rates(far: pd.DataFrame) -> pd.Series:
    """The learning rate at which each arm's choosing seeds come nearest to their named end, on average."""
    choosing = _last(far[far.seed.isin(CHOOSING)])
    return choosing.groupby(["method", "lr"]).mean().unstack(0).idxmin()


def judged(far: pd.DataFrame, rate: float = 1.0) -> pd.DataFrame:
    """Each arm at its best rate, times `rate`, on the seeds that chose nothing: seeds down, arms across."""
    best, last = best_rates(far), _last(far[~far.seed.isin(CHOOSING)])
    return pd.DataFrame({name: last[name, best[name] * rate] for name in ("SFT", "RL")})


def end_gap(far: pd.DataFrame, rate: float = 1.0) -> pd.Series:
    """01.C9.end: distance to the named end, RL less SFT, each at its best rate, for each seed that chose nothing."""
    both = judged(far, rate)
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
    start, target, frames = at.beginner(), at.target(beta), {}
    left = {  # what each is trained to make small
        "SFT, wise teacher": lambda policy: kl_divergence(target, probabilities(policy)),
        "RL, leash": lambda policy: kl_divergence(probabilities(policy), target),
    }
    for name, arm in arms_on_a_leash(at, beta, episodes).items():
        probes = {"chances": chances, LEFT: left[name]}
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


def end_gates(far: pd.DataFrame, at: Problem, steps: int, *, rate: float = 1.0, episodes: int = FEW) -> list[Gate]:
    """What must hold before 01.C9.end is judged: all runs are whole, both arms made smaller
    what they are trained to make small, and the measure can come out either way.

    Built to show it: the null arm, whose end nobody can name. Built not to: SFT on a teacher who takes the best action.
    at: the problem of the judged seeds, on which these two are run, at RL's rate.
    """
    best, two = best_rates(far) * rate, far[~far.seed.isin(CHOOSING)]
    two = two[np.isclose(two.lr, two.method.map(best))]
    sft, how = judged(far, rate)["SFT"], {"steps": steps, "rates": [best["RL"]], "episodes": episodes}
    extra = _last(distances(at, names=["null arm", "SFT, best action"], **how)).droplevel("lr")
    shows, shows_not = (extra[name] - sft for name in ("null arm", "SFT, best action"))
    return [complete(two, steps), moved(two, LEFT, least=-0.1), both_ways(shows, shows_not, matters=0.05)]


def leash_gates(
    frame: pd.DataFrame,
    at: Problem,
    steps: int,
    *,
    lr: float = RATE,
    beta: float = BETA,
    episodes: int = MANY,
) -> list[Gate]:
    """What must hold before 01.C18 is judged: all runs are whole, both arms made smaller what they are
    trained to make small, and the measure can come out either way.

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
    return [
        complete(two, steps),
        moved(two, LEFT, least=-0.05),
        both_ways(shows.to_numpy(), shows_not.to_numpy(), matters=0.05),
    ]


def results(
    seeds, *, rate: float = 1.0, episodes: int | None = None, steps: int = 400, beta: float = BETA, **turned
) -> pd.DataFrame:
    """Everything that the rules of this lesson judge, in one tidy frame, the choosing seeds of C9 included.

    rate: a factor on every learning rate, after it was chosen. episodes: in a batch, for all arms. turned: see `problem`.
    """
    choosing, at = problem(CHOOSING, **turned), problem(seeds, **turned)
    how = {"steps": steps, "episodes": episodes or FEW}
    frames = [distances(choosing, **how)]
    for name, best in (best_rates(frames[0]) * rate).items():
        frames.append(distances(at, rates=[best], names=[name], **how))
    how = {"steps": steps, "lr": RATE * rate, "beta": beta, "episodes": episodes or MANY}
    return pd.concat([*frames, leashed_runs(at, **how)], ignore_index=True)


def _last(far):
    """The distance at the end of each run: a Series over method, lr and seed."""
    rows = far[far.metric == AWAY].sort_values("step")
    return rows.groupby(["method", "lr", "seed"]).value.last()


MEASURES = {"01.C9.end": end_gap, "01.C18": overlap}
