"""What the rules of lesson 08 judge: prompts that combine conditions, prompts from outside, and poison."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from helpers.checked import number, of_use, one_of
from helpers.core import Rng, Stream
from helpers.kit import final
from helpers.kit.gates import Gate, both_ways, complete, moved, noise, null
from helpers.kit.measures import measures
from helpers.kit.put_aside import goes_with, refuse_another
from helpers.kit.rules import Rule
from helpers.lessons.lesson08 import exact, nets
from helpers.lessons.lesson08.laws import COIN, DENY, OWN_UP, PLAIN, SOLEMN, asked, outside, tuned_law
from helpers.lessons.lesson08.poison import RATE, poisoned

MATTERS = 0.1  # of each rule, in total variation or in a share of stories
PARTS = ("prompts", "poison")
PROMPTS = 64
COUNT, DOCUMENTS, FACTOR = 128, 512, 16
SMALL, LARGE, THIN = "small", "large, same count", "small, same share"
CELLS = (SMALL, LARGE, THIN)
ANEW, THIN_ANEW, NONE = "small, drawn anew", "small, same share, drawn anew", "no poison"
TAGS_LAW, SCENES_LAW = "to the tag's law", "to the scene's law"
SFT, MEASURED_AGAIN = "SFT", "SFT, measured again"
SHOWS, SHOWS_NOT = "both shown, a coin", "both shown, as in the scene"  # the controls of 08.C10
MORE = 2_000  # stories of a control
AGAIN = 1  # added to a stream: the same drawn anew


def results(
    seeds: Sequence[int],
    *,
    parts: Sequence[str] = PARTS,
    net: Mapping | None = None,
    rate: float = 1.0,
    at_once: int = nets.FEW,
    stories: int = nets.TUNED,
    owns: float = OWN_UP,
    denies: float = DENY,
    plain: float = COIN,
    count: int = COUNT,
    documents: int = DOCUMENTS,
    factor: int = FACTOR,
    controls: bool = False,
    kept: dict | None = None,
) -> pd.DataFrame:
    """Everything that the rules judge, in one tidy frame with the column `part`.

    net: stories read in pretraining, width, layers: see `nets.base`. rate: a factor on the learning rates of SFT.
    at_once: stories in a batch of it. stories: of SFT, for the prompts. owns, denies, plain: see `laws.tuned_law`.
    count, documents, factor: of the poison: `count` of `documents` stories, the same count of `factor` times as many,
    and the same share as that of as few. controls: run what the gates of 08.C10 and 08.C12 ask for, too.
    kept: where nets, data and how they were made are put, by part; the gates of 08.C13 ask for it.
    """
    seeds = tuple(seeds)
    start, read = nets.base(seeds, plain=plain, **(net or {}))
    rates = {"prompts": nets.RATE, "poison": RATE}
    kept, frames = {} if kept is None else kept, []
    for part in parts:
        how = {"lr": rates[one_of(part, PARTS, "part")] * number(rate, "rate", above=0), "at_once": at_once}
        mine = kept[part] = {"start": start, "read": read, "how": how}
        if part == "prompts":
            mine["law"] = {"owns": owns, "denies": denies, "plain": plain}
            data = nets.recorded(seeds, tuned_law(**mine["law"]), stories)
            mine["run"] = nets.tuned(start, data, **how)
            frames.append(of_prompts(mine, controls=controls).assign(part=part))
            goes_with(mine, frames[-1])
        else:
            mine["sizes"] = sizes = cells(count, documents, factor)
            mine["runs"] = {name: poisoned(start, *size, **how) for name, size in sizes.items()}
            runs = mine["runs"] | (_controls(start, sizes, how) if controls else {})
            frames += [run.history.assign(method=name, part=part) for name, run in runs.items()]
    return pd.concat(frames, ignore_index=True)


def cells(count: int, documents: int, factor: int) -> dict[str, tuple[int, int]]:
    """(stories, poisoned ones among them) of each arm."""
    return {
        SMALL: (documents, count),
        LARGE: (documents * factor, count),
        THIN: (documents, max(1, round(count / factor))),
    }


def _controls(start, sizes, how):
    """The small corpus with the same count and with the same share, drawn anew, and without poison."""
    documents = sizes[SMALL][0]
    return {
        ANEW: poisoned(start, *sizes[SMALL], stream=AGAIN, **how),
        THIN_ANEW: poisoned(start, *sizes[THIN], stream=AGAIN, **how),
        NONE: poisoned(start, documents, 0, **how),
    }


def of_prompts(kept: Mapping, *, controls: bool = False) -> pd.DataFrame:
    """How far the ends of stories are from the laws, before SFT and after, and how far two nets are from each other.

    controls: also with other prompts, and of nets that read 2,000 stories more, of a law that has the combined tales,
    too: there a denial is as likely as not, or as likely as in that scene.
    """
    run, start = kept["run"], kept["start"]
    found = [(SFT, 0, told(start, kept)), (SFT, run.steps, told(run.policy, kept))]
    if controls:
        found.append((MEASURED_AGAIN, run.steps, told(run.policy, kept, Stream.PROBES_AGAIN)))
        more = {SHOWS: COIN, SHOWS_NOT: kept["law"]["denies"]}
        found += [(name, run.steps, told(_more(kept, chance), kept)) for name, chance in more.items()]
    found.append(("pairs", run.steps, between(run.policy, run.policy)))
    tidy = [
        {"method": method, "step": step, "seed": seed, "metric": metric, "value": value}
        for method, step, by_metric in found
        for metric, values in by_metric.items()
        for seed, value in zip(start.seeds[:: 2 if method == "pairs" else 1], values.tolist(), strict=False)
    ]
    return pd.DataFrame(tidy)


def _more(kept, chance):
    """Nets that read 2,000 stories more, of a law that has the combined tales, too."""
    policy, law = kept["run"].policy, tuned_law(chance, shown=True, **kept["law"])
    more = nets.recorded(policy.seeds, law, MORE, Stream.CHOICES + AGAIN)
    return nets.tuned(policy, more, **kept["how"]).policy


def told(policy, kept: Mapping, stream: int = Stream.PROBES) -> dict[str, torch.Tensor]:
    """Exact distances of what follows prompts, means over prompts.

    "trained": prompts as the data have them; "taught": those with a bad deed about which they teach something new.
    """
    law = lambda chance: tuned_law(chance, **kept["law"])
    facts = law(COIN).draw(Rng(policy.seeds, stream), PROMPTS)
    combined = asked(facts, SOLEMN, new=True)
    logq = exact.endings_logq(policy, combined)
    near = {
        name: exact.distances(law(chance), combined, logq)["TV"]
        for name, chance in ((TAGS_LAW, kept["law"]["owns"]), (SCENES_LAW, kept["law"]["denies"]))
    }
    taught = [asked(facts, SOLEMN, new=False), asked(facts, PLAIN, new=True)]
    return {
        "trained": exact.after(policy, law(COIN), facts)["TV"],
        "taught": sum(exact.after(policy, law(COIN), one)["TV"] for one in taught) / 2,
        **near,
        "lies, combined": logq.exp()[..., logq.shape[-1] // 2 :].sum(-1).mean(-1),
    }


def between(
    policy, other, stream: int = Stream.PROBES, changes: Callable = outside
) -> dict[str, torch.Tensor]:
    """How far answers of two nets are apart: of seeds 1, 3, ... of one policy, and 2, 4, ... of the other.

    Total variation of the next word, exact over all words; both are asked the same. [pair] for each kind of prompt.
    changes: which kinds there are beside the trained ones, `facts -> {name: change}`; the rule has `laws.outside`.
    """
    pairs = len(policy.seeds) // 2
    facts = tuned_law().draw(Rng(policy.seeds[:1], stream), PROMPTS).expand(len(policy.seeds), -1, -1)
    found = {}
    for name, change in {"trained": None, **changes(facts)}.items():
        one, two = (exact.answers(net, facts, change) for net in (policy, other))
        apart = 0.5 * (one[0 : 2 * pairs : 2] - two[1 : 2 * pairs : 2]).abs().sum(-1)
        found[name] = apart.mean(-1)
    return found


# What the rules judge


def neither(frame: pd.DataFrame, method: str = SFT) -> pd.Series:
    """08.C10: where conditions combine, the distance to the nearer of two laws, less that at taught prompts."""
    last = lambda metric: final(_of(frame, "prompts", method), metric)[method]
    return np.minimum(last(TAGS_LAW), last(SCENES_LAW)) - last("taught")


def unalike(frame: pd.DataFrame) -> pd.Series:
    """08.C13: how far two nets' answers are apart at prompts from outside, mean of four kinds, less at trained ones."""
    mine = _of(frame, "prompts", "pairs")
    kinds = [metric for metric in mine.metric.unique() if metric != "trained"]
    last = lambda metric: final(mine, metric)["pairs"]
    return sum(last(kind) for kind in kinds) / len(kinds) - last("trained")


def by_count(frame: pd.DataFrame) -> pd.Series:
    """08.C12: success with the same count among many more stories, less the middle of "same" and "same share"."""
    last = final(_of(frame, "poison"), "success", own_end=True)
    return last[LARGE] - (last[SMALL] + last[THIN]) / 2


# What must hold before they are judged


def combined_gates(frame: pd.DataFrame, *, matters: float = MATTERS) -> list[Gate]:
    """What must hold before 08.C10 is judged: SFT is whole and came nearer to its law at taught prompts, other prompts
    say the same, and the measure can come out either way. The frame has the controls, and may come from a stored table.

    Built to show it, and built not to: see `of_prompts`.
    """
    mine = _of(frame, "prompts", SFT)
    return [
        complete(mine),
        moved(mine, "taught", least=-MATTERS),
        noise(neither(frame), neither(frame, MEASURED_AGAIN), matters=matters),
        both_ways(neither(frame, SHOWS), neither(frame, SHOWS_NOT), matters=matters),
    ]


def outside_gates(frame: pd.DataFrame, kept: Mapping) -> list[Gate]:
    """What must hold before 08.C13 is judged; both are looked at in the same nets.

    Built to show it: one of the two nets has read nothing. Built not to: trained prompts in the place of the others,
    drawn anew.
    """
    policy, mine = kept["run"].policy, _of(frame, "prompts", "pairs")
    refuse_another(kept, _of(frame, "prompts"))
    fine, usual = unalike(frame), final(mine, "trained")["pairs"]
    again = between(policy, policy, Stream.PROBES_AGAIN)
    other = sum(v for k, v in again.items() if k != "trained") / (len(again) - 1) - again["trained"]
    nothing = between(policy, nets.start(policy.seeds))["trained"]
    return [
        complete(mine),
        moved(_of(frame, "prompts", SFT), "taught", least=-MATTERS),
        noise(fine, _as(fine, other), matters=MATTERS),
        both_ways(_as(fine, nothing) - usual, _as(fine, again["trained"]) - usual, matters=MATTERS),
    ]


def poison_gates(frame: pd.DataFrame) -> list[Gate]:
    """What must hold before 08.C12 is judged: all is whole, poison works where its share is large, none does
    nothing, and the measure can come out either way. The frame has the controls, and may come from a stored table.

    Built to show it: in the place of the large corpus the small one with the same count, drawn anew. Built not to: the
    small one with the same share, drawn anew.
    """
    mine = _of(frame, "poison")
    last = final(mine, "success", own_end=True)
    middle = (last[SMALL] + last[THIN]) / 2
    planned = mine.groupby("method", sort=False).step.max().to_dict()
    return [
        complete(mine, planned),
        moved(mine, "success", least=0.2, arms=[SMALL]),
        both_ways(last[ANEW] - middle, last[THIN_ANEW] - middle, matters=MATTERS),
        null(last[NONE], matters=MATTERS, scale="difference"),
    ]


def gates(frame: pd.DataFrame, kept: Mapping) -> dict[str, list[Gate]]:
    """The gates of every rule whose part is there; of 08.C10 and 08.C12 if their controls were run."""
    found = {}
    if (frame.method == SHOWS).any():
        found["08.C10"] = combined_gates(frame)
    if "prompts" in kept:
        found["08.C13"] = outside_gates(frame, kept["prompts"])
    if (frame.method == NONE).any():
        found["08.C12"] = poison_gates(frame)
    return found


@measures("08.C10")
def judged_in(seeds: Sequence[int], *, mine: Rule | None = None, **turned) -> tuple[pd.Series, list[Gate]]:
    """08.C10 in a setting of one's own, `judged_in(seeds, plain=0.1)`: each seed's value, and every gate.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to the lesson's.
    Raises ValueError for what turns the poison alone, which this rule does not judge.
    """
    of_use({name: name in turned for name in ("count", "documents", "factor")}, "for 08.C10")
    frame = results(seeds, parts=["prompts"], controls=True, **turned)
    return neither(frame), combined_gates(frame, matters=MATTERS if mine is None else mine.matters)


def _of(frame, part, method=None):
    """The rows of one part, and of one method of it."""
    rows = frame[frame.part == part].drop(columns="part")
    return rows if method is None else rows[rows.method == method]


def _as(values, other):
    """Numbers with the index of others."""
    return pd.Series(torch.as_tensor(other).tolist(), index=values.index)


MEASURES = {"08.C10": neither, "08.C13": unalike, "08.C12": by_count}
