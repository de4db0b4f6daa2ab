"""A verdict knows the seeds on which its gates were looked at, and what was put aside knows its frame."""

import numpy as np
import pandas as pd
import pytest
from frames_of import arms

from helpers.kit import gates
from helpers.kit.looked_at import elsewhere
from helpers.kit.put_aside import goes_with, refuse_another
from helpers.kit.verdicts import Rule, judge

RULE = Rule("99.C1", "C1", "it rises", "rise", "points", 0.1, "a tenth shows", scale="unbounded")
SCATTER = np.random.default_rng(0).normal(0, 0.05, 12)


def row(seeds, more=0.0):
    seeds = list(seeds)
    return pd.Series(more + SCATTER[: len(seeds)], index=pd.Index(seeds, name="seed"))


def two(seeds):
    """A measurement and what it was when it was made again."""
    return row(seeds), row(seeds) + 0.01 * SCATTER[::-1][: len(list(seeds))]


def every_gate(seeds):
    """Each gate of the kit but `complete`, which refuses others by itself, looked at on these seeds."""
    frame = arms(seeds=len(list(seeds)))
    frame = frame.assign(seed=frame.seed + min(seeds))
    return [
        gates.moved(frame, "reward", least=0.5),
        gates.attrition({"SFT": row(seeds), "RL": row(seeds)}),
        gates.null(row(seeds), matters=0.1),
        gates.grid(*two(seeds), matters=0.1),
        gates.noise(*two(seeds), matters=0.1),
        gates.both_ways(row(seeds, 1.0), shows_not=row(seeds), matters=0.1),
    ]


def test_gates_of_the_seeds_that_are_judged_leave_the_word_as_it_is():
    verdict = judge(RULE, row(range(1000, 1010), 0.5), gates=every_gate(range(1000, 1010)))
    assert verdict.word == "SUPPORTS" and verdict.reasons == ()


def test_each_gate_that_was_looked_at_on_other_seeds_takes_the_word_and_is_named():
    verdict = judge(RULE, row(range(1000, 1010), 0.5), gates=every_gate(range(2000, 2010)))
    assert verdict.word == "NOT VALID"
    assert [one.partition(":")[0] for one in verdict.reasons] == [
        "moved", "attrition", "null", "grid", "noise", "both ways",
    ]  # fmt: skip
    assert all("on other seeds" in one and "2000 and 2009" in one for one in verdict.reasons)


@pytest.mark.parametrize("seeds", [range(1000, 1006), range(1000, 1012)])
def test_a_control_on_some_of_the_seeds_or_on_more_is_on_no_others(seeds):
    assert not elsewhere(every_gate(seeds), row(range(1000, 1010)))


def test_some_other_seeds_among_the_same_are_others():
    assert len(elsewhere(every_gate(range(1004, 1014)), row(range(1000, 1010)))) == 6


def test_numbers_without_seeds_cannot_be_compared_and_nothing_is_said():
    assert not elsewhere([gates.null(SCATTER, matters=0.1)], row(range(1000, 1010)))
    assert not elsewhere(every_gate(range(2000, 2010)), row(range(1000, 1010)).to_numpy())


def test_what_was_put_aside_goes_with_its_frame_and_with_some_of_its_rows():
    frame, kept = arms(), {"run": 1}
    goes_with(kept, frame)
    refuse_another(kept, frame)
    refuse_another(kept, frame[(frame.seed < 3) & (frame.method == "RL")].sample(frac=1, random_state=0))
    refuse_another({"run": 1}, frame)  # nobody said with which it was put aside


@pytest.mark.parametrize(
    "other, says",
    [
        (lambda frame: frame.assign(seed=frame.seed + 2000), "of seeds 0 to 5, and .* of 2000 to 2005"),
        (lambda frame: frame.assign(value=frame.value + 1e-9), "has the same seeds"),
        (lambda frame: pd.concat([frame, frame.assign(seed=frame.seed + 6)]), "of seeds 0 to 5, and .* of 0 to 11"),
    ],
)  # fmt: skip
def test_what_was_put_aside_with_another_frame_is_refused(other, says):
    kept = {}
    goes_with(kept, arms())
    with pytest.raises(ValueError, match=says):
        refuse_another(kept, other(arms()))
