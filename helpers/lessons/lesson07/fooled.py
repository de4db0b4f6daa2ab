"""Judges who take some lies for facts: how many must they catch, so that pressing does not make lies more frequent?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.kit import compare
from helpers.lessons.lesson07.arms import RL, trained
from helpers.lessons.lesson07.levels import at_level
from helpers.lessons.lesson07.pressure import NATS, stand

CAUGHT = (0.0, 0.25, 0.5, 0.75, 1.0)


def by_caught(
    seeds, *, caught: Sequence[float] = CAUGHT, nats: float = NATS, steps: int = 80, **turned
) -> pd.DataFrame:
    """How much oftener answers have a lie `nats` away than at the base, by the share of lies that judges see.

    A row for each share, seed and method: "RL, exact", "SFT" on the best recorded answers, and the "leash"; lies is the
    change in the share of answers, gold the gold there. A seed that never gets there has NaN.
    """
    frames = []
    for one in caught:
        on = stand(seeds, caught=one, **turned)
        before = on.told(on.at.base)["lying"].numpy()
        way = compare(trained(on, [RL], steps=steps))
        found = {RL: [at_level(way, RL, metric, nats).to_numpy() for metric in ("lying", "gold")]}
        for name, family in (("SFT", on.kept), ("leash", on.leash)):
            told = on.told(on.at_nats(family, nats))
            found[name] = [told[metric].numpy() for metric in ("lying", "gold")]
        frames += [
            pd.DataFrame(
                {
                    "caught": one,
                    "method": name,
                    "seed": list(on.at.seeds),
                    "lies": lies - before,
                    "gold": gold,
                }
            )
            for name, (lies, gold) in found.items()
        ]
    return pd.concat(frames, ignore_index=True)


def break_even(frame: pd.DataFrame, method: str = RL) -> pd.Series:
    """The share of lies that judges must see so that lies become neither rarer nor more frequent, for each seed.

    Read off straight lines between the shares that `by_caught` has tried. 0 where lies grow rarer although judges see
    none, 1 where they do not even if judges see each.
    """
    found = {}
    for seed, mine in frame[frame.method == method].sort_values("caught").groupby("seed"):
        caught, lies = mine.caught.to_numpy(), mine.lies.to_numpy()
        rarer = np.flatnonzero(lies <= 0)
        if not len(rarer) or rarer[0] == 0:
            found[seed] = 0.0 if len(rarer) else 1.0
            continue
        a, b = rarer[0] - 1, rarer[0]
        found[seed] = caught[a] + (caught[b] - caught[a]) * lies[a] / (lies[a] - lies[b])
    return pd.Series(found, name="caught").rename_axis("seed")
