"""The long runs of lesson 12.

    python -m helpers.kit.long_runs 12 matched    to the reward at which arms are compared: what the rules judge
    python -m helpers.kit.long_runs 12 more       two more arms, for the same question
    python -m helpers.kit.long_runs 12 rates      other learning rates, for the multiverse
    python -m helpers.kit.long_runs 12 takeover   one run to its end, and what it said on the way, four minutes
    python -m helpers.kit.long_runs 12 drift      three arms to their ends, three seeds, to choose rates by and to read

On one idle core a seed takes about 20 minutes of `matched`, 11 of `more` and 16 of `rates`; all of `drift` two hours.
`--only "seed 200"` runs all arms of one seed, so that what is finished can be compared.

A run of the first three plans ends when the mean of three neighbouring measurements of its reward is above all levels
at which anything is compared, which changes no number up to there; or at its plan's last step. GRPO goes on a few steps
more, since what is asked of it is asked at a higher level, too. The reward is measured every one to two steps, the rest
from where it leaves the start's. Training never sees a measurement.

Judged are the seeds of which all arms of `matched` are finished, in the order 200, 201, ... On 25 November 2026, 22:30
UTC, none was, and the batch began that was to run them one seed after another. Judged, once, are the seeds that are
whole on 26 November at 00:15 UTC; what is finished later changes no word before all twelve are there. Nobody reads a
table in between. With fewer than six seeds there is no word.
"""

import functools

import pandas as pd

from helpers.core import train
from helpers.kit.long_runs import Plan
from helpers.lessons.lesson12 import arms, measures
from helpers.lessons.lesson12.figures import plot_paths
from helpers.lm import weights
from helpers.lm.pretrained import PretrainedLM

CHOOSING, JUDGED = (0, 1, 2), range(200, 212)  # seeds that choose rates, seeds that are judged
FULLY_FROM, ENOUGH = 0.22, 0.62  # reward from which everything is measured; mean of three at which a run ends
FURTHER = {"further": 8, "far": 0.78}  # GRPO's steps after that, at the most, and the mean at which they end
DUE = {  # steps at which the reward is measured: a first step or two, then regularly up to the last
    arms.TEACHER: {"early": [4, 7], "every": 1, "last": 32},
    arms.GRPO: {"early": [8, 14], "every": 2, "last": 64, **FURTHER},
    arms.NEAR: {"early": [3, 6], "every": 2, "last": 40},
    arms.BEST_OF: {"early": [3, 6], "every": 2, "last": 32},
    arms.LEASH: {"early": [8, 14], "every": 2, "last": 64},
    arms.NULL: {"early": [18], "every": 18, "last": 36},
}
ENDS = [  # a measurement every so many steps; pairs: of each behaviour probe
    {"method": method, "lr": lr, "steps": steps, "every": every, "pairs": pairs}
    for method, lr, steps, every, pairs in [
        (arms.GRPO, 3e-4, 45, 15, 14),
        (arms.OWN_BEST, 3e-4, 30, 10, 14),
        (arms.TEACHER, 3e-4, 30, 10, 14),
        (arms.GRPO, 1e-3, 30, 10, 0),
        (arms.OWN_BEST, 1e-3, 30, 10, 0),
        (arms.TEACHER, 1e-3, 30, 10, 0),
        (arms.TEACHER, 1e-4, 45, 15, 0),
    ]
]
QUICK, SLOW = {"early": [3], "every": 1, "last": 32}, {"early": [10, 20], "every": 2, "last": 80}


def one_run(
    method: str,
    lr: float,
    seeds,
    *,
    into: str,
    early: list[int],
    every: int,
    last: int,
    answers: int,
    fully_from: float,
    enough: float,
    further: int = 0,
    far: float = 0.0,
    pairs: int = 0,
) -> dict:
    """Train one arm and measure it on the way: its history, and what it said to the held-out prompts.

    into:   the name of the table.
    early, every, last: the steps at which the reward is measured; all else once it has been `fully_from`.
    enough: the mean of three neighbouring rewards at which the run ends, but for `further` steps up to the mean `far`.
    pairs:  of each behaviour of the datasheet, how many pairs are compared (they take long; 0: none).
    """
    run = start = PretrainedLM(*model(), seed=seeds[0])
    data, loss = arms.arms(start, answers=answers, which=[method])[method]
    found, done, end = [(0, *at_start(seeds[0], pairs))], 0, None
    for step in [*early, *range(early[-1] + every, last + 1, every)]:
        run = train(run, data, loss, steps=step - done, lr=lr)
        done, rewards = step, [values[measures.REWARD] for _, values, _ in found]
        fully = max(rewards) >= fully_from or step == last or method == arms.NULL
        found.append((step, *measured(run.policy, step, fully, pairs)))
        recent = [*rewards[-2:], found[-1][1][measures.REWARD]]
        mean = sum(recent) / 3 if len(recent) == 3 else 0.0
        end = step + further if end is None and mean >= enough else end
        if end is not None and (step >= end or mean >= far):
            break
    found[-1][1].update(measures.at_end(run.policy, done))
    rows = [(step, seeds[0], name, value) for step, values, _ in found for name, value in values.items()]
    training = run.history[run.history.metric == "reward"]  # of the texts that it learned from
    rows += training[["step", "seed", "metric", "value"]].itertuples(index=False, name=None)
    some = lambda step, said: (
        said if step in (0, done) else said[::4]
    )  # at its ends all prompts, else a quarter
    texts = [some(step, said).assign(step=step, seed=seeds[0]) for step, _, said in found]
    history = pd.DataFrame(rows, columns=["step", "seed", "metric", "value"])
    return {into: history, f"{into}_texts": pd.concat(texts, ignore_index=True)}


def to_the_end(method: str, lr: float, seeds, *, steps: int, every: int, pairs: int, answers: int) -> dict:
    """`one_run` for so many steps, whatever its reward; everything is measured every so often."""
    due = {"early": [every], "every": every, "last": steps, "fully_from": -1.0, "enough": 2.0}
    return one_run(method, lr, seeds, into="drift", answers=answers, pairs=pairs, **due)


def measured(policy, step: int, fully: bool, pairs: int) -> tuple[dict, pd.DataFrame]:
    """All that is measured at a step, metric -> value, and answers to the held-out prompts."""
    values, said = measures.measure(policy, step, fully=fully)
    for probe in measures.behaviours(policy, pairs).values() if pairs else ():
        values |= {name: value.item() for name, value in probe(policy).items()}
    return values, said


@functools.cache
def at_start(seed: int, pairs: int) -> tuple:
    """What is measured before the first step: all arms of a seed are that model."""
    return measured(PretrainedLM(*model(), seed=seed), 0, True, pairs)


@functools.cache
def model():
    """SmolLM2, once for each process."""
    return weights.load()


def plan(table: str, rows, **more) -> Plan:
    """A plan of runs up to the level."""
    how = {"into": table, "answers": arms.ANSWERS, "fully_from": FULLY_FROM, "enough": ENOUGH}
    return Plan(
        **{"table": table, "also": (f"{table}_texts",), "run": one_run, "columns": ("method", "lr")},
        **{"grid": rows, "shared": how, "seeds": JUDGED, "at_once": 1, "digits": 5} | more,
    )


def row(method: str, lr: float, due=None) -> dict:
    """An arm at a learning rate, and when it is measured."""
    return {"method": method, "lr": lr, **(due or DUE[method])}


PLANS = {
    "matched": plan(
        "matched",
        [row(arms.TEACHER, 3e-4), row(arms.GRPO, 3e-4), row(arms.NEAR, 1e-3), row(arms.NULL, 3e-4)],
        trial=CHOOSING,
        about="GRPO, SFT on two teachers and the null arm, measured finely up to one reward: what the rules judge",
    ),
    "more": plan(
        "more",
        [row(arms.BEST_OF, 1e-3), row(arms.LEASH, 3e-4)],
        trial=CHOOSING,
        about="best of four sampled anew, and GRPO on a leash, up to the same reward",
    ),
    "rates": plan(
        "rates",
        [
            row(arms.TEACHER, 1e-3, QUICK),
            row(arms.GRPO, 1e-3, QUICK),
            row(arms.TEACHER, 1e-4, SLOW),
            row(arms.NEAR, 3e-4, SLOW),
        ],
        about="other learning rates, for the multiverse of lesson 12",
    ),
    "takeover": plan(
        "takeover",
        [row(arms.GRPO, 1e-3, {"early": [5], "every": 5, "last": 30})],
        shared={"into": "takeover", "answers": arms.ANSWERS, "fully_from": 2.0, "enough": 2.0},
        seeds=[300],
        choosing=True,
        about="one run of GRPO to its end, and what it said to four prompts every five steps",
    ),
    "drift": Plan(
        table="drift",
        also=("drift_texts",),
        run=to_the_end,
        grid=ENDS,
        columns=("method", "lr"),
        shared={"answers": arms.ANSWERS},
        seeds=CHOOSING,
        choosing=True,
        at_once=1,
        digits=5,
        picture=lambda frame: plot_paths(frame[frame.lr == 1e-3], measures.REWARD),
        about="three arms to their ends: what becomes of reward, drift, entropy, behaviour and texts",
    ),
}
