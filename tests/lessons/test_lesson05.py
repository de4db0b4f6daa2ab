"""Three kinds of luck, the parts of a variance, forecasts and their scores, and what lesson 05 reads off its runs."""

import re
from itertools import product

import answers_05
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from helpers.core.losses import reinforce_loss
from helpers.core.policy import mlp
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.kit.intervals import Interval
from helpers.kit.rules import rule
from helpers.lessons.lesson05 import arms, checks, experiment, forecasts, gaps, gates, leans
from helpers.lessons.lesson05.components import PARTS, components, shares, squared_shift, with_intervals
from helpers.lessons.lesson05.drawn import (
    MAZES,
    MOVES,
    Drawn,
    Draws,
    Luck,
    apart,
    beginners,
    crossed,
    from_one_start,
    right_moves,
)
from helpers.lessons.lesson05.eyes import eyes
from helpers.worlds.mazes import Maze, mazes

SMALL = Maze(mazes(20, together=0.5))


def batch_of(lucks, start=None, **how):
    start = start or beginners(mlp(SMALL.features, 4, hidden=(4,)), lucks)
    how.setdefault("teacher", right_moves(SMALL))
    return Drawn(SMALL, lucks, episodes=6, **how)(start, Rng(start.seeds))


def where(batch):
    """What an episode's first look shows, which tells its maze."""
    return batch.obs[:, :, 0]


def test_equal_numbers_are_equal_luck_and_others_are_not():
    first, moves, order, weights = Luck(1, 2, 3), Luck(1, 2, 4), Luck(1, 5, 3), Luck(6, 2, 3)
    lucks = [first, first, moves, order, weights]
    start = beginners(mlp(SMALL.features, 4, hidden=(4,)), lucks)
    batch = batch_of(lucks, start)
    assert torch.equal(where(batch)[0], where(batch)[1]) and torch.equal(batch.action[0], batch.action[1])
    assert torch.equal(where(batch)[0], where(batch)[2]) and not torch.equal(batch.action[0], batch.action[2])
    assert not torch.equal(where(batch)[0], where(batch)[3])
    weight = start.stacked[0]
    assert torch.equal(weight[0], weight[3]) and not torch.equal(weight[0], weight[4])
    assert torch.equal(where(batch)[0], where(batch)[4]) and torch.equal(batch.action[0], batch.action[4])


def test_batch_after_batch_brings_other_mazes_and_a_run_goes_on_where_it_was():
    lucks = apart([0, 1])
    start = beginners(mlp(SMALL.features, 4, hidden=(4,)), lucks)
    source = Drawn(SMALL, lucks, teacher=right_moves(SMALL), episodes=6)
    one, two = (source(start, Rng(start.seeds)) for _ in range(2))
    assert not torch.equal(where(one), where(two))
    other = Drawn(SMALL, lucks, teacher=right_moves(SMALL), episodes=6)
    other.restore({"calls": torch.tensor(1)})
    assert torch.equal(where(other(start, Rng(start.seeds))), where(two)) and int(other.state()["calls"]) == 2


def test_both_arms_see_the_mazes_of_an_order_at_the_same_batch():
    lucks = apart([3, 4])
    assert torch.equal(where(batch_of(lucks)), where(batch_of(lucks, teacher=None)))


def test_a_group_is_in_one_maze():
    seen = where(batch_of(apart([0, 1]), teacher=None, group=3))
    assert torch.equal(seen[:, 0], seen[:, 2]) and not torch.equal(seen[:, 0], seen[:, 3])
    with pytest.raises(ValueError, match="do not make up"):
        Drawn(SMALL, apart([0]), episodes=6, group=4)


def test_a_teacher_draws_among_all_moves_that_lead_closer_and_errs_as_often_as_asked():
    right = right_moves(SMALL)
    assert right.any(-1).all() and (right.sum(-1) > 1).any()
    batch = batch_of(apart(range(20)))
    ended = batch.reward.sum(-1)
    assert float(ended.mean()) == 1  # who always goes closer arrives
    lost = batch_of(apart(range(20)), errs=1.0)
    assert float(lost.reward.sum(-1).mean()) < 0.7


def test_crossed_lucks_meet_every_pair_and_share_no_moves():
    lucks = crossed(3, 2, 2, first=10)
    assert (
        len({(luck.weights, luck.order) for luck in lucks}) == 6 and len({luck.moves for luck in lucks}) == 12
    )
    assert min(min(luck) for luck in lucks) == 10
    places = [(luck.weights, luck.order) for luck in lucks]
    assert places == sorted(places)  # so that their values, in a row, are [weights, order, moves]


SIGNS = (-1.0, 1.0)  # two equally likely values: mean 0, variance 1


@pytest.mark.parametrize("part", [*PARTS, "measurement"])
def test_the_parts_of_a_variance_are_right_on_average_exactly(part):
    """Every way that one part alone can come out, each as likely: the mean of the estimates is the truth."""
    size = {"weights": (2, 1, 1), "order": (1, 2, 1), "both": (2, 2, 1)}.get(part, (2, 2, 2))
    found = []
    for signs in product(SIGNS, repeat=int(np.prod(size))):
        values = np.broadcast_to(np.reshape(signs, size), (2, 2, 2))
        again = values if part != "measurement" else np.zeros((2, 2, 2))  # independent of the first, mean 0
        found.append(components(values, again))
    mean = pd.DataFrame(found).mean()
    assert mean.to_dict() == pytest.approx({name: float(name == part) for name in PARTS})


def simulated(rng, size, *, weights=0.0, order=0.0, both=0.0, moves=0.0, measured=0.0):
    w, o, m = size
    truth = (
        weights * rng.standard_normal((w, 1, 1))
        + order * rng.standard_normal((1, o, 1))
        + both * rng.standard_normal((w, o, 1))
        + moves * rng.standard_normal((w, o, m))
    )
    return [truth + measured * rng.standard_normal(size) for _ in range(2)]


def test_known_parts_are_found_and_what_measuring_adds_is_not_among_them():
    rng, known = np.random.default_rng(0), {"weights": 1.0, "order": 0.5, "both": 0.3, "moves": 0.7}
    drawn = [simulated(rng, (8, 8, 2), **known, measured=1.0) for _ in range(600)]
    found = pd.DataFrame([components(*pair) for pair in drawn])
    for name, spread in known.items():
        assert abs(found[name].mean() - spread**2) < 4 * found[name].sem(), name
    once = pd.DataFrame([components(one) for one, _ in drawn]).mean()
    assert once.moves == pytest.approx(0.49 + 1.0, abs=0.05)  # measured once, all of it counts as moves


def test_the_intervals_of_parts_hold_the_truth_about_as_often_as_they_say():
    rng, held = np.random.default_rng(1), []
    for _ in range(150):
        table = with_intervals(*simulated(rng, (8, 8, 2), weights=1.0, order=0.5, moves=0.7, measured=0.5))
        truth = pd.Series({"weights": 1.0, "order": 0.25, "both": 0.0, "moves": 0.49})
        held.append((table.low <= truth) & (truth <= table.high))
    held = pd.DataFrame(held).mean()
    assert held.min() > 0.82 and held[["both", "moves"]].min() > 0.9


def test_parts_refuse_what_they_cannot_tell():
    with pytest.raises(ValueError, match="two of each"):
        components(np.zeros((3, 1, 2)))
    with pytest.raises(ValueError, match="finite"):
        components(np.full((2, 2, 2), np.nan))
    with pytest.raises(ValueError, match="three at least"):
        with_intervals(np.random.default_rng(0).normal(size=(2, 4, 2)))
    assert np.isnan(shares(np.zeros((2, 2, 2)))["weights"])


def test_what_chance_alone_shifts_is_nothing_on_average_exactly():
    """Every way that three seeds can come out, each as likely, about a shift of 0 and of a half."""
    for shift in (0.0, 0.5):
        found = [squared_shift(shift + np.array(signs)) for signs in product(SIGNS, repeat=3)]
        assert np.mean(found) == pytest.approx(shift**2)
    with pytest.raises(ValueError, match="two finite"):
        squared_shift([1.0])


def test_a_forecast_of_the_next_is_right_in_its_width():
    """The share of what comes out below each quantile of the forecast is that quantile: PIT values are even."""
    rng, below = np.random.default_rng(0), []
    for _ in range(2000):
        *before, value = rng.normal(3, 2, size=5)
        n, mean, width = 4, np.mean(before), np.std(before, ddof=1)
        below.append(stats.t.cdf((value - mean) / (width * np.sqrt(1 + 1 / n)), n - 1))
        expected = stats.t.logpdf(value, n - 1, mean, width * np.sqrt(1 + 1 / n))
        assert forecasts.of_next(before, value) == pytest.approx(expected)
    assert stats.kstest(below, "uniform").pvalue > 1e-3


def test_more_seeds_forecast_the_next_one_better():
    values = np.random.default_rng(0).normal(size=60)
    table = forecasts.one_after_another(values, [2, 5, 30])
    assert table.score.is_monotonic_increasing
    with pytest.raises(ValueError, match="another one is forecast"):
        forecasts.one_after_another(values, [60])


def test_a_forecast_by_all_others_tells_no_more_than_the_spread():
    values = np.random.default_rng(0).exponential(size=12)
    scores = [forecasts.fair_crps(np.delete(values, i), values[i]) for i in range(len(values))]
    assert np.mean(scores) == pytest.approx(forecasts.half_mean_distance(values))


def test_a_beginning_that_tells_the_end_gains_and_one_that_does_not_gains_nothing():
    rng = np.random.default_rng(0)
    early = rng.normal(size=200)
    tells, silent = (
        forecasts.from_beginning(early, share * early + rng.normal(size=200)) for share in (2.0, 0.0)
    )
    assert tells.gain.mean() == pytest.approx(0.5 * np.log(5), abs=0.15)  # nats: half the log of 1 + 4 to 1
    assert abs(silent.gain.mean()) < 0.03
    assert forecasts.errors(early, 2 * early + 1) == pytest.approx(0, abs=1e-9)


def test_errors_leave_each_seed_out():
    rng = np.random.default_rng(2)
    early, late = rng.normal(size=(2, 9))
    assert forecasts.errors(early, late) == pytest.approx(
        forecasts.from_beginning(early, late).error.to_numpy()
    )


def made_up(rng, spreads, *, seeds=64, runs=1, told=0.0, starts=0.0, measured=0.02, steps=30, wiggle=0.0):
    """Runs that climb evenly, each arm with leans that scatter as asked.

    told: how far a run's beginning shows its lean. starts: how widely starts lean beside. measured: what each set of
    mazes adds to a lean. wiggle: what each measurement adds to it.
    """
    frames = []
    for arm, spread in spreads.items():
        start, own = starts * rng.standard_normal((seeds, 1)), spread * rng.standard_normal((seeds, runs))
        late = start + own
        early = told * late + np.sqrt(1 - told**2) * spread * rng.standard_normal((seeds, runs))
        pace = np.exp(min(5 * spread, 0.75) * rng.standard_normal((seeds, runs)))
        step = np.arange(steps + 1)
        skill = 0.2 + 0.7 * (1 - np.exp(-step / 6 / pace[..., None]))
        lean = 0.5 + np.where(skill < 0.6, early[..., None], late[..., None])
        lean = lean + wiggle * rng.standard_normal(lean.shape)
        place = np.indices(skill.shape).reshape(3, -1)
        frame = pd.DataFrame(place.T, columns=["seed", "run", "step"]).assign(method=arm)
        frame[arms.SKILL], frame[arms.INDEX], frame["neither"] = skill.ravel(), lean.ravel(), 0.0
        for name in arms.SETS:
            noise = measured * rng.standard_normal((seeds, runs, 1))
            frame[f"{arms.INDEX}, {name}"] = (lean + noise).ravel()
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    "measure", [gaps.spread_gap, gaps.pace_gap, gaps.told_gap, gaps.same_start_gap, gaps.start_gap]
)
def test_each_measure_finds_what_was_put_in_and_its_absence(measure):
    rng, runs = np.random.default_rng(3), 4 if measure in (gaps.same_start_gap, gaps.start_gap) else 1
    truth = 15**2 - 5**2 if measure is gaps.told_gap else np.log(3)
    found = [measure(made_up(rng, {"SFT": 0.05, "PPO": wide}, runs=runs)).mean() for wide in (0.05, 0.15)]
    assert abs(found[0]) < 0.3 * truth and found[1] == pytest.approx(truth, abs=0.3 * truth)


@pytest.mark.parametrize("measure, runs", [(gaps.spread_gap, 1), (gaps.same_start_gap, 4)])
def test_two_arms_that_scatter_alike_are_found_different_as_seldom_as_an_interval_says(
    measure, runs, monkeypatch
):
    rng, held = np.random.default_rng(9), []
    rows = pd.MultiIndex.from_product([range(24), range(runs)], names=["seed", "run"])
    for _ in range(40):
        lean = rng.normal(0, 0.05, (len(rows), 2))
        noisy = lambda lean=lean: lean + rng.normal(0, 0.02, lean.shape)
        sets = {name: pd.DataFrame(noisy(), index=rows, columns=["SFT", "PPO"]) for name in arms.SETS}
        monkeypatch.setattr(gaps, "in_sets", lambda *_, sets=sets: sets)
        effect = Interval.of(measure(pd.DataFrame(), 0.7))
        held.append(effect.low < 0 < effect.high)
    assert np.mean(held) > 0.85


def test_from_one_start_only_what_other_luck_does_counts():
    runs = made_up(np.random.default_rng(6), {"SFT": 0.03, "PPO": 0.03}, seeds=32, runs=4)
    apart_by = pd.Series(np.random.default_rng(7).normal(0, 0.1, 32))
    told = runs.seed.map(apart_by).where(runs.method == "PPO", 0.0)
    for column in [name for name in runs if arms.INDEX in name]:
        runs[column] += told
    values = gaps.same_start_gap(runs)
    assert abs(values.mean()) < 0.25 and values.index.tolist() == list(range(32))
    assert gaps.spread_gap(runs).mean() > 0.8


def test_a_start_of_which_one_run_is_left_stays_as_a_gap_and_runs_are_what_attrition_counts():
    runs = made_up(np.random.default_rng(6), {"SFT": 0.03, "PPO": 0.03}, seeds=12, runs=3)
    stuck = (runs.method == "PPO") & ((runs.seed == 4) & (runs.run > 0) | (runs.seed == 5) & (runs.run == 0))
    runs.loc[stuck, arms.SKILL] = runs.loc[stuck, arms.SKILL].clip(upper=0.5)
    values = gaps.same_start_gap(runs, 0.75)
    assert len(values) == 12 and values.index[values.isna()].tolist() == [4]
    assert int(leans.at_level(runs, 0.75).PPO.isna().sum()) == 3


@pytest.mark.parametrize("measure", [gaps.spread_gap, gaps.same_start_gap])
def test_a_ratio_that_is_no_number_once_a_seed_is_left_out_has_no_values_at_all(measure):
    """One run alone carries all of an arm's spread: without it nothing is left, and the rule may say nothing."""
    runs = made_up(np.random.default_rng(1), {"SFT": 0.05, "PPO": 0.05}, seeds=12, runs=2, measured=0.0)
    for column in [name for name in runs if arms.INDEX in name]:
        alone = (runs.seed == 3) & (runs.run == 0)
        runs.loc[(runs.method == "PPO") & ~alone, column] = 0.5
    assert measure(runs).isna().all()
    assert gaps.spread_gap(runs[runs.seed < 4]).isna().all()


def test_the_level_is_the_highest_that_nearly_all_runs_of_both_arms_reach_and_their_leans_have_no_say():
    runs = made_up(np.random.default_rng(8), {"SFT": 0.05, "PPO": 0.05, "third": 0.05}, seeds=40)
    high = lambda frame, top: frame.assign(**{arms.SKILL: frame[arms.SKILL].clip(upper=top)})
    of = {name: one for name, one in runs.groupby("method", sort=False)}
    for top, level in ((0.9, 0.82), (0.77, 0.76), (0.5, 0.7)):
        some = pd.concat([of["SFT"], high(of["PPO"], top), high(of["third"], 0.3)])
        assert leans.late(some, ("SFT", "PPO")) == level
    few = of["PPO"].where(of["PPO"].seed > 1, high(of["PPO"], 0.75))  # two of forty get no further
    less = of["PPO"].where(of["PPO"].seed > 2, high(of["PPO"], 0.75))
    assert leans.late(pd.concat([of["SFT"], few]), ("SFT", "PPO")) == 0.82
    assert leans.late(pd.concat([of["SFT"], less]), ("SFT", "PPO")) == 0.74
    turned = runs.assign(**{name: 1 - runs[name] for name in runs if arms.INDEX in name})
    assert leans.late(turned, ("SFT", "PPO")) == leans.late(runs, ("SFT", "PPO"))


def test_of_ends_no_level_is_asked():
    runs = made_up(np.random.default_rng(8), {"SFT": 0.03, "PPO": 0.09})
    ends = runs[runs.step == runs.step.max()].pivot(index="seed", columns="method", values=arms.INDEX)
    found = leans.at_level(runs, None).xs(0, level="run")
    pd.testing.assert_frame_equal(found, ends[["SFT", "PPO"]], check_names=False)
    assert gaps.told_gap(runs).mean() == pytest.approx(9**2 - 3**2, rel=0.3)


def test_a_lean_that_shows_early_is_forecast_better():
    rng = np.random.default_rng(4)
    blind, told = (
        made_up(rng, {"SFT": 0.05, "PPO": 0.05}, told=told, measured=0.005) for told in (0.0, 0.95)
    )
    mixed = pd.concat([told[told.method == "SFT"], blind[blind.method == "PPO"]])
    assert gaps.early_gap(mixed).mean() > np.log(1.5) and abs(gaps.early_gap(told).mean()) < 0.3


def test_what_is_missed_hangs_on_no_spread_and_on_no_set_s_own_mean():
    runs = made_up(np.random.default_rng(5), {"SFT": 0.02, "PPO": 0.2}, told=0.8, measured=0.0, seeds=128)
    assert abs(gaps.early_gap(runs).mean()) < 0.35
    runs[f"{arms.INDEX}, B"] += 0.2
    assert gaps.early_gap(runs).mean() == pytest.approx(
        gaps.early_gap(runs.assign(**{f"{arms.INDEX}, B": runs[f"{arms.INDEX}, B"] - 0.2})).mean()
    )


def test_what_sets_of_mazes_do_not_share_is_no_scatter_of_runs():
    rng = np.random.default_rng(5)
    runs = made_up(rng, {"SFT": 0.05, "PPO": 0.05}, seeds=128)
    for name in arms.SETS:
        noise, column = pd.Series(rng.normal(0, 0.05, 128)), f"{arms.INDEX}, {name}"
        runs.loc[runs.method == "PPO", column] += runs.seed[runs.method == "PPO"].map(noise)
    assert abs(gaps.spread_gap(runs).mean()) < 0.2  # with it, the log ratio would be 0.35


def test_eyes_part_where_one_layer_is_tied():
    """In one layer coin and flag, told alike and always together, get equal gradients; eyes of their own do not."""
    env = arms.world(1.0, count=30)
    for make_net, tied in ((mlp(env.features, 4), True), (eyes(env), False)):
        lucks = apart([0])
        start, how = beginners(make_net, lucks), arms.arm("SFT", env, lucks)
        batch = how["data"](start, Rng(start.seeds))
        how["loss"](start.evaluate(batch.obs, batch.action), batch).sum().backward()
        first = [weight.grad[0] for weight in start.stacked if weight.grad is not None]
        if tied:
            coin, flag = (first[0][:, env.inputs[thing]] for thing in ("coin", "flag"))
        else:
            coin, flag = (
                weight.grad[0]
                for name, weight in zip(start.names, start.stacked, strict=True)
                if name in ("coin.0.weight", "flag.0.weight")
            )
        assert torch.allclose(coin, flag, atol=1e-6) == tied


def test_pay_at_each_step_adds_a_tenth_a_step_nearer_and_seldom_pay_is_a_quarter():
    returns = []
    for pays in arms.PAYS:
        env, lucks = arms.world(1.0, pays, count=30), apart(range(30))
        start = beginners(mlp(env.features, 4, hidden=(4,)), lucks)
        returns.append(Drawn(env, lucks, teacher=right_moves(env))(start, Rng(start.seeds)).returns)
    plain, dense, later, seldom = returns
    assert torch.equal(dense, later)
    assert float(plain.mean()) == 1 and float(seldom.mean()) == pytest.approx(0.25, abs=0.05)
    assert float(dense.min()) >= 1.1 - 1e-5 and torch.allclose((dense * 10).round(), dense * 10, atol=1e-4)


def test_in_mazes_with_one_thing_the_other_is_dark():
    env = arms.OneThing(mazes(30, together=1.0))
    seen = env.observe(env.reset(Rng([0]), 40))
    lit = [seen[..., env.inputs[thing]].sum(-1) for thing in ("coin", "flag")]
    assert (((lit[0] > 0) + (lit[1] > 0).int()) == 1).all() and (lit[0] > 0).any() and (lit[1] > 0).any()


@pytest.mark.parametrize("arm", arms.ARMS)
def test_every_arm_runs_and_the_same_luck_gives_the_same_run(arm):
    how = {"arm": arm, "together": 0.9, "steps": 2, "measured": [0, 2], "count": 20, "net": "narrow eyes"}
    lucks = [Luck(0, 0, 0), Luck(0, 0, 0), Luck(0, 0, 1)]
    runs = experiment.one_run([5, 6, 7], lucks=lucks, **how)
    ends = runs[runs.step == 2].set_index("seed")[arms.SKILL]
    assert ends[5] == ends[6] != ends[7] and list(runs.columns) == ["seed", "run", "step", *arms.METRICS]


@pytest.mark.parametrize("begin", arms.BEGINS[1:])
def test_a_warm_start_starts_better(begin, monkeypatch):
    monkeypatch.setitem(arms.WARM, "pretrained", 20)
    lucks = [Luck(0, 1, 2), Luck(0, 3, 4)]
    env = arms.world(1.0, count=100)
    cold, warm = (arms.begin(name, env, lucks, arms.net(env, "narrow eyes")) for name in ("nothing", begin))
    found = [arms.chances()(policy)[arms.SKILL] for policy in (cold, warm)]
    assert float((found[1] - found[0]).min()) > 0.1
    assert all(
        torch.equal(weight[0], weight[1]) for weight in warm.stacked
    )  # one start, whatever comes after


def test_a_run_goes_on_to_the_same_numbers():
    lucks, env = apart([0]), arms.world(1.0, count=20)
    start = arms.begin("nothing", env, lucks, arms.net(env, "narrow eyes"))
    whole = train(start, steps=3, **arms.arm("PPO", env, lucks))
    first = train(start, steps=1, **arms.arm("PPO", env, lucks))
    both = train(first, steps=2, **arms.arm("PPO", env, lucks))
    assert all(torch.equal(a, b) for a, b in zip(whole.policy.stacked, both.policy.stacked, strict=True))


def test_a_gate_asks_of_the_luck_that_is_judged_whether_runs_scatter_and_whether_mazes_agree():
    rng, two = np.random.default_rng(7), ("SFT", "PPO")
    runs = made_up(rng, {"SFT": 0.01, "PPO": 0.01}, runs=4, starts=0.1, measured=0.003)
    of_all, within = (gates.parted(runs, 0.82, two, one_start=one) for one in (False, True))
    assert gates.scatters(of_all).passed and not gates.scatters(within).passed
    assert gates.of_runs(within).passed
    noisy = made_up(rng, {"SFT": 0.01, "PPO": 0.01}, runs=4, starts=0.1, measured=0.05)
    of_all, within = (gates.parted(noisy, 0.82, two, one_start=one) for one in (False, True))
    assert gates.of_runs(of_all).passed and not gates.of_runs(within).passed


def test_gates_tell_unequal_means_a_climb_that_goes_on_and_mazes_that_decide():
    rng, two = np.random.default_rng(7), ("SFT", "PPO")
    good = made_up(rng, {"SFT": 0.05, "PPO": 0.05}, steps=60)
    away, short = good.copy(), good[good.step <= 16]
    away.loc[away.method == "PPO", arms.INDEX] += 0.2
    assert gates.level_means(good, None, two).passed and not gates.level_means(away, None, two).passed
    assert gates.plateau(good, two).passed and not gates.plateau(short, two).passed
    rough = made_up(rng, {"SFT": 0.05, "PPO": 0.05}, measured=0.05)
    assert gates.measured_finely(good, None, two, matters=0.03).passed
    assert not gates.measured_finely(rough, None, two, matters=0.03).passed


@pytest.mark.parametrize("name", experiment.MEASURES)
def test_every_rule_s_gates_hold_for_runs_that_are_as_they_should_be_and_its_control_can_fail(name):
    """Runs that were made up, with a control that parts, hold every gate; with one that does not, `both ways` fails."""
    first, second = experiment.ARMS_OF.get(name, (gaps.SFT, gaps.PPO))
    rng, runs = np.random.default_rng(2), 4 if name in ("05.C9.start", "05.C21") else 1
    control = experiment.CONTROLS.get(name, experiment.CONTROL)
    spreads = {first: 0.05, second: 0.06, control: 0.3}
    how = {"seeds": 36, "runs": runs, "measured": 0.01, "steps": 90, "wiggle": 0.002}
    frame = made_up(rng, spreads, **how)
    found = experiment.gates(name, frame)
    assert {gate.name for gate in found} == set(rule(name).needs)
    assert all(gate.passed for gate in found), [str(gate) for gate in found if not gate.passed]
    assert rule(name).judge(experiment.MEASURES[name](frame), gates=found).valid
    flat = made_up(rng, spreads | {control: 0.05}, **how)
    assert [gate.name for gate in experiment.gates(name, flat) if not gate.passed] == ["both ways"]


def test_a_mirrored_start_leans_as_far_the_other_way():
    gate = gates.mirror(batches=2, seeds=(3,), scale=3.0)
    assert gate.passed, gate.says
    env, lucks = arms.world(1.0), apart([3])
    start = arms.begin("nothing", env, lucks, arms.net(env, scale=3.0))
    lean = float(arms.chances()(start)[arms.INDEX])
    assert abs(lean - 0.5) > 1e-3  # so the sum of 1 is no matter of course


def test_starts_share_no_mazes_and_no_moves_and_no_two_batches_begin_alike():
    lucks = from_one_start(range(48), 4)
    assert [one.weights for one in lucks[:5]] == [0, 0, 0, 0, 1]
    numbers = [one.order for one in lucks]
    assert len(set(numbers)) == len(numbers) and numbers == [one.moves for one in lucks]
    begun = [
        generator.initial_seed() % 2**32  # of which PyTorch's generator on the CPU goes by
        for stream in (MAZES, MOVES)
        for batch in range(40)
        for generator in Draws(numbers, stream, batch).generators
    ]
    assert len(set(begun)) == len(begun)


def test_the_push_of_the_null_arm_has_no_direction_and_with_a_plain_mean_it_would_have_one():
    """For one policy the mean product of its gradient with that of the return is 0 within three standard errors."""
    lucks = apart(range(400))
    same = [Luck(0, luck.order, luck.moves) for luck in lucks]
    start = beginners(mlp(SMALL.features, 4, hidden=(8,)), same)
    batch = Drawn(SMALL, same, episodes=6)(start, Rng(start.seeds))
    right = mean_gradient(start, batch.with_(advantage=arms.discounted(batch)))
    for advantage, null in (
        (arms.of_another, True),
        (lambda one: arms.discounted(one).roll(1, dims=1), False),
    ):
        each = gradients(start, batch.with_(advantage=advantage(batch))) @ right
        mean, error = float(each.mean()), float(each.std() / len(each) ** 0.5)
        assert abs(mean) < 3 * error if null else mean < -3 * error


def gradients(policy, batch):
    """The gradient of the return for each run, in a row."""
    now = policy.evaluate(batch.obs, batch.action)
    found = torch.autograd.grad(-reinforce_loss(now, batch).sum(), policy.stacked)
    return torch.cat([one.flatten(1) for one in found], dim=1)


def mean_gradient(policy, batch):
    return gradients(policy, batch).mean(0)


def test_paid_at_the_end_the_total_is_the_same_and_comes_last():
    env, lucks = arms.world(1.0, "same total at the end", count=30), apart(range(20))
    start = beginners(mlp(env.features, 4, hidden=(4,)), lucks)
    batch = Drawn(env, lucks)(start, Rng(start.seeds))
    after = arms.at_the_end(batch)
    assert torch.allclose(after.returns, batch.returns, atol=1e-5)
    assert ((after.reward != 0).sum(-1) <= 1).all()
    last = (after.mask.sum(-1) - 1)[..., None]
    assert torch.allclose(after.reward.gather(-1, last)[..., 0], batch.returns, atol=1e-5)
    assert (batch.reward != 0).sum() > (after.reward != 0).sum()
    with pytest.raises(ValueError, match="paid at the end"):
        arms.arm("GRPO", env, lucks)


def test_runs_made_to_part_see_the_one_or_the_other_thing_faintly():
    how = {"arm": "SFT", "steps": 12, "measured": [0, 12], "count": 200}
    plain, control = (
        experiment.one_run(range(3), runs=2, told=told, **how) for told in ("alike", "either faint")
    )
    assert control[["seed", "run", "step"]].equals(plain[["seed", "run", "step"]])
    ends = control[control.step == 12].set_index(["seed", "run"])[arms.INDEX].unstack()
    assert (ends[1] - ends[0]).min() > 0.2  # even numbers see the coin faintly, and go by the flag


def test_beginnings_of_strangers_tell_nothing_and_ends_stay():
    runs = made_up(np.random.default_rng(0), {"SFT": 0.05}, told=0.95, measured=0.0)
    other = gates.strangers(runs, 0.6).assign(method="SFT")
    for level, same in ((0.5, False), (0.82, True)):
        assert leans.at_level(other, level).equals(leans.at_level(runs, level)) == same


@pytest.mark.parametrize("answer", answers_05.RIGHT["check_forecast"])
def test_every_right_forecaster_passes_and_its_forecasts_are_those_that_the_lesson_scores(answer):
    assert checks.check_forecast(answer, seed=0).passed
    early, late = (
        torch.tensor(one) for one in np.random.default_rng(0).normal(size=(2, 8)).astype("float32")
    )
    mean, width = answer(early[1:], late[1:], early[0])
    told = forecasts.from_beginning(early.numpy(), late.numpy()).iloc[0]
    assert float(mean) == pytest.approx(told.forecast, abs=1e-5)
    score = stats.t.logpdf(float(late[0]), 5, float(mean), float(width))
    assert score == pytest.approx(told.score, abs=1e-4)


@pytest.mark.parametrize("answer, hint", answers_05.WRONG["check_forecast"])
def test_each_wrong_forecaster_gets_the_hint_that_fits(answer, hint):
    for seed in range(3):
        outcome = checks.check_forecast(answer, seed=seed)
        assert outcome.word == "not yet" and re.search(hint, outcome.says), outcome.says


def test_each_mistake_of_a_forecaster_is_told_by_its_own_words():
    for mistake in checks.check_forecast.mistakes:
        assert checks.check_forecast(mistake.wrong, seed=1).says == mistake.says
