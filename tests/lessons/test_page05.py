"""What lesson 05's page shows beside its verdicts: readings, figures, walks, and a rule of one's own."""

import numpy as np
import pandas as pd
import pytest
from test_lesson05 import made_up

from helpers.kit.legible import complaints, unclear
from helpers.lessons.lesson05 import arms, experiment, figures, gaps, judged, leans, own_rule, readings, walks
from helpers.lessons.lesson05.schedules import SELDOM


@pytest.fixture(scope="module")
def runs():
    """Starts that scatter by 0.06, and runs from each by 0.03 (SFT) and 0.06 (PPO)."""
    return made_up(np.random.default_rng(1), {"SFT": 0.03, "PPO": 0.06}, seeds=80, runs=4, starts=0.06)


def test_spreads_from_one_start_and_with_all_luck_are_those_that_were_put_in(runs):
    found = readings.spreads(runs, runs, at=[0.75])
    one = {"SFT, one start": 0.03, "PPO, one start": 0.06}
    both = {f"{arm}, all luck": np.hypot(0.06, one[f"{arm}, one start"]) for arm in ("SFT", "PPO")}
    for name, truth in (one | both).items():
        assert found[name].iloc[0] == pytest.approx(truth, rel=0.25)


def test_the_bars_of_a_spread_reach_about_as_far_as_normal_runs_would_have_them(runs):
    low, high = readings.bars(runs, at=[0.75])["PPO, one start"].iloc[0]
    free = 80 * 3  # the log of a standard deviation has a standard error of 1 / sqrt(2 free)
    assert low < readings.one_start(experiment.of_arms(runs, "PPO"), "PPO", 0.75) < high
    assert np.log(high / low) == pytest.approx(4 / np.sqrt(2 * free), rel=0.3)


def test_a_ratio_is_read_at_each_success_that_both_arms_come_to(runs):
    found = judged.by_success(runs, at=(0.7, 0.75, 0.99))
    assert list(found.index) == [0.7, 0.75]
    assert found["log of the ratio"].to_numpy() == pytest.approx(np.log(2), abs=0.2)
    assert (found.low < found["log of the ratio"]).all() and found.SFT.to_numpy() == pytest.approx(
        3, rel=0.25
    )


def test_the_three_times_that_a_ratio_was_found_are_told_each_by_its_own_runs():
    wide = {"SFT": 0.03, "PPO": 0.06, "SFT, other luck": 0.06, "PPO, other luck": 0.03}
    starts = made_up(np.random.default_rng(5), wide, seeds=40, runs=4)
    fresh = made_up(np.random.default_rng(6), {"SFT": 0.03, "PPO": 0.03}, seeds=40, runs=4)
    found = judged.repeated(starts, fresh)["log of the ratio"].to_numpy()
    assert found == pytest.approx([np.log(2), -np.log(2), 0], abs=0.3)


def test_both_times_that_pay_by_the_way_was_set_beside_pay_at_the_end_are_told_each_by_its_own_runs():
    wide = {gaps.DENSE: 0.03, gaps.LATER: 0.06}
    starts = made_up(np.random.default_rng(8), wide, seeds=40, runs=4)
    fresh = made_up(np.random.default_rng(9), dict.fromkeys(wide, 0.04), seeds=40, runs=4)
    assert judged.paid_twice(starts, fresh)["log of the ratio"].to_numpy() == pytest.approx(
        [np.log(2), 0], abs=0.3
    )


def test_runs_that_were_told_seldom_are_judged_by_the_rule_of_those_that_were_told_often():
    wide = {"SFT": 0.01, "PPO": 0.01, f"SFT, {SELDOM}": 0.02, f"PPO, {SELDOM}": 0.08}
    wide |= {experiment.SPOKEN: 0.3}
    told = made_up(np.random.default_rng(7), wide, seeds=60, steps=90, measured=0.01)
    assert "**SUPPORTS**" in judged.told_seldom(told)
    found = judged.told_apart(told)
    assert found.loc[SELDOM].tolist() == pytest.approx([2, 8], rel=0.3)
    assert found.iloc[0].tolist() == pytest.approx([1, 1], abs=0.7)
    rows = judged.never_and_told(told, told)
    assert list(rows)[2:4] == [f"SFT, {SELDOM}", f"PPO, {SELDOM}"] and len(rows) == 6
    assert rows[f"PPO, {SELDOM}"][0] == "PPO" and len(rows[f"PPO, {SELDOM}"][1]) == 60


def test_paces_are_read_at_each_success_and_tell_how_much_more_widely_one_arm_scatters():
    runs = made_up(np.random.default_rng(4), {"SFT": 0.04, "PPO": 0.08}, seeds=150, steps=90)
    found = judged.paces(runs, at=(0.5, 0.7))
    assert found.PPO.to_numpy() == pytest.approx(0.4, rel=0.25)
    assert found["log of the ratio"].to_numpy() == pytest.approx(np.log(2), abs=0.25)


def test_the_least_and_the_most_lean_are_those_at_the_success_or_of_the_end_where_nobody_gets_there(
    runs, monkeypatch
):
    said = []
    monkeypatch.setattr(readings, "say", said.append)
    table = leans.at_level(runs, 0.75)
    assert readings.reach(runs, 0.75)["PPO, most"] == pytest.approx(table.PPO.max()) and said == []
    ends = leans.at_level(runs, leans.END)
    assert readings.reach(runs, 0.99)["SFT, least"] == pytest.approx(ends.SFT.min())
    assert [text.split(":")[0] for text in said] == [
        f"No run of {arm} has a success of 0.99" for arm in (gaps.SFT, gaps.PPO)
    ]


def test_each_kind_of_luck_comes_out_as_wide_as_it_is():
    rng, (weights, orders, moves) = np.random.default_rng(0), (60, readings.ORDERS, 2)
    lean = 0.05 * rng.standard_normal((weights, 1, 1)) + 0.03 * rng.standard_normal((weights, orders, moves))
    frame = made_up(rng, {"SFT": 0.0, "PPO": 0.0}, seeds=weights, runs=orders * moves, measured=0.0)
    put = lean.reshape(weights, -1)[frame.seed, frame.run]
    for name in (arms.INDEX, *(f"{arms.INDEX}, {one}" for one in arms.SETS)):
        frame[name] = (
            0.5 + put + 0.02 * rng.standard_normal(weights * orders * moves)[frame.seed * 8 + frame.run]
        )
    _, whole, table = readings.crossed(frame)
    assert whole == {"SFT": weights, "PPO": weights}
    assert table.loc["SFT", "estimate"]["weights"] == pytest.approx(5, rel=0.3)
    assert table.loc["SFT", "estimate"]["moves"] == pytest.approx(3, rel=0.3)
    assert abs(table.loc["SFT", "estimate"]["order"]) < 1.5


def test_forecasts_from_beginnings_that_tell_miss_less_than_the_spread_and_their_widths_hold():
    frame = made_up(np.random.default_rng(2), {"SFT": 0.05, "PPO": 0.05}, told=0.9)
    blind = made_up(np.random.default_rng(2), {"SFT": 0.05, "PPO": 0.05}, told=0.0)
    from helpers.lessons.lesson05.builds import forecast

    for some, low, high in ((frame, 0.2, 0.7), (blind, 0.9, 1.2)):
        found = readings.told_early(some, 0.75, forecast)
        share = found["missed, knowing the beginning"] / found["spread of ends"]
        assert share.between(low, high).all() and (found["within two widths"] > 0.85).all()


def test_settings_are_sorted_by_their_estimates_whatever_their_gates():
    values = {"as in the lesson": (0.6, 1), "b": (-0.6, 0), "c": (0.1, 1), "d": (np.nan, 0)}
    rows = [
        {
            "setting": name,
            "rule": "05.C9.start",
            "seed": seed,
            "value": mean + 0.01 * seed,
            "valid": valid,
            "why": "",
        }
        for name, (mean, valid) in values.items()
        for seed in range(6)
    ]
    said = readings.settings_in_words(pd.DataFrame(rows), written=list(values))
    assert said.startswith("**PPO wider by half or more** in 1 of 4: as in the lesson. **SFT wider")
    assert said.endswith("**no estimate** in 1 of 4: d.")
    few = pd.DataFrame([row for row in rows if row["setting"] != "d"])
    said = readings.settings_in_words(few, written=list(values))
    assert "no estimate" not in said and said.endswith("in 1 of 3: c. Written down and not run yet: d.")


def test_a_batch_that_scatters_less_is_seen_and_one_that_does_not_get_there_has_no_spread():
    parts = [
        made_up(np.random.default_rng(size), {"SFT": wide, "PPO": wide}, seeds=8, runs=4).assign(
            episodes=size
        )
        for size, wide in ((8, 0.06), (128, 0.02))
    ]
    low = parts[0].assign(episodes=512, **{arms.SKILL: parts[0][arms.SKILL] / 2})
    table = readings.batches(pd.concat([*parts, low]), 0.7).set_index(["method", "episodes"])
    assert table.spread["SFT", 8] > 1.5 * table.spread["SFT", 128]
    known = table[table.spread.notna()]
    assert (known.low < known.spread).all() and (known.spread < known.high).all()
    assert table.loc[("PPO", 512)].isna()["spread"] and table.there["PPO", 512] == 0


def figures_of(runs):
    """Every figure of the page, on made-up runs."""
    few = runs[runs.seed < 6]
    table = readings.spreads(runs, runs, at=[0.6, 0.7, 0.75])
    alone = runs[runs.run == 0]
    pairs = readings.early_and_late(alone, 0.75)
    took = readings.pace(alone)
    sizes = [
        {"method": arm, "episodes": n, "spread": 0.04, "low": 0.03, "high": 0.05}
        for arm in took
        for n in (8, 32)
    ]
    yield figures.plot_design([[0.6, 0.7], [0.3, 0.4], [0.5, 0.5]])
    yield figures.plot_one_lean(few, "SFT")
    yield figures.plot_leans(few, 0.7)
    yield figures.plot_leans(few, 0.99)  # nobody gets there
    yield figures.plot_spreads(table, chosen=0.7)
    yield figures.plot_forecasts(pairs, 0.5, 0.75)
    yield figures.plot_rows({arm: (arm, took[arm]) for arm in took}, "batches", log=True)
    yield figures.plot_rows(judged.never_and_told(alone, alone), "goal index", limits=(0, 1))
    yield figures.plot_batches(pd.DataFrame(sizes), 0.7)


def test_every_figure_can_be_read_and_says_in_words_what_it_shows(runs):
    for ax in figures_of(runs):
        assert complaints(ax.figure) == []
        assert unclear(ax.figure, " ".join(ax.figure.alt_text)) == []


def test_a_run_and_five_others_are_drawn_with_how_far_their_ends_lie_apart(runs):
    ax = figures.plot_one_lean(runs, "SFT")
    mine = runs[(runs.method == "SFT") & (runs.run == 0)].pivot(
        index="step", columns="seed", values=arms.INDEX
    )
    ends = mine.iloc[-1, :6]
    thick = max(ax.get_lines(), key=lambda line: line.get_linewidth() * (len(line.get_xdata()) == len(mine)))
    assert thick.get_ydata() == pytest.approx(mine.iloc[:, 0].to_numpy())
    assert sum(len(line.get_xdata()) == len(mine) for line in ax.get_lines()) == 6
    assert f"end between {ends.min():.2f} and {ends.max():.2f}" in ax.figure.alt_text[0]


def test_walks_end_at_coin_flag_or_nowhere_and_one_maze_is_the_same_for_all_four_runs():
    four = walks.of_one_start([0, 1], longer=0.01)
    shown = walks.walks(four, "SFT", 3)
    assert len(shown) == walks.RUNS and len({(one.start, one.coin, one.flag) for one in shown}) == 1
    for one in shown:
        for cells, end in zip(one.cells, one.ends, strict=True):
            assert cells[0] == one.start and end == {one.coin: "coin", one.flag: "flag"}.get(
                cells[-1], "neither"
            )
    ax = figures.plot_walks(shown, "SFT")
    assert complaints(ax.figure) == []


def test_a_maze_that_is_no_number_and_numbers_that_make_no_sense_are_told():
    with pytest.raises(ValueError, match="LONGER is a number above 0"):
        walks.of_one_start([0], longer=0)
    with pytest.raises(ValueError, match="RUNS is a whole number of at least 2"):
        readings.live([0], runs=1)
    with pytest.raises(ValueError, match="twice"):
        own_rule.versus({"arm": "SFT"}, {"arm": "SFT"})
    with pytest.raises(ValueError, match="what is turned"):
        own_rule.versus({"arm": "SFT", "batch": 8}, {"arm": "SFT"})
    with pytest.raises(ValueError, match="arm"):
        own_rule.versus({"arm": "DQN"}, {"arm": "SFT"})
