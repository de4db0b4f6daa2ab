"""The turn of lesson 00: what its verdict hangs on. Other arms, other settings, equal information."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import (
    Demonstrations,
    Policy,
    Rollouts,
    batch_relative,
    ppo_loss,
    reinforce_loss,
    sft_loss,
    train,
)
from helpers.core.play import play
from helpers.core.sources import finish
from helpers.core.types import Batch
from helpers.kit import compare, complete, final, moved
from helpers.kit.frames import rows_of
from helpers.kit.judged import judged, values_of
from helpers.kit.measures import measures
from helpers.kit.multiverse import beside_own, share
from helpers.kit.rules import Rule
from helpers.kit.tables import stored
from helpers.lessons.lesson00 import experiment
from helpers.lessons.lesson00.experiment import EVEN, HINT, MOVED, RIGHT, SCORE, TRIED
from helpers.worlds.grids import GridWorld, walk_right, walk_to_coin

BONUS = 0.03
FOUND = "coins found on the left"
MOST = 1000  # batches, after which RL is read even if it has not found as many coins on the left as SFT was shown


@dataclass(frozen=True)
class Setting:
    """The experiment with something turned.

    rl_lr:  RL's learning rate, where it is not SFT's. rl_updates, sft_updates: optimiser steps with each batch; with
            more than one RL is PPO. bonus: RL's, see `with_bonus`.
    before: batches of SFT without a hint from which both arms start.
    whole_episode: RL weighs as exercise 2 does, see `whole_episode`, and not from each move on.
    """

    hint: float = HINT
    steps: int = experiment.STEPS
    lr: float = experiment.LEARNING_RATE
    rl_lr: float | None = None
    rl_updates: int = 1
    sft_updates: int = 1
    bonus: float = 0.0
    hidden: Sequence[int] = (64, 64)
    width: int = 9
    before: int = 0
    clip_norm: float = experiment.UNCLIPPED
    whole_episode: bool = False

    def __post_init__(self):
        object.__setattr__(self, "hidden", tuple(self.hidden))

    def seen_by(self, name: str) -> "Setting":
        """The setting without what concerns other arms alone, so that no run is made twice."""
        of_rl = {"rl_lr": None, "rl_updates": 1, "bonus": 0.0, "whole_episode": False}
        others = {"SFT": of_rl, "RL": {"sft_updates": 1}, "null arm": of_rl | {"sft_updates": 1}}
        return replace(self, **others[name])

    def run(
        self, name: str, hint: float, seeds, *, steps: int | None = None, every: int | None = None
    ) -> pd.DataFrame:
        """One arm at a hint as a tidy frame. What came before training has steps below 0."""
        mine = replace(self.seen_by(name), hint=hint, steps=steps or self.steps)
        return one_arm(mine, name, tuple(seeds), every or mine.steps).copy()

    def arm(self, name: str, world: GridWorld) -> tuple[Callable, Callable, int]:
        """Who acts, how the moves are weighted, and how many optimiser steps each batch is worth."""
        if name == "SFT":
            return Demonstrations(world, walk_to_coin), sft_loss, self.sft_updates
        if name == "RL":
            loss = reinforce_loss if self.rl_updates == 1 else ppo_loss
            weight = whole_episode if self.whole_episode else batch_relative
            return Rollouts(world, advantage=weight), with_bonus(self.bonus, loss), self.rl_updates
        return Rollouts(world), sft_loss, 1

    def start(self, seeds, probes) -> tuple[Policy, pd.DataFrame]:
        """Where all arms start, and what was measured before that."""
        fresh = experiment.beginner(seeds, self.hidden, self.width)
        if not self.before:
            return fresh, pd.DataFrame()
        home = experiment.corridor(0.0, self.width)
        run = train(
            fresh, Demonstrations(home, walk_to_coin), sft_loss, steps=self.before, lr=self.lr, probes=probes
        )
        first = run.history[run.history.step == 0]
        return run.policy, first.assign(step=-self.before)


@functools.lru_cache(maxsize=12)
def one_arm(setting: Setting, name: str, seeds: tuple[int, ...], every: int) -> pd.DataFrame:
    """What `Setting.run` returns; several settings share an arm, which is then trained once."""
    world = experiment.corridor(setting.hint, setting.width)
    data, loss, updates = setting.arm(name, world)
    counted, lr = counting(data), setting.lr
    if name == "RL" and setting.rl_lr:
        lr = setting.rl_lr
    how = {"lr": lr, "updates": updates, "clip_norm": setting.clip_norm, "steps": setting.steps}
    probes = experiment.probes(world) | {FOUND: lambda policy: counted.found(policy)}
    start, earlier = setting.start(seeds, probes)
    run = train(start, counted, loss, probes=probes, probe_every=every, **how)
    return pd.concat([earlier, compare({name: run})]).assign(method=name, hint=setting.hint)


def again(seeds, *, equal_information: bool = False, **turned) -> pd.DataFrame:
    """00.C8 with its gates, on other seeds or with something turned: the columns that `values_of` makes.

    equal_information: read RL where it has found as many coins on the left as SFT was shown (see `told_as_much`).
    """
    setting = Setting(**turned)
    sft, rl = setting.run("SFT", setting.hint, seeds), setting.run("RL", setting.hint, seeds)
    frames = [sft, rl, *(setting.run(name, hint, seeds) for hint in (0.0, EVEN) for name in ("SFT", "RL"))]
    hinted, still = pd.concat(frames), setting.run("null arm", setting.hint, experiment.many(seeds))
    gates = experiment.gates(hinted, still, setting.steps, hint=setting.hint)
    gap = experiment.gap
    if equal_information:
        longer = setting.run("RL", setting.hint, seeds, steps=MOST, every=10)
        gap = lambda frame: final(sft, MOVED)["SFT"] - told_as_much(longer, final(sft, FOUND)["SFT"])
    return values_of({"00.C8": gap}, pd.concat([sft, rl]), {"00.C8": gates})


def told_as_much(rl: pd.DataFrame, shown: pd.Series) -> pd.Series:
    """RL's success on the left where it has found as many coins there as `shown`, a number a seed; else at its end."""
    found, value = (
        rows_of(rl, name).pivot(index="seed", columns="step", values="value") for name in (FOUND, MOVED)
    )
    there = found.ge(shown, axis=0)
    first = np.where(there.any(axis=1), there.to_numpy().argmax(1), there.shape[1] - 1)
    return pd.Series(value.to_numpy()[np.arange(len(first)), first], index=value.index)


def arms(world: GridWorld) -> dict[str, tuple[Callable, Callable, int]]:
    """Who acts, how the moves are weighted, and how many optimiser steps each batch is worth."""
    return {
        "SFT": (Demonstrations(world, walk_to_coin), sft_loss, 1),
        "teacher, by outcome": (
            Demonstrations(world, walk_to_coin, advantage=batch_relative),
            reinforce_loss,
            1,
        ),
        "stranger, all alike": (stranger(world), sft_loss, 1),
        "stranger, by outcome": (stranger(world, advantage=batch_relative), reinforce_loss, 1),
        "null arm": (Rollouts(world), sft_loss, 1),
        "RL": (Rollouts(world), reinforce_loss, 1),
        "RL, bonus 0.03": (Rollouts(world), with_bonus(0.03), 1),
        "RL, bonus 0.1": (Rollouts(world), with_bonus(0.1), 1),
        "RL, 4 updates (PPO)": (Rollouts(world), ppo_loss, 4),
        "SFT, teacher walks right": (Demonstrations(world, walk_right), sft_loss, 1),
        "teacher, whole episode": (
            Demonstrations(world, walk_to_coin, advantage=whole_episode),
            reinforce_loss,
            1,
        ),
        "stranger, whole episode": (stranger(world, advantage=whole_episode), reinforce_loss, 1),
        "RL, whole episode": (Rollouts(world, advantage=whole_episode), reinforce_loss, 1),
    }


def long_runs() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables that the runner made: these arms up to batch 400, and 00.C8 in all settings."""
    return stored("later_00"), stored("multiverse_00")


def carries(multiverse: pd.DataFrame, verdict=None) -> str:
    """How many settings were written down, how many are run, and in how many of them the lesson's own word holds.

    verdict: the reader's, which may be of other numbers than the lesson's.
    """
    found = share(multiverse, "00.C8")
    wait = f"; {found.missing} of them still has to be run" if found.missing else ""
    counts = f"{found.of + found.missing} settings were written down{wait}."
    said = f"{counts} In {found.same} of the {found.of} that were run the word is {found.word}."
    if verdict is None or not beside_own(multiverse, "00.C8", verdict.word, verdict.effect)[1]:
        return said
    return f"{said} All of them turn the lesson's own numbers; yours are others, and the word above is {verdict.word}."


def fresh_sets() -> pd.DataFrame:
    """What the rule says on each of the five fresh sets of seeds: a row a set."""
    table = stored("fresh_00")
    rows = {
        f"{min(one.seed)} to {max(one.seed)}": judged(one, "00.C8")
        for _, one in table.groupby(table.seed // 1000)
    }
    said = {seeds: {"SFT less RL": str(one.effect), "word": one.word} for seeds, one in rows.items()}
    return pd.DataFrame(said).T.rename_axis("fresh seeds")


def later(method: str, seeds, *, measured: list[int]) -> pd.DataFrame:
    """One of these arms at the hint that is judged, for longer than the lesson trains: seed, step, metric, value."""
    world = experiment.corridor(HINT)
    data, loss, updates = arms(world)[method]
    how = experiment.measured(world) | {"probe_every": measured, "steps": measured[-1], "updates": updates}
    run = train(experiment.beginner(seeds), data, loss, lr=experiment.LEARNING_RATE, **how)
    return run.history[run.history.metric.isin([MOVED, RIGHT, SCORE, TRIED])]


def versus(
    first: str,
    second: str,
    seen: tuple[pd.DataFrame, pd.DataFrame, int],
    *,
    mine: Rule | None = None,
    hint: float = HINT,
    batches: int = 100,
) -> Callable:
    """What `my_verdict` runs: two of these arms on fresh seeds, their gap with the coin on the left, and gates.

    seen: the lesson's own runs, its null arm's, and their steps, as `experiment.gates` takes them: the gates about the
          measure itself (null, both ways) are looked at there, and say so.
    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to 00.C8.
    """
    if len(seen) != 3:
        raise ValueError(
            "hand over the lesson's runs, and no gates: turn.versus(FIRST, SECOND, (hinted, still, STEPS), mine=mine)"
        )
    world = experiment.corridor(hint)
    two = {one_of(name, arms(world), "an arm"): arms(world)[name] for name in (first, second)}

    @measures("00.C8")
    def run(seeds):
        how = experiment.measured(world, every=batches) | {"steps": batches, "lr": experiment.LEARNING_RATE}
        start = experiment.beginner(seeds)
        runs = {name: train(start, data, loss, updates=n, **how) for name, (data, loss, n) in two.items()}
        frame, ends = compare(runs), final(compare(runs), MOVED)
        looked = [complete(frame, batches), moved(frame, SCORE, least=0.2)]
        over = (one for one in experiment.gates(*seen, mine=mine) if one.name in ("null", "both ways"))
        return ends[first] - ends[second], [*looked, *map(_taken_over, over)]

    return run


def _taken_over(gate):
    """A gate that was looked at on the lesson's seeds, and says so."""
    return replace(gate, says=f"{gate.says} (taken over: on the lesson's own seeds)", on=None)


def with_bonus(bonus: float, loss: Callable = reinforce_loss) -> Callable:
    """RL's loss with a bonus for being undecided: so many times the entropy of each move, summed over an episode."""

    bonus = number(bonus, "bonus", least=0)

    def with_it(now, batch):
        undecided = (now.entropy * batch.mask).sum((1, 2)) / batch.mask.shape[1]
        return loss(now, batch) - bonus * undecided

    return with_it if bonus else loss


def whole_episode(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """What an episode earned less the mean over its batch, for each of its moves: the weight of exercise 2."""
    earned = batch.reward.sum(-1, keepdim=True)
    return (earned - earned.mean(1, keepdim=True)) * batch.mask


def stranger(world: GridWorld, *, advantage: Callable | None = None) -> Callable:
    """Episodes of somebody who tosses a coin for every move and knows of no goal: a data source."""

    def source(policy, rng):
        moves = rng.integers(world.actions, world.horizon, 32)
        return finish(play(world, 32, lambda state, obs, t: (moves[:, t], None), rng), advantage)

    return source


class counting:
    """A data source that counts, for each seed, the coins that were reached on the left of where the agent began."""

    def __init__(self, source: Callable):
        self.source, self.count = source, None

    def __call__(self, policy, rng):
        batch = self.source(policy, rng)
        agent, coin = batch.obs[:, :, 0].unflatten(-1, (3, -1)).argmax(-1)[..., :2].unbind(-1)
        reached = ((coin < agent) & (batch.returns > 0)).sum(1)
        self.count = reached if self.count is None else self.count + reached
        return batch

    def found(self, policy) -> torch.Tensor:
        """How many so far, as a probe."""
        return torch.zeros(len(policy.seeds)) if self.count is None else self.count.float()
