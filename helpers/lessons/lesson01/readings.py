"""What lesson 01 reads beside its verdicts: the ends swapped between SFT and RL, and the surprises in each setting."""

import pandas as pd

from helpers.kit.tables import stored
from helpers.lessons.lesson01.experiment import CHOOSING, distances
from helpers.lessons.lesson01.settings import problem


def multiverse() -> pd.DataFrame:
    """What both rules judge in every setting: the stored table of the long runs."""
    return stored("multiverse_01")


def other_ends(seeds, *, steps: int = 400) -> pd.DataFrame:
    """The ends swapped, at all rates: RL that is paid to end at the habits, SFT on a teacher of the best action."""
    swapped = {"RL": problem(seeds, both_to="habits"), "SFT": problem(seeds, both_to="best action")}
    frames = [distances(at, steps=steps, names=[name]) for name, at in swapped.items()]
    return pd.concat(frames, ignore_index=True)


def by_end(far: pd.DataFrame, swapped: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Runs by the kind of end instead of by what was judged: kind -> the ends of SFT and RL at each rate."""
    last = [one[(one.step == one.step.max()) & ~one.seed.isin(CHOOSING)] for one in (far, swapped)]
    pick = lambda sft, rl: pd.concat([sft[sft.method == "SFT"], rl[rl.method == "RL"]])
    return {"the habits, a mixture": pick(*last), "the best action": pick(*last[::-1])}


def surprises(multiverse: pd.DataFrame) -> pd.DataFrame:
    """In each setting: the seeds of which RL ended further from its named end than SFT by more than a half of all
    choices, their share with Wilson's 95 % interval, and the same the other way round."""
    from scipy import stats  # half a second, which the lesson's first cell would wait for

    rows = {}
    for setting, part in multiverse[multiverse.rule == "01.C9.end"].groupby("setting", sort=False):
        rl, sft = int((part.value > 0.5).sum()), int((part.value < -0.5).sum())
        ends = stats.binomtest(rl, len(part)).proportion_ci(method="wilson")
        rows[setting] = {
            "RL, seeds": f"{rl} of {len(part)}",
            "RL, share": f"{rl / len(part):.2f} [{ends.low:.2f}, {ends.high:.2f}]",
            "SFT, seeds": f"{sft} of {len(part)}",
        }
    return pd.DataFrame(rows).T
