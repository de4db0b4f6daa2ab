"""The experiment of lesson 06: nets with a memory, trained over many two-armed tasks and then left as they are.

Training never has two poor arms (both below one half). "Even" tasks have either arm as the better one equally often, in
"skewed" tasks it is arm 1 in 80 of 100. Nothing is trained while it is measured.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import Demonstrations, Rng, Stream, ppo_loss, reinforce_loss, sft_loss, train
from helpers.core.losses import per_episode
from helpers.core.recurrent import Lives, Recurrent, elman, lived
from helpers.kit import compare, final
from helpers.lessons.lesson06.onlookers import SHOWS, paired, second, second_of_best, watched
from helpers.worlds.pulls import Exactly, Prior, Pulls, one_task, prior

SCORE, FINDS, SHOWN, FOLLOWS, AGAIN = (
    "score, of the best learner's",
    "finds the better arm",
    "goes by what it is shown",
    "goes by what is long past",
    "goes by what is long past, measured again",
)
HORIZON, SKEW = 12, 0.8
STEPS, LR, EPISODES, HIDDEN = 300, 3e-3, 32, 24
TASK = (0.2, 0.8)  # arm 1 is the worse one
NEW = {"poor": (0.05, 0.45), "rich": (0.55, 0.95)}  # two arms of a kind that training never has
MATTERS = {"06.C6": 0.2, "06.C5": 0.2}  # to the gates; what 06.C5 counts has a size of its own, in its rule
UNCLIPPED = 10.0
ARMS = {  # arm -> who acts, which tasks
    "RL": ("RL", "even"),
    "SFT": ("SFT", "even"),
    "null arm": ("null", "even"),
    "SFT, skewed": ("SFT", "skewed"),
    "RL, skewed": ("RL", "skewed"),
}
JUDGED = {  # which arms are trained for a rule; the first two learn, what comes after them is told nothing of pay
    "06.C6": ("RL", "SFT", "null arm"),
    "06.C5": ("SFT, skewed", "RL, skewed"),
}
BEST = {"best learner": "even", "best learner, skewed": "skewed"}
LEFT_OUT = {  # what training never has: two arms that pay less often than not, or two that pay more often
    "poor": lambda pairs: (pairs < 0.5).all(1),
    "rich": lambda pairs: (pairs > 0.5).all(1),
}


def tasks(which: str, *, skew: float = SKEW, left_out: str = "poor") -> Prior:
    """Where the better arm is each with one half, "even", and where it is arm 1 more often, "skewed"."""
    first = skew if one_of(which, ["even", "skewed"], "which") == "skewed" else 0.5
    return prior(first=first, left_out=LEFT_OUT[one_of(left_out, LEFT_OUT, "left_out")])


@cache
def exactly(which: str, horizon: int = HORIZON, skew: float = SKEW, left_out: str = "poor") -> Exactly:
    """What is known of learners in these tasks."""
    return Exactly(tasks(which, skew=skew, left_out=left_out), horizon)


def optimal(known: Exactly) -> Callable:
    """A teacher that does what is best for these tasks; of equals arm 1."""
    better = known.value[:, 1] > known.value[:, 0] + 1e-9
    return lambda env, state: better[known.place[state.counts.unbind(-1)]].long()


def beginner(seeds, hidden: int = HIDDEN) -> Recurrent:
    """The net of each seed from which all arms start."""
    return Recurrent(elman(Pulls.features, Pulls.actions, hidden), seeds=seeds)


def probe(which: str, horizon: int = HORIZON, skew: float = SKEW, left_out: str = "poor") -> Callable:
    """What is measured of a policy trained in these tasks, each a value a seed.

    SCORE: what the arms that it takes pay on average, in training's tasks: 0 for who takes any, 1 for the best learner.
    FINDS: how much oftener it takes arm 2 in the last three pulls where arm 2 is better (TASK) than where arm 1 is: 0
    for a habit, whichever. SHOWN: the same of its chance after ten pulls by lot. FOLLOWS: the same of twins of a past,
    in tasks that training never has; AGAIN: with other pulls.
    """
    own = tasks(which, skew=skew, left_out=left_out)
    best = float(exactly(which, horizon, skew, left_out).value[0].max()) / horizon
    lot = float(own.weight @ own.pairs.mean(1))

    def measure(policy) -> dict[str, Float[Tensor, "seed"]]:
        rng = Rng(policy.seeds, Stream.PROBES)
        noise = rng.gumbel(horizon, 512, 2)
        earned = mean_pay(policy, Pulls(own, horizon=horizon), noise, rng)
        ends = [
            lived(policy, Pulls(one_task(*odds), horizon=horizon), noise, rng).action[..., -3:]
            for odds in (TASK, TASK[::-1])
        ]
        return {
            SCORE: (earned - lot) / (best - lot),
            FINDS: (ends[0] - ends[1]).float().mean((1, 2)),
            **onlooking(policy.seeds, lambda seen: second(policy, seen), left_out),
        }

    return measure


def onlooking(seeds, choice: Callable, left_out: str = "poor") -> dict[str, Float[Tensor, "seed"]]:
    """SHOWN, FOLLOWS and AGAIN, of who takes arm 2 with the chance `choice(seen)`."""
    shown = _shown(tuple(seeds), left_out)
    return {name: (choice(there) - choice(here)).mean(1) for name, (here, there) in shown.items()}


@lru_cache(maxsize=1)  # the same at each measurement of each arm
def _shown(seeds, left_out):
    """What is shown to who only looks on, by name: where arm 1 is better, and where arm 2 is."""
    return {
        SHOWN: tuple(watched(seeds, one_task(*odds)) for odds in (TASK[::-1], TASK)),
        FOLLOWS: paired(seeds, NEW[left_out][::-1]),
        AGAIN: paired(seeds, NEW[left_out][::-1], stream=Stream.PROBES_AGAIN),
    }


def best_learners(seeds, steps: int, *, horizon=HORIZON, skew=SKEW, left_out="poor", **_) -> pd.DataFrame:
    """What is measured, of who does what is best for the tasks of training: a tidy frame with BEST's names."""
    rows, seeds = [], list(seeds)
    for name, which in BEST.items():
        own = exactly(which, horizon, skew, left_out)
        longer = exactly(which, max(horizon, SHOWS + 2), skew, left_out)
        values = {
            SCORE: torch.ones(len(seeds)),
            FINDS: finds(own).expand(len(seeds)),
            **onlooking(seeds, lambda seen, known=longer: second_of_best(known, seen), left_out),
        }
        rows += [
            {"method": name, "step": step, "seed": seed, "metric": metric, "value": float(one)}
            for metric, row in values.items()
            for seed, one in zip(seeds, row.tolist(), strict=True)
            for step in (0, steps)
        ]
    return pd.DataFrame(rows)


def finds(known: Exactly) -> Float[Tensor, ""]:
    """FINDS of the best learner, exactly."""
    here, there = (known.takes(known.best(), odds)[-3:].mean() for odds in (TASK[::-1], TASK))
    return here - there


def mean_pay(policy: Recurrent, env: Pulls, noise: Tensor, rng: Rng) -> Float[Tensor, "seed"]:
    """What the arms that a policy takes pay on average, a pull: their chances, and not the coins that fell."""
    odds = []

    class Watched(Pulls):
        def step(self, state, action, rng):
            odds.append(state.odds.gather(-1, action[..., None])[..., 0])
            return super().step(state, action, rng)

    lived(policy, Watched(env.tasks, horizon=env.horizon, told=env.told), noise, rng)
    return torch.stack(odds).mean((0, 2))


def trained(
    seeds,
    arms: Sequence[str] = tuple(ARMS),
    *,
    steps: int = STEPS,
    rate: float = 1.0,
    bonus: float = 0.0,
    hidden: int = HIDDEN,
    updates: int = 1,
    start: str | None = None,
    coins: bool = True,
    made: Mapping | None = None,
    looks: Sequence[float] = (1 / 3, 2 / 3),
    **world,
) -> dict:
    """The runs of these arms, by name, all from the same weights.

    rate: a factor on the learning rate. bonus: of entropy, for RL, in the first half of training. updates: above 1,
    PPO's steps a batch. start: "RL, skewed" begins as what this arm has made. coins: see `Pulls`. made: runs of some
    arms, by name, that were trained before and are not trained again. looks: after which parts of training it is
    measured, beside its beginning and its end. world: horizon, skew, left_out.
    """
    runs = dict(made or {})
    for name in dict.fromkeys([*([start] if start else []), *arms]):
        if name in runs:
            continue
        who, which = ARMS[one_of(name, ARMS, "arm")]
        run = runs[start].policy if start and name == "RL, skewed" else beginner(seeds, hidden)
        loss = (ppo_loss if updates > 1 else reinforce_loss) if who == "RL" else sft_loss
        halves = ((undecided(loss, bonus), steps // 2), (loss, steps - steps // 2))
        for part, batches in halves if bonus and who == "RL" else [(loss, steps)]:
            run = train(
                run,
                source(who, which, coins=coins, **world),
                part,
                steps=batches,
                lr=LR * number(rate, "rate", above=0),
                updates=updates if who == "RL" else 1,
                probes={"pulls": probe(which, **world)},
                probe_every=sorted({max(1, int(steps * part_of + 1e-6)) for part_of in looks}),
                clip_norm=UNCLIPPED,
            )
        runs[name] = run
    return runs


def source(who: str, which: str, *, horizon=HORIZON, skew=SKEW, left_out="poor", coins=True) -> Callable:
    """Who acts in training: the policy, or, of "SFT", who does what is best for these tasks."""
    world = Pulls(tasks(which, skew=skew, left_out=left_out), horizon=horizon, coins=coins)
    if who != "SFT":
        return Lives(world, episodes=EPISODES)
    return Demonstrations(world, optimal(exactly(which, horizon, skew, left_out)), episodes=EPISODES)


def undecided(loss: Callable, bonus: float) -> Callable:
    """The loss less `bonus` times the entropy of each step."""
    if not bonus:
        return loss
    return lambda now, batch: loss(now, batch) - bonus * per_episode(now.entropy, batch.mask)


def results(seeds, arms: Sequence[str] = tuple(ARMS), *, kept: dict | None = None, **how) -> pd.DataFrame:
    """What the rules judge, as one tidy frame, the best learners among its methods. kept: also gets the runs."""
    runs = trained(seeds, arms, **how)
    if kept is not None:
        kept.update(runs)
    best = best_learners(seeds, **{"steps": STEPS, **how})
    return pd.concat([compare(runs), best], ignore_index=True)


def learns(frame: pd.DataFrame, arm: str = "RL") -> pd.Series:
    """06.C6: how much RL's choice goes by what was told over four pulls before, in tasks that training never has."""
    return final(frame, FOLLOWS)[arm]


def short_of_best(frame: pd.DataFrame, arm: str = "RL, skewed") -> pd.Series:
    """How much less a net finds the better arm, in the end, than the best learner for the same skewed tasks."""
    last = final(frame, FINDS)
    return last["best learner, skewed"] - last[arm]


def finds_nothing(frame: pd.DataFrame, arm: str = "RL, skewed") -> pd.Series:
    """06.C5: 1 for a net that is nearer to a habit than to the best learner for the same skewed tasks, else 0.

    Nearer to a habit: it finds the better arm less than half as well (FINDS) as this learner does.
    """
    last = final(frame, FINDS)
    return (last[arm] < last["best learner, skewed"] / 2).astype(float)


MEASURES: Mapping[str, Callable] = {"06.C6": learns, "06.C5": finds_nothing}
