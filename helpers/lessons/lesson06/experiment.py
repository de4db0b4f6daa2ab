"""The experiment of lesson 06: nets with a memory, trained over many two-armed tasks and then left as they are.

Training never has two poor arms (both below one half). "Even" tasks have either arm as the better one equally often, in
"skewed" tasks it is arm 1 in 95 of 100. Nothing is trained while it is measured.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import Demonstrations, Rng, Stream, ppo_loss, reinforce_loss, sft_loss, train
from helpers.core.losses import per_episode
from helpers.core.recurrent import Lives, Recurrent, elman, lived
from helpers.kit import compare, final
from helpers.kit.gates import Gate, both_ways, complete, moved, noise, null
from helpers.kit.intervals import Interval
from helpers.kit.rules import Rule
from helpers.lessons.lesson06.onlookers import SHOWS, before, second, second_of_best, watched, within
from helpers.worlds.pulls import Exactly, Prior, Pulls, one_task, prior

SCORE, FOUND, SHOWN, FOLLOWS, AGAIN = (
    "score, of the best learner's",
    "better arm at the end",
    "better arm, once shown",
    "follows what was before",
    "follows what was before, measured again",
)
HORIZON, SKEW = 12, 0.95
STEPS, LR, EPISODES, HIDDEN = 300, 3e-3, 32, 24
TASK = (0.2, 0.8)  # arm 1 is the worse one
MATTERS = {"06.C6": 0.2, "06.C5": 0.1, "06.shown": 0.1}
LEARNED = 0.5  # by how much the score must have grown
UNCLIPPED = 10.0
ARMS = {  # arm -> who acts, which tasks
    "RL": ("RL", "even"),
    "SFT": ("SFT", "even"),
    "null arm": ("null", "even"),
    "RL, skewed": ("RL", "skewed"),
    "SFT, skewed": ("SFT", "skewed"),
}
JUDGED = ("RL", "SFT", "null arm", "RL, skewed")
BEST = {"best learner": "even", "best learner, skewed": "skewed"}
LEFT_OUT = {  # what training never has: two arms that pay less often than not, or two that pay more often
    "poor": lambda pairs: (pairs < 0.5).all(1),
    "rich": lambda pairs: (pairs > 0.5).all(1),
}


def tasks(which: str, *, skew: float = SKEW, left_out: str = "poor") -> Prior:
    """Where the better arm is each with one half, where it is arm 1 nearly always, and what training never had."""
    if one_of(which, ["even", "skewed", "new"], "which") == "new":
        every = prior()
        new = LEFT_OUT[left_out](every.pairs)
        return Prior(every.pairs[new], every.weight[new] / every.weight[new].sum())
    return prior(
        first=skew if which == "skewed" else 0.5, left_out=LEFT_OUT[one_of(left_out, LEFT_OUT, "left_out")]
    )


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
    FOUND: how often it takes arm 2 in the last three pulls of TASK. SHOWN: its chance after ten pulls by lot there.
    FOLLOWS: see `within`, after ten pulls by lot in tasks that training never had; AGAIN: the same with other pulls.
    """
    own, new = tasks(which, skew=skew, left_out=left_out), tasks("new", left_out=left_out)
    best = float(exactly(which, horizon, skew, left_out).value[0].max()) / horizon
    lot = float(own.weight @ own.pairs.mean(1))

    def measure(policy) -> dict[str, Float[Tensor, "seed"]]:
        rng = Rng(policy.seeds, Stream.PROBES)
        noise = rng.gumbel(horizon, 512, 2)
        earned = mean_pay(policy, Pulls(own, horizon=horizon), noise, rng)
        there = lived(policy, Pulls(one_task(*TASK), horizon=horizon), noise, rng)
        return {
            SCORE: (earned - lot) / (best - lot),
            FOUND: (there.action[..., -3:] == 1).float().mean((1, 2)),
            SHOWN: second(policy, watched(policy.seeds, one_task(*TASK))).mean(1),
            **follows(policy.seeds, new, lambda seen: second(policy, seen)),
        }

    return measure


def follows(seeds, new: Prior, choice: Callable) -> dict[str, Float[Tensor, "seed"]]:
    """FOLLOWS, and AGAIN, of who takes arm 2 with the chance `choice(seen)`."""
    streams = {FOLLOWS: Stream.PROBES, AGAIN: Stream.PROBES_AGAIN}
    seen = {name: watched(seeds, new, stream=stream) for name, stream in streams.items()}
    return {name: within(*before(one[:, :, 1:]), choice(one)) for name, one in seen.items()}


def best_learners(seeds, steps: int, *, horizon=HORIZON, skew=SKEW, left_out="poor") -> pd.DataFrame:
    """What is measured, of who does what is best for the tasks of training: a tidy frame with BEST's names."""
    rows, seeds = [], list(seeds)
    new = tasks("new", left_out=left_out)
    for name, which in BEST.items():
        own = exactly(which, horizon, skew, left_out)
        longer = exactly(which, max(horizon, SHOWS + 2), skew, left_out)
        values = {
            SCORE: torch.ones(len(seeds)),
            FOUND: (1 - own.takes(own.best(), TASK)[-3:].mean()).expand(len(seeds)),
            SHOWN: second_of_best(longer, watched(seeds, one_task(*TASK))).mean(1),
            **follows(seeds, new, lambda seen, known=longer: second_of_best(known, seen)),
        }
        rows += [
            {"method": name, "step": step, "seed": seed, "metric": metric, "value": float(one)}
            for metric, row in values.items()
            for seed, one in zip(seeds, row.tolist(), strict=True)
            for step in (0, steps)
        ]
    return pd.DataFrame(rows)


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
    arms: Sequence[str] = JUDGED,
    *,
    steps: int = STEPS,
    rate: float = 1.0,
    bonus: float = 0.0,
    hidden: int = HIDDEN,
    episodes: int = EPISODES,
    updates: int = 1,
    inner: bool = False,
    **world,
) -> dict:
    """The runs of these arms, by name, all from the same weights.

    rate: a factor on the learning rate. bonus: of entropy, for RL. updates: above 1, PPO's steps a batch.
    inner: skewed arms begin as the nets that RL in even tasks has made. world: horizon, skew, left_out.
    """
    runs = {}
    for name in arms:
        who, which = ARMS[one_of(name, ARMS, "arm")]
        start = runs["RL"].policy if inner and which == "skewed" else beginner(seeds, hidden)
        loss = undecided(ppo_loss if updates > 1 else reinforce_loss, bonus) if who == "RL" else sft_loss
        runs[name] = train(
            start,
            source(who, which, episodes, **world),
            loss,
            steps=steps,
            lr=LR * number(rate, "rate", above=0),
            updates=updates if who == "RL" else 1,
            probes={"pulls": probe(which, **world)},
            probe_every=max(1, steps // 3),
            clip_norm=UNCLIPPED,
        )
    return runs


def source(
    who: str, which: str, episodes: int = EPISODES, *, horizon=HORIZON, skew=SKEW, left_out="poor"
) -> Callable:
    """Who acts in training: the policy, or, of "SFT", who does what is best for these tasks."""
    world = Pulls(tasks(which, skew=skew, left_out=left_out), horizon=horizon)
    if who != "SFT":
        return Lives(world, episodes=episodes)
    return Demonstrations(world, optimal(exactly(which, horizon, skew, left_out)), episodes=episodes)


def undecided(loss: Callable, bonus: float) -> Callable:
    """The loss less `bonus` times the entropy of each step."""
    if not bonus:
        return loss
    return lambda now, batch: loss(now, batch) - bonus * per_episode(now.entropy, batch.mask)


def results(seeds, arms: Sequence[str] = JUDGED, *, kept: dict | None = None, **how) -> pd.DataFrame:
    """What the rules judge, as one tidy frame, the best learners among its methods. kept: also gets the runs."""
    runs = trained(seeds, arms, **how)
    if kept is not None:
        kept.update(runs)
    world = {name: how[name] for name in ("horizon", "skew", "left_out") if name in how}
    best = best_learners(seeds, how.get("steps", STEPS), **world)
    return pd.concat([compare(runs), best], ignore_index=True)


def learns(frame: pd.DataFrame) -> pd.Series:
    """06.C6: how much RL's choice follows what was told before the last two pulls, in tasks that training never had."""
    return final(frame, FOLLOWS)["RL"]


def never_looks(frame: pd.DataFrame, arm: str = "RL, skewed") -> pd.Series:
    """06.C5: the better arm in the last three pulls, where it is not the usual one: the best learner less RL."""
    last = final(frame, FOUND)
    return last["best learner, skewed"] - last[arm]


def shown_and_kept(frame: pd.DataFrame, arm: str = "RL, skewed") -> pd.Series:
    """06.shown: the better arm after ten pulls by lot, where it is not the usual one: the best learner less RL."""
    last = final(frame, SHOWN)
    return last["best learner, skewed"] - last[arm]


def judged_in(seeds, *, mine: Rule | None = None, **how) -> tuple[pd.Series, list[Gate]]:
    """06.C5 in tasks of one's own: the value of each seed, and every gate. how: see `trained`.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to 06.C5.
    """
    frame = results(seeds, **how)
    return never_looks(frame), gates(frame, "06.C5", matters=None if mine is None else mine.matters)


MEASURES: Mapping[str, Callable] = {"06.C6": learns, "06.C5": never_looks, "06.shown": shown_and_kept}


def gates(frame: pd.DataFrame, rule: str, *, inner: bool = False, matters: float | None = None) -> list[Gate]:
    """What must hold before a rule is judged: runs are whole, the arm earns more than it did, the measure can come out
    either way, and it no longer moves with training; for 06.C6 also that it is measured finely, and the null arm's.

    inner: skewed arms began as what RL in even tasks had made, so that it is this RL whose score must have grown.
    Built to show it: SFT on the best learner for 06.C6; for the others the null arm, which looks for nothing. Built not
    to: the null arm for 06.C6; for the others RL in even tasks.
    """
    matters = MATTERS[one_of(rule, MEASURES, "rule")] if matters is None else matters
    measure, arm = MEASURES[rule], "RL" if rule == "06.C6" else "RL, skewed"
    common = [
        complete(frame),
        moved(frame, SCORE, least=LEARNED, arms=["RL" if inner else arm]),
        settled(measure(frame), measure(earlier(frame)), matters=matters),
    ]
    if rule != "06.C6":
        return [*common, both_ways(measure(frame, "null arm"), measure(frame, "RL"), matters=matters)]
    last = final(frame, FOLLOWS)
    return [
        *common,
        both_ways(last["SFT"], last["null arm"], matters=matters),
        null(last["null arm"], matters=matters),
        noise(last["RL"], final(frame, AGAIN)["RL"], matters=matters),
    ]


def earlier(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame up to two thirds of training; ends that need no training as they are."""
    runs = ~frame.method.isin(BEST)
    steps = sorted(frame.step[runs & (frame.metric == SCORE)].unique())
    until = min(steps[1:-1] or steps[:1], key=lambda step: abs(step - 2 * steps[-1] / 3))
    return frame.assign(step=frame.step.where(runs, frame.step.clip(upper=until))).query("step <= @until")


def settled(end: pd.Series, before: pd.Series, *, matters: float) -> Gate:
    """From two thirds of training to its end the measure moves by less than what matters, the whole interval."""
    shift = Interval.of(end - before)
    return Gate(
        "settled",
        bool(max(-shift.low, shift.high) < matters),
        f"in the last third of training it moves by {shift} (what matters is {matters:g})",
    )
