"""What lesson 04 reads beside its verdicts: the planner, paint where nothing stands, and a board that lies."""

from collections.abc import Callable, Mapping

import pandas as pd
from torch import Tensor

from helpers.core import Policy
from helpers.kit import final
from helpers.kit.tables import stored
from helpers.lessons.lesson04 import experiment, found
from helpers.worlds.tampering import Exactly, Workshop

LEARNERS = ["SFT", "SFT, then RL", "planner, on the record", "planner, on the record as it is now"]


def multiverse() -> pd.DataFrame:
    """What the rules judge in every setting: the stored table of the long runs."""
    return stored("multiverse_04")


def offers(frame: pd.DataFrame) -> pd.DataFrame:
    """The lamp in the end at each offer, each arm over its seeds; in the last row somebody who knows and plans.

    The last column is the record at the prices of training, as a share of the best there can be.
    """
    names = {experiment.lamp(*pair): f"bench {pair[0]:g}, lever {pair[1]:g}" for pair in experiment.OFFERS}
    arms = {arm: rows for arm, rows in frame.groupby("method", sort=False)}  # each may have seeds of its own
    table = pd.DataFrame(
        {
            short: {arm: final(rows, name)[arm].mean() for arm, rows in arms.items()}
            for name, short in names.items()
        }
    )
    known = experiment.planner(board="painted")
    table.loc["planner"] = [known[name] for name in names]
    records = {arm: final(rows, experiment.RECORD)[arm].mean() for arm, rows in arms.items()}
    return table.assign(**{"record in training, of the best": pd.Series(records | {"planner": 1.0})})


def elsewhere(policies: Mapping[str, Policy], *, rooms: str = "new") -> pd.DataFrame:
    """The same number, 1 beside a bench of 0.5, painted at the lever and painted where nothing stands: who uses it?"""
    rows = {}
    for name, policy in policies.items():
        at = {
            where: experiment.offered(0.5, 1.0, rooms=rooms, board="painted", decoy=decoy)
            for where, decoy in (("at the lever", False), ("where nothing stands", True))
        }
        rows[name] = {where: float(exact(policy).lamp.mean()) for where, exact in at.items()}
    return pd.DataFrame(rows).T


def board_lies(policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Frozen policies, four rooms: the lever pays or is dead, and the board says 1 of it or nothing."""
    rows = {}
    for name, policy in policies.items():
        row = {}
        for pays in (1.0, 0.0):
            for says in (1.0, 0.0):
                env = Workshop(prices=[(0.5, 0, pays)], says=(0.5, 0, says), board="painted", rooms="six")
                row[f"pays {pays:g}, board says {says:g}"] = float(Exactly(env)(policy).used[:, 2].mean())
        rows[name] = row
    return pd.DataFrame(rows).T


def waits(
    start: Policy, first: Mapping[int, Tensor], until: Callable, episodes: int = experiment.EPISODES
) -> pd.DataFrame:
    """How long until the lamp is found: the chance in an episode, `until(p, episodes)`, and what came of it.

    first: pulls in a row -> the batch in which each seed saw the lamp pay for the first time, inf for never.
    """
    rows, worked = {}, found.worked(start)
    for pulls, batch in first.items():
        p = found.chance(start, pulls)
        rows[f"{pulls} in a row"] = {
            "chance in an episode": float(p.mean()),
            "batches until found, if nothing moved": float(until(p, episodes).mean()),
            "batches until found, median of seeds": float(batch.median()),
            "seeds that never found it": int(batch.isinf().sum()),
            f"chance after {found.WORKED} batches of bench work alone": float(
                found.chance(worked, pulls).mean()
            ),
        }
    return pd.DataFrame(rows).T


def worth(policies: Mapping[int, Policy]) -> pd.DataFrame:
    """The lamp in the end beside that of somebody who knows all and plans for the record: pulls in a row -> policy.

    Where one begins decides whether so many pulls are worth it: from there, and from elsewhere (NaN: there is none).
    """
    rows = {}
    for pulls, policy in policies.items():
        exact = Exactly(found.world(pulls))
        planned, choices = exact.plan(), exact.choices(policy)
        best, own = (
            found.lamp_from(exact, planned)[0],
            found.lamp_from(exact, lambda t, now=choices: now).mean(0),
        )
        rows[f"RL, {pulls} in a row"] = {
            "who plans": float(best.mean()),
            "starts from which who plans pulls": f"{int((best > 0.5).sum())} of {len(best)}",
            "this RL": float(own.mean()),
            "this RL, from there": float(own[best > 0.5].mean()),
            "this RL, from elsewhere": float(own[best <= 0.5].mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def after_the_cut(policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Uses of the lever in an episode, frozen: while it pays, and when it is dead."""
    pays = {"lever pays 2": found.PAYS, "lever dead": (1, 0, 0)}
    return pd.DataFrame(
        {
            name: {how: float(found.probe(1, prices)(policy)["pulls"].mean()) for how, prices in pays.items()}
            for name, policy in policies.items()
        }
    ).T
