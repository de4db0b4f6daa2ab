"""What the page of lesson 12 says of what no rule asked: its title's question, what was lost, behaviour, odd seeds.

Runs come as `reading.at_its_rate` returns them: each arm at one learning rate. The coarse runs have several.
"""

import numpy as np
import pandas as pd

from helpers.kit import final, rule
from helpers.kit.intervals import FEWEST
from helpers.lessons.lesson12 import levels
from helpers.lessons.lesson12.afterwards import of_whole_seeds
from helpers.lessons.lesson12.arms import GRPO, NEAR, TEACHER
from helpers.lessons.lesson12.measures import DRIFT, REWARD, TEXT
from helpers.lessons.lesson12.reading import LOW, at_the_start

REACHED = (0.35, 0.4)  # rewards that SFT near gets to, too
LARGE, UNDERSTOOD = (
    0.5,
    0.75,
)  # nats of a margin; share of pairs of which the untrained model chose the matching answer
MARGIN = " (margin), nats"


@of_whole_seeds
def the_question(runs: pd.DataFrame) -> str:
    """The method, or whose words: what the runs say where all three arms got to."""
    found = {
        level: levels.across(runs, DRIFT, (GRPO, NEAR, TEACHER), level=level).dropna() for level in REACHED
    }
    found = {level: drift.mean() for level, drift in found.items() if len(drift) >= FEWEST}
    head = "The method, or whose words? "
    if not found:
        return f"{head}In too few seeds did all three arms get to one reward to tell."
    matters = rule("12.C18").matters
    told = "; ".join(
        f"at {level:g} GRPO by {mean[GRPO]:.2f}, SFT near by {mean[NEAR]:.2f}, SFT on the far teacher's text by "
        f"{mean[TEACHER]:.2f}"
        for level, mean in found.items()
    )
    loss = [mean[GRPO] - mean[NEAR] for mean in found.values()]
    words = [mean[TEACHER] - mean[NEAR] for mean in found.values()]
    if max(map(abs, loss)) < matters < min(words):
        so = (
            "With the same loss, other words made more than the difference that matters; with near words in both, the "
            "other loss made less. As far as these runs go, it is whose words."
        )
    else:
        so = "These numbers do not tell the one from the other."
    return (
        f"{head}At rewards that all three arms got to they had moved the model, in nats a token elsewhere: {told}. "
        f"{so} This was looked at after the results, below the reward at which the rules judge, and the arms are "
        "matched less well there: it is no verdict, but it is what the next runs should ask."
    )


@of_whole_seeds
def ends_apart(runs: pd.DataFrame) -> str:
    """How far apart the seeds of GRPO end, which a rule that looks at one reward does not see."""
    mine = runs[runs.method == GRPO]
    rows = mine[mine.metric.isin([DRIFT, REWARD])].pivot_table(
        index=["seed", "step"], columns="metric", values="value"
    )
    last = rows.dropna().groupby("seed").last().sort_values(DRIFT)
    if len(last) < FEWEST:
        return "Too few seeds of GRPO to tell how far apart they end."
    far, rest = last.iloc[-1], last.iloc[:-1]
    return (
        f"Where their runs end, the seeds of GRPO have drifted by {rest[DRIFT].min():.2f} to {rest[DRIFT].max():.2f} "
        f"nats, and one, {far.name}, by {far[DRIFT]:.2f}, at a reward of {far[REWARD]:.2f}. A rule that looks at a "
        "reward of 0.5 does not see that."
    )


def changes(coarse: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The change of each behaviour's margin in the coarse runs at the lower rate: a row for each seed, by arm."""
    some = coarse[np.isclose(coarse.lr, LOW)]
    names = sorted(name for name in some.metric.unique() if name.endswith(MARGIN))
    found = {name: some[some.metric == name] for name in names}
    return {
        name.removesuffix(MARGIN): (
            final(mine, name, own_end=True) - final(mine[mine.step == 0], name)
        ).dropna(axis=1)
        for name, mine in found.items()
    }


def two_losses(runs: pd.DataFrame, coarse: pd.DataFrame) -> str:
    """Held-out text beside simple facts: two measures of what was lost, which need not agree."""
    facts = changes(coarse)["capability"].mean()
    ended = coarse[np.isclose(coarse.lr, LOW) & (coarse.metric == REWARD)].sort_values("step")
    ended = ended.groupby(["method", "seed"]).value.last().groupby("method").mean()
    on_facts = (
        f"On simple facts (*capability*: the margin in nats, in the coarse runs at {LOW:g}, three seeds, which ended "
        f"at rewards of {ended[TEACHER]:.2f} and {ended[GRPO]:.2f}): {facts[TEACHER]:+.2f} under the teacher and "
        f"{facts[GRPO]:+.2f} under GRPO."
    )
    whole = levels.whole_seeds(runs)
    some = runs[runs.seed.isin(whole) & (runs.metric.isin([TEXT, REWARD]))]
    if not whole or not (some.metric == TEXT).any():
        return on_facts
    text = (levels.across(some, TEXT, (TEACHER, GRPO)) - at_the_start(some)[TEXT]).mean()
    turned = (text[TEACHER] - text[GRPO]) * (facts[TEACHER] - facts[GRPO]) < 0
    first, second = (
        ("GRPO", "the teacher's pupils") if text[TEACHER] > text[GRPO] else ("the teacher's pupils", "GRPO")
    )
    so = (
        f" By the first {first} lost more, by the second {second}."
        if turned
        else f" By both, {first} lost more."
    )
    return (
        f"What was lost was measured twice. Along held-out English, by the course's hand (nats a token, at a reward of "
        f"0.5): {text[TEACHER]:+.2f} under the teacher and {text[GRPO]:+.2f} under GRPO. {on_facts}{so} No rule asked."
    )


def behaviours(coarse: pd.DataFrame) -> str:
    """What the table of behaviours can say: how many signs are alike, what is large, and what was understood before."""
    found = changes(coarse)
    entries = [(arm, name, table[arm]) for name, table in found.items() for arm in table]
    alike = [one for one in entries if abs(np.sign(one[2]).sum()) == len(one[2])]
    large = "; ".join(
        f"{name} {each.mean():+.2f} under {arm}" for arm, name, each in alike if abs(each.mean()) >= LARGE
    )
    begun = at_the_start(coarse[coarse.metric.isin(found)])
    known = ", ".join(f"{name} ({share:.0%})" for name, share in begun.items() if share >= UNDERSTOOD)
    less = ", ".join(f"{name} ({share:.0%})" for name, share in begun.items() if share < 0.5)
    return (
        f"In {len(alike)} of {len(entries)} entries all seeds have one sign; luck alone would give about "
        f"{len(entries) / 4:g}. Steady and large, {LARGE:g} nats or more: {large or 'none'}. But before training "
        f"the model itself chose the matching answer of a pair in less than half of the pairs of "
        f"{less or 'no behaviour'}: what a higher number means there nobody can say, however steady it is. In three "
        f"of four or more it chose it for {known or 'none'}."
    )


def seeds_of_behaviours(coarse: pd.DataFrame) -> str:
    """How widely the seeds of two arms scatter in that table."""
    scatter = pd.DataFrame({name: table[[GRPO, TEACHER]].std() for name, table in changes(coarse).items()})
    wider = int((scatter.loc[GRPO] > scatter.loc[TEACHER]).sum())
    mean = scatter.mean(axis=1)
    return (
        f"Look down the columns, too: the seeds of GRPO scatter more widely than those of the teacher in {wider} of "
        f"{scatter.shape[1]} rows, by {mean[GRPO]:.2f} and {mean[TEACHER]:.2f} nats on average. That is the question "
        "of 12.C9.tell, on another measure and in nats. It was seen afterwards, has no rule, and the teacher's seeds "
        "share their texts."
    )
