"""How far numbers moved between ways of computing the same: in size, in words, and whether a way is what it says."""

import os
import platform
import subprocess
import sys

import pandas as pd
import pytest

from helpers.kit import rule
from helpers.lessons.lesson00 import machines
from helpers.lessons.lesson00.how_far import (
    MEAN,
    RL_MOST,
    SFT_MOST,
    WORD,
    as_shown,
    beside_earlier,
    meaning,
    moves,
)

SEEDS = range(100, 108)


def way(name, sft=0.0, rl=0.0):
    """A way whose arms lie so far from one and the same run; both are numbers, or one a seed."""
    one = pd.DataFrame(
        {"way": name, "seed": SEEDS, "SFT": [0.9 - seed % 3 / 50 for seed in SEEDS], "RL": 0.1}
    )
    return one.assign(SFT=one.SFT + sft, RL=one.RL + rl)


def two(**off):
    return pd.concat([way("here"), way("there", **off)], ignore_index=True)


def test_a_way_with_the_same_numbers_moves_nothing_and_can_change_no_word():
    there = moves(two()).loc["there"]
    assert there[SFT_MOST] == there[RL_MOST] == there[MEAN] == 0
    assert "- *there*: every number is the same" in meaning(two())


@pytest.mark.parametrize("arm, most", [("sft", SFT_MOST), ("rl", RL_MOST)])
def test_one_seed_that_moved_is_seen_in_its_arm_with_its_size_whatever_the_sign(arm, most):
    for size in (0.04, -0.04):
        there = moves(two(**{arm: [0.0] * 7 + [size]})).loc["there"]
        assert there[most] == pytest.approx(0.04) and there[MEAN] == pytest.approx(0.005)
        assert max(there[SFT_MOST], there[RL_MOST]) == there[most]
        assert min(there[SFT_MOST], there[RL_MOST]) == 0


def test_the_mean_of_the_difference_stays_where_both_arms_move_alike_and_the_seeds_do_not():
    there = moves(two(sft=0.05, rl=0.05)).loc["there"]
    assert there[MEAN] == pytest.approx(0) and there[SFT_MOST] == pytest.approx(0.05)


def test_a_word_that_a_way_changes_is_said_to_be_another_and_one_that_stays_to_stay():
    assert "the word stays SUPPORTS" in meaning(two(sft=-0.01))
    found = moves(two(sft=-0.8))
    assert found[WORD].here == "SUPPORTS" != found[WORD].there
    assert f"the word is another: not SUPPORTS but {found[WORD].there}" in meaning(two(sft=-0.8))


def test_a_move_is_set_beside_what_matters_to_the_rule():
    assert f"That is 0.2 of what matters to the rule ({rule('00.C8').matters:g})" in meaning(two(sft=-0.02))


def test_what_is_shown_as_zero_is_zero():
    shown = as_shown(moves(two(sft=1e-12))).loc["there"]
    assert shown[RL_MOST] == "0" and float(shown[SFT_MOST]) > 0


def test_ways_of_other_seeds_are_not_set_beside_each_other():
    with pytest.raises(ValueError, match="'there' has not the seeds"):
        moves(two().drop(index=15))
    with pytest.raises(ValueError, match=r"no seeds \[107\]"):
        beside_earlier(way("here"), pd.DataFrame({"seed": SEEDS[:-1], "value": 0.8}), 4)


def test_beside_an_earlier_run_a_difference_is_rounding_or_said_to_be_more():
    here = way("here")
    earlier = pd.DataFrame({"seed": SEEDS[::-1], "value": list((here.SFT - here.RL)[::-1])})  # in any order
    assert "no more than rounding" in beside_earlier(here, earlier.assign(value=earlier.value + 0.00004), 4)
    assert "MORE than rounding" in beside_earlier(here, earlier.assign(value=earlier.value + 0.0002), 4)


def test_a_part_for_another_version_of_pytorch_is_refused():
    with pytest.raises(ValueError, match=r"run under PyTorch 1\.0\.0, and here is"):
        machines.under("1.0.0", [100])


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="other sets of instructions"
)
def test_the_oldest_instructions_are_those_that_torch_then_uses():
    asked = [sys.executable, "-c", "import torch; print(torch.backends.cpu.get_cpu_capability())"]
    done = subprocess.run(asked, env=os.environ | machines.OLDEST, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["DEFAULT"]
