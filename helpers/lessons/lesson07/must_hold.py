"""What must hold before the rules of lesson 07 are judged, and a rule in a setting of one's own."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.checked import of_use, one_of
from helpers.kit import compare, final
from helpers.kit.frames import every_other
from helpers.kit.gates import Gate, attrition, both_ways, complete, grid, moved, null
from helpers.kit.measures import measures
from helpers.kit.put_aside import refuse_another
from helpers.kit.rules import Rule, matters_to
from helpers.lessons.lesson07.arms import ARMS, RL, trained
from helpers.lessons.lesson07.experiment import (
    AT_ONCE,
    GOLD,
    IN_ROUNDS,
    LIES,
    OF,
    _more,
    _part,
    lies_more,
    results,
    spent_alike,
)
from helpers.lessons.lesson07.levels import at_level, at_steps, crossed
from helpers.lessons.lesson07.pressure import NATS, stand
from helpers.lessons.lesson07.rounds import retrained
from helpers.lessons.lesson07.taste import ASKED_AGAIN

GOOD_ENOUGH = "good enough"  # in the names of arms for which pay can be


def spent_gates(frame: pd.DataFrame, kept: Mapping, *, rl: str = RL, matters: float = GOLD) -> list[Gate]:
    """What must hold before 07.nats is judged: runs are whole, RL raised its pay, enough seeds got two nats away, half
    as many measurements say the same, the measure can come out either way, and the null arm has done nothing by then.

    Built to show it: SFT on the recorded answers with the most gold in place of the best paid. Built not to: sampled
    RL less the same with other draws. kept: what `results` has put under "spent".
    """
    mine, on = _of_this(frame, "spent", kept), kept["stand"]
    way = rl if rl in ARMS else RL
    fine, at = spent_alike(frame, rl=rl), crossed(mine, way, NATS)
    taste = replace(on, pays=on.at.gold)
    sft = final(mine, "gold")["SFT, two nats"]
    shows = fine + _of(on, on.told(taste.at_nats(taste.kept))["gold"]) - sft
    luck = [compare(trained(on, ["RL"], stream=one, **kept["how"])) for one in (1, 0)]
    again, usual = (at_level(one, "RL", "gold", NATS) for one in luck)
    return [
        complete(mine),
        moved(mine, "proxy", least=0.5, arms=[way]),
        attrition({"SFT, two nats": sft, way: at}),
        _grid(fine, spent_alike(_coarser(frame), rl=rl), rl in ARMS, matters),
        both_ways(shows, again - usual, matters=matters),
        null(
            at_steps(mine, "null arm", "gold", at) - at_steps(mine, "null arm", "gold", 0 * at),
            matters=matters,
        ),
    ]


def fooled_gates(
    frame: pd.DataFrame,
    kept: Mapping,
    *,
    rl: str = RL,
    nats: float = NATS,
    odds: bool = False,
    matters: float = LIES,
) -> list[Gate]:
    """What must hold before 07.C7 is judged; as `spent_gates`, for lies.

    Built to show it: the same stand-in, which pays one standard deviation more for each lie. (Judges who see no lie
    would not do: where facts are worth little, lies grow rarer all the same.) Built not to: judges who see each lie.
    kept: what `results` has put under "fooled".
    """
    mine, on = _of_this(frame, "fooled", kept), kept["stand"]
    measured = {"rl": rl, "nats": nats, "odds": odds}
    at = crossed(mine, rl, nats)
    liked = replace(on, pays=on.pays + on.at.has["lie"])
    seen = stand(on.at.seeds, **kept["turned"] | {"caught": 1.0})
    shows, shows_not = (
        _more(compare(trained(one, [rl], **kept["how"])), rl, nats, odds) for one in (liked, seen)
    )
    return [
        complete(mine),
        moved(mine, "proxy", least=0.5, arms=[rl]),
        attrition({rl: at}),
        _grid(lies_more(frame, **measured), lies_more(_coarser(frame), **measured), True, matters),
        both_ways(shows, shows_not, matters=matters),
        null(_more(mine, "null arm", nats, odds, at), matters=matters, scale="difference"),
    ]


def asked_gates(frame: pd.DataFrame, kept: Mapping, *, matters: float = GOLD) -> list[Gate]:
    """What must hold before 07.retrained is judged: both are there for each seed, both got four nats away, and the
    measure can come out either way.

    Built to show it: the taste itself in the model's place, less a model that asked the base. Built not to: such a
    model of other answers and judgements of the base, less it. kept: what `results` has put under "asked".
    """
    mine, on, ask = _of_this(frame, "asked", kept), kept["stand"], kept["ask"]
    last = final(mine, "gold")
    taste = replace(on, pays=on.at.gold)
    best = _of(on, on.told(taste.at_nats(taste.leash, ask["nats"]))["gold"])
    luck = _of(on, retrained(on, rounds=1, stream=ASKED_AGAIN, **ask)[-1]["gold"])
    return [
        complete(mine),
        attrition({name: last[name] for name in (IN_ROUNDS, AT_ONCE)}),
        both_ways(best - last[AT_ONCE], luck - last[AT_ONCE], matters=matters),
    ]


@measures("07.nats")
def in_a_setting(
    seeds, *, mine: Rule | None = None, rl: str = RL, rate: float = 1.0, longer: float = 1, **turned
) -> tuple[pd.Series, list[Gate]]:
    """07.nats in a setting of one's own, `in_a_setting(seeds, scale="a loophole")`: each seed's value, and every gate.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to the lesson's.
    What can be turned: see `experiment.results`. Raises ValueError for what would change nothing: rate and longer
    where `rl` is an exact end.
    """
    if rl not in ARMS:
        of_use(
            {"rate": rate != 1, "longer": longer != 1}, f"beside rl={rl!r}, an end that needs no training,"
        )
    return _in_a_setting("spent", seeds, mine, {"rl": rl}, rate=rate, longer=longer, turned=turned)


@measures("07.C7")
def lies_in(
    seeds, *, mine: Rule | None = None, rl: str = RL, rate: float = 1.0, longer: float = 1, **turned
) -> tuple[pd.Series, list[Gate]]:
    """07.C7 in a setting of one's own, as `in_a_setting`; `rl` is an arm that is trained. Half of the lies are caught
    where nothing else is said.
    """
    of_use({"recorded": "recorded" in turned}, "for 07.C7")
    return _in_a_setting(
        "fooled", seeds, mine, {"rl": one_of(rl, ARMS, "rl")}, rate=rate, longer=longer, turned=turned
    )


@measures("07.retrained")
def asked_in(seeds, *, mine: Rule | None = None, **turned) -> tuple[pd.Series, list[Gate]]:
    """07.retrained in a setting of one's own, as `in_a_setting`; nothing is trained in steps: see `of_asked`."""
    of_use({name: name in turned for name in ("caught", "recorded")}, "for 07.retrained")
    return _in_a_setting("asked", seeds, mine, {}, turned=turned)


def _in_a_setting(part, seeds, mine, arm, **how):
    """The values and the gates of one part."""
    if GOOD_ENOUGH not in arm.get("rl", ""):
        of_use({"good": "good" in how["turned"]}, f'without rl="RL, {GOOD_ENOUGH}"')
    kept = {}
    frame = results(seeds, parts=[part], kept=kept, **arm, **how)
    return OF[part](frame, **arm), GATES[part](frame, kept[part], **arm, **matters_to(mine))


def _of_this(frame, part, kept):
    """The rows of one part, with which these things were put aside."""
    mine = _part(frame, part)
    refuse_another(kept, mine)
    return mine


def _grid(fine, coarse, trained, matters):
    """The gate; where both sides are exact there is no grid."""
    if not trained:
        return Gate("grid", True, "nothing is read off a grid: both ends are exact")
    return grid(fine, coarse, matters=matters)


def _coarser(frame):
    """Half as many measurements of whatever is trained; ends as they are."""
    runs = frame.method.isin(ARMS)
    return pd.concat([every_other(frame[runs]), frame[~runs]], ignore_index=True)


def _of(on, values):
    """Values by seed."""
    return pd.Series(np.asarray(values), index=list(on.at.seeds)).rename_axis("seed")


GATES = {"spent": spent_gates, "fooled": fooled_gates, "asked": asked_gates}
