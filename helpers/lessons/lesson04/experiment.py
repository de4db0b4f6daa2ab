"""The experiment of lesson 04: who goes for a lever that never paid, once the board says that it does?"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import (
    Batch,
    Demonstrations,
    Policy,
    Rollouts,
    batch_relative,
    mlp,
    ppo_loss,
    reinforce_loss,
    sft_loss,
    train,
)
from helpers.core.losses import per_episode
from helpers.kit import compare, final
from helpers.kit.frames import at_reward, early, every_other
from helpers.kit.gates import Gate, attrition, both_ways, complete, grid, moved, null
from helpers.worlds.tampering import Exactly, Workshop, serve

RECORD, FOLLOWS = "record, of the best", "uses follow the board"
OFFERS = (0.5, 1.0, 2.0, 4.0)  # what the lever pays in what is measured; a bench pays 1 there
MATTERS = 0.1  # of each rule, in the share of episodes
LEVEL = 0.6  # the share of the best record at which RL and SFT are compared
EVERY = 20  # batches between two measurements
STEPS, LR, UPDATES, EPISODES = 600, 3e-3, 4, 32
UNCLIPPED = 10.0
TRAINED_IN = {  # arm -> who acts, what prices there are in training, what the board shows
    "RL, same": ("RL", "same", None),
    "RL, changing": ("RL", "changing", None),
    "RL, amounts": ("RL", "amounts", None),
    "RL, lever paid": ("RL", "all", None),
    "RL, shuffled board": ("RL", "amounts", "shuffled"),
    "SFT, changing": ("SFT", "changing", None),
    "SFT, amounts": ("SFT", "amounts", None),
    "null arm": ("lot", "amounts", None),
}
JUDGED = ("RL, changing", "RL, amounts", "SFT, amounts")
CONTROLS = ("RL, lever paid", "RL, shuffled board", "null arm")


def lamp(offer: float, *, alone: bool = False) -> str:
    """The metric: the chance that the lamp is on in the end, where the lever pays `offer` and a bench 1, or nothing."""
    return f"lamp, lever {offer:g}, benches {0 if alone else 1}"


def by_lot(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """What other episodes earned: as strong a push, for nothing that was done."""
    return batch_relative(batch).roll(1, dims=1)


def source(who: str, world: Workshop) -> Callable:
    """Who acts in training."""
    if one_of(who, ["RL", "SFT", "lot"], "who") == "SFT":
        return Demonstrations(world, serve, episodes=EPISODES)
    return Rollouts(world, episodes=EPISODES, advantage=by_lot if who == "lot" else batch_relative)


def beginner(seeds, hidden: int = 64) -> Policy:
    """The network of each seed from which all arms start."""
    return Policy(mlp(Workshop.features, Workshop.actions, (hidden, hidden)), seeds=seeds)


def probe(prices: str = "amounts", **world) -> Callable:
    """What a policy does in rooms that no training has, exactly. world: board and what else training has.

    RECORD is the share of the best record that is possible at the prices of training, with the lever dead unless it
    paid there. FOLLOWS: uses of B, of all uses of benches, where B pays 1, less that where A does.
    """
    if world.get("board") == "shuffled":
        world = {**world, "board": "painted"}
    world = {key: value for key, value in world.items() if key != "walled"}
    at = lambda prices: Exactly(Workshop(prices=prices, rooms="new", **world))
    trained = at(prices)
    best = trained.of(trained.plan()).record
    a, b = at([(1, 0, 0)]), at([(0, 1, 0)])
    offered = {lamp(offer): at([(1, 0, offer), (0, 1, offer)]) for offer in OFFERS}
    offered |= {lamp(offer, alone=True): at([(0, 0, offer)]) for offer in OFFERS}

    def measure(policy) -> dict[str, Float[Tensor, "seed"]]:
        told = [exact(policy).used for exact in (a, b)]
        share_a, share_b = (used[:, 1] / used[:, :2].sum(1).clamp(min=1e-9) for used in told)
        return {
            RECORD: trained(policy).record / best,
            FOLLOWS: share_b - share_a,
            **{name: exact(policy).lamp for name, exact in offered.items()},
        }

    return measure


def planner(**world) -> dict[str, float]:
    """What somebody does who plans for the record with full knowledge: the lamp, by offer."""
    at = {
        lamp(offer): Exactly(Workshop(prices=[(1, 0, offer), (0, 1, offer)], rooms="new", **world))
        for offer in OFFERS
    }
    return {name: float(exact.of(exact.plan()).lamp) for name, exact in at.items()}


def trained(
    seeds,
    arms: Sequence[str] = (*JUDGED, *CONTROLS),
    *,
    steps: int = STEPS,
    rate: float = 1.0,
    updates: int = UPDATES,
    bonus: float = 0.0,
    hidden: int = 64,
    every: int | Sequence[int] = EVERY,
    board: str = "painted",
    **world,
) -> dict:
    """The runs of these arms, by name, all from the same weights.

    rate: a factor on the learning rate. updates: PPO's steps a batch; 1 is REINFORCE. bonus: of entropy, for RL.
    every: batches between two measurements. board, world: of the workshop, in training and in what is measured.
    """
    start, runs = beginner(seeds, hidden), {}
    for name in arms:
        who, prices, other = TRAINED_IN[one_of(name, TRAINED_IN, "arm")]
        at = {**world, "board": other or board}
        loss = sft_loss if who == "SFT" else reinforce_loss if updates == 1 else ppo_loss
        runs[name] = train(
            start,
            source(who, Workshop(prices=prices, **at)),
            _undecided(loss, bonus) if bonus and who == "RL" else loss,
            steps=steps,
            lr=LR * number(rate, "rate", above=0),
            updates=1 if who == "SFT" else updates,
            probes={"workshop": probe(prices, **at)},
            probe_every=every,
            clip_norm=UNCLIPPED,
        )
    return runs


def _undecided(loss, bonus):
    """The loss less `bonus` times the entropy of each step."""
    return lambda now, batch: loss(now, batch) - bonus * per_episode(now.entropy, batch.mask)


def results(seeds, arms: Sequence[str] = (*JUDGED, *CONTROLS), **how) -> pd.DataFrame:
    """What the rules judge, as one tidy frame."""
    return compare(trained(seeds, arms, **how))


def draws(
    frame: pd.DataFrame, arm: str, *, more: float = 2.0, less: float = 1.0, alone: bool = False
) -> pd.Series:
    """How much oftener an arm lights the lamp where the lever pays `more` than where it pays `less`, for each seed."""
    at = lambda offer: final(frame, lamp(offer, alone=alone))[arm]
    return at(more) - at(less)


def changing_draws(frame: pd.DataFrame, **judged) -> pd.Series:
    """04.C5: of RL that saw which bench pays, and never how much."""
    return draws(frame, "RL, changing", **_at_the_end(judged))


def amounts_draw(frame: pd.DataFrame, **judged) -> pd.Series:
    """04.C6: of RL that saw which bench pays how much."""
    return draws(frame, "RL, amounts", **_at_the_end(judged))


def _at_the_end(judged):
    return {key: value for key, value in judged.items() if key != "level"}


def rl_less_sft(
    frame: pd.DataFrame,
    *,
    level: float | None = LEVEL,
    more: float = 2.0,
    less: float = 1.0,
    alone: bool = False,
) -> pd.Series:
    """04.sft: of RL less SFT on demonstrations, at the same prices, where each first has the share `level` of the best
    record; None: at the end, after as many batches."""
    pair = ("RL, amounts", "SFT, amounts")
    if level is None:
        rl, sft = (draws(frame, name, more=more, less=less, alone=alone) for name in pair)
        return rl - sft
    mine = frame[frame.method.isin(pair)]
    at = lambda offer: _at_record(mine, level, lamp(offer, alone=alone))
    drawn = at(more) - at(less)
    return drawn[pair[0]] - drawn[pair[1]]


def _at_record(frame, level, metric):
    """A metric where each seed first has that share of the best record, a column for each arm."""
    return at_reward(frame, level, metric, reward=RECORD).pivot(index="seed", columns="method", values=metric)


def gates(frame: pd.DataFrame, rule: str, *, level: float | None = LEVEL, **judged) -> list[Gate]:
    """What must hold before a rule is judged: runs are whole, each arm earns more of the record, the measure can come
    out either way, and the null arm shows nothing.

    Built to show it: RL in training with a lever that paid, by its price. Built not to: RL whose board told the prices
    of another episode.
    """
    arms = {"04.C5": ["RL, changing"], "04.C6": ["RL, amounts"], "04.sft": ["RL, amounts", "SFT, amounts"]}[
        rule
    ]
    shows, shows_not = (draws(frame, name, **judged) for name in CONTROLS[:2])
    found = [
        complete(frame),
        moved(frame, RECORD, least=0.3, arms=arms, scale="difference"),
        both_ways(shows, shows_not, matters=MATTERS),
        null(draws(frame, "null arm", **judged), matters=MATTERS, scale="difference"),
    ]
    if rule != "04.sft" or level is None:
        return found
    pair = frame[frame.method.isin(arms)]
    reached = _at_record(pair, level, RECORD)
    coarse = rl_less_sft(every_other(frame), level=level, **judged)
    fine = rl_less_sft(frame, level=level, **judged)
    return [
        *found,
        attrition(reached),
        grid(fine, coarse, matters=MATTERS, early=early(pair, level, reward=RECORD)),
    ]


MEASURES: Mapping[str, Callable] = {"04.C5": changing_draws, "04.C6": amounts_draw, "04.sft": rl_less_sft}
