"""What the rules of lesson 07 judge: gold and lies after pressing on a stand-in, and what asking again is worth."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from helpers.checked import number, one_of
from helpers.kit import compare, final
from helpers.kit.put_aside import goes_with
from helpers.lessons.lesson07.arms import ARMS, LR, RL, STEPS, plainly, trained
from helpers.lessons.lesson07.levels import at_level, at_steps
from helpers.lessons.lesson07.pressure import NATS, Stand, stand
from helpers.lessons.lesson07.rounds import FAR, ROUNDS, retrained

GOLD = 0.1  # what matters: of each rule about gold, in its standard deviations over the base's answers
LIES = 0.05  # of the one about lies, in the share of answers
HALF = 0.5  # the chance with which the judges of 07.C7 see a lie for what it is
USUAL = 0.39  # the share of the base's answers that have a lie, over the lesson's worlds
PARTS = ("spent", "fooled", "asked")
EXACT = (
    "SFT, good enough",
    "SFT, two nats",
    "leash, two nats",
    "best of n, two nats",
    "best recorded",
    "best there is",
)
PLAIN = "RL, plain gradient, two nats"
IN_ROUNDS, AT_ONCE = "in rounds", "at once"


def results(
    seeds,
    *,
    parts: Sequence[str] = PARTS,
    rl: str = RL,
    rate: float = 1.0,
    longer: float = 1,
    turned: Mapping | None = None,
    kept: dict | None = None,
) -> pd.DataFrame:
    """Everything that the rules judge, in one tidy frame with the column `part`.

    rl: the arm that is judged, trained besides the usual ones. rate: a factor on the learning rate. longer: on the
    steps. turned: what else is turned: see `pressure.stand`, `taste.world` and `of_asked`. kept: where the stand, the
    runs and how they were trained are put, by part; the gates ask for it.
    """
    how = {
        "steps": max(2, round(STEPS * number(longer, "longer", above=0))),
        "lr": LR * number(rate, "rate", above=0),
    }
    kept, frames = {} if kept is None else kept, []
    for part in parts:
        mine = kept[one_of(part, PARTS, "part")] = {"how": how, "turned": dict(turned or {}), "rl": rl}
        of = {"spent": of_trained, "fooled": of_trained, "asked": of_asked}[part]
        mine["ends"] = [*EXACT, *[PLAIN] * (rl == PLAIN)] if part == "spent" else EXACT[1:2]
        usual = {"caught": HALF} if part == "fooled" else {}
        frames.append(of(seeds, mine, **usual | mine["turned"]).assign(part=part))
        goes_with(mine, frames[-1])
    return pd.concat(frames, ignore_index=True)


def of_trained(seeds, kept: dict, **turned) -> pd.DataFrame:
    """RL on the exact mean pay, a null arm, whoever else is judged, and the ends that need no training."""
    on = stand(seeds, **turned)
    runs = trained(on, [RL, "null arm", *[kept["rl"]] * (kept["rl"] in ARMS[1:])], **kept["how"])
    kept.update(stand=on, runs=runs)
    return pd.concat([compare(runs), ends(on, kept["how"]["steps"], names=kept["ends"])], ignore_index=True)


def of_asked(
    seeds,
    kept: dict,
    *,
    pairs=300,
    rounds=ROUNDS,
    far=FAR,
    sees="words",
    sure=1.5,
    ridge=1.0,
    scale="as learned",
    **taste,
) -> pd.DataFrame:
    """The leashed policy `far` nats away, its judgements asked in rounds of its own answers and all of the base's."""
    on, ask = (
        stand(seeds, **taste),
        {"pairs": pairs, "sees": sees, "sure": sure, "ridge": ridge, "scale": scale},
    )
    kept.update(stand=on, ask={**ask, "nats": far})
    told = {
        name: retrained(on, rounds=n, **kept["ask"])[-1] for name, n in ((IN_ROUNDS, rounds), (AT_ONCE, 1))
    }
    first = on.told(on.at.base)
    return _tidy(
        on, {(name, step): one for name, end in told.items() for step, one in ((0, first), (1, end))}
    )


def ends(on: Stand, steps: int, nats: float = NATS, *, names: Sequence[str] = EXACT) -> pd.DataFrame:
    """The base at step 0 and an end at the last step, for what is known without training."""
    known = {
        "SFT, good enough": on.satisfied,
        "SFT, two nats": lambda: on.at_nats(on.kept, nats),
        "leash, two nats": lambda: on.at_nats(on.leash, nats),
        "best of n, two nats": lambda: on.at_nats(on.best, nats),
        "best recorded": on.best_recorded,
        "best there is": on.best_there_is,
        PLAIN: lambda: plainly(on, nats),
    }
    first = on.told(on.at.base)
    pairs = {name: on.told(known[one_of(name, known, "end")]()) for name in names}
    return _tidy(
        on, {(name, step): one for name, end in pairs.items() for step, one in ((0, first), (steps, end))}
    )


# What the rules judge


def spent_alike(
    frame: pd.DataFrame, *, nats: float = NATS, sft: str = "SFT, two nats", rl: str = RL
) -> pd.Series:
    """07.nats: gold two nats away from the base, SFT on the best recorded answers less RL, for each seed.

    An arm that is trained passes two nats on its way: the first crossing, on a straight line between two measurements.
    A seed that never gets there has NaN.
    """
    mine = _part(frame, "spent")
    last = final(mine[~mine.method.isin(ARMS)], "gold")
    return last[sft] - (at_level(mine, rl, "gold", nats) if rl in ARMS else last[rl])


def lies_more(frame: pd.DataFrame, *, rl: str = RL, nats: float = NATS, odds: bool = False) -> pd.Series:
    """07.C7: the share of answers with a lie, two nats away from the base less at the base, for each seed.

    odds: the change in odds, turned back into the share at a base as in the lesson, which has many lies.
    """
    return _more(_part(frame, "fooled"), rl, nats, odds)


def gained(frame: pd.DataFrame) -> pd.Series:
    """07.retrained: gold four nats away, judgements asked in rounds less all asked of the base, for each seed."""
    last = final(_part(frame, "asked"), "gold")
    return last[IN_ROUNDS] - last[AT_ONCE]


def _more(mine, rl, nats, odds, at=None):
    """How much oftener there is a lie at a crossing, or at given steps, than at the base."""
    first = at_steps(mine, rl, "lying", pd.Series(0.0, mine.seed.unique()))
    there = at_level(mine, rl, "lying", nats) if at is None else at_steps(mine, rl, "lying", at)
    if not odds:
        return there - first
    logit = lambda share: np.log(share / (1 - share))
    return 1 / (1 + np.exp(-(logit(USUAL) + logit(there) - logit(first)))) - USUAL


def _part(frame, part):
    """The rows of one part."""
    return frame[frame.part == part].drop(columns="part")


def _tidy(on, told):
    rows = [
        {"method": name, "step": step, "seed": seed, "metric": metric, "value": float(one)}
        for (name, step), values in told.items()
        for metric, row in values.items()
        for seed, one in zip(on.at.seeds, torch.as_tensor(row).tolist(), strict=True)
    ]
    return pd.DataFrame(rows)


MEASURES = {"07.nats": spent_alike, "07.C7": lies_more, "07.retrained": gained}
OF = {"spent": spent_alike, "fooled": lies_more, "asked": gained}
