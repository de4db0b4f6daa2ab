"""Three kinds of luck, the parts of a variance, forecasts and their scores, and what lesson 05 reads off its runs."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from helpers.core.policy import mlp
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.lessons.lesson05 import arms, forecasts
from helpers.lessons.lesson05 import experiment as predicts
from helpers.lessons.lesson05.components import PARTS, components, shares, squared_shift, with_intervals
from helpers.lessons.lesson05.drawn import Drawn, Luck, apart, beginners, crossed, right_moves
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
    table = predicts.table_of(lucks, pd.Series(np.arange(12.0)))
    assert table.shape == (3, 2, 2) and table[2, 1].tolist() == [10, 11]
    with pytest.raises(ValueError, match="equally many"):
        predicts.table_of(lucks[:-1], pd.Series(np.arange(11.0)))


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
    assert forecasts.typical_error(early, 2 * early + 1) == pytest.approx(0, abs=1e-9)


def test_the_typical_error_leaves_each_seed_out():
    rng = np.random.default_rng(2)
    early, late = rng.normal(size=(2, 9))
    assert forecasts.typical_error(early, late) == pytest.approx(
        np.sqrt((forecasts.from_beginning(early, late).error ** 2).mean())
    )


def made_up(rng, spreads, *, seeds=64, told=0.0, steps=20, tied=0.0):
    """Runs that climb evenly, each arm with indices that scatter as asked.

    told: how soon a run shows its index. tied: how far the arms have their indices in common.
    """
    rows, shared = [], rng.standard_normal(seeds)
    for arm, spread in spreads.items():
        own = rng.standard_normal(seeds)
        goal = spread * (tied * shared + np.sqrt(1 - tied**2) * own)
        early = told * goal + np.sqrt(1 - told**2) * spread * rng.standard_normal(seeds)
        pace = np.exp(spread * rng.standard_normal(seeds))
        for seed, step in product(range(seeds), range(steps + 1)):
            skill = 0.2 + 0.7 * (1 - np.exp(-step / 6 / pace[seed]))
            index = 0.5 + (early[seed] if skill < 0.55 else goal[seed])
            rows.append({"method": arm, "seed": seed, "step": step, arms.SKILL: skill, arms.INDEX: index})
    frame = pd.DataFrame(rows)
    for half in (1, 2):
        frame[f"{arms.INDEX}, half {half}"] = frame[arms.INDEX]
    return frame


@pytest.mark.parametrize("measure", [predicts.spread_gap, predicts.early_gap, predicts.pace_gap])
def test_each_measure_finds_a_ratio_that_was_put_in_and_its_absence(measure):
    rng = np.random.default_rng(3)
    found = [measure(made_up(rng, {"SFT": 0.05, "PPO": wide})).mean() for wide in (0.05, 0.15)]
    assert abs(found[0]) < 0.35 and found[1] == pytest.approx(np.log(3), abs=0.35)


def test_from_one_start_only_what_other_luck_does_counts():
    rng = np.random.default_rng(6)
    runs = made_up(rng, {"SFT": 0.03, "PPO": 0.03})
    starts = pd.Series(np.arange(64) // 4)
    by_start = pd.Series(rng.normal(0, 0.1, 16))
    told = runs.seed.map(starts).map(by_start).where(runs.method == "PPO", 0.0)
    for column in [name for name in runs if arms.INDEX in name]:
        runs[column] += told
    assert predicts.spread_gap(runs).mean() > 0.8 and abs(predicts.same_start_gap(runs, starts).mean()) < 0.35
    assert len(predicts.same_start_gap(runs, starts)) == 16


def test_at_the_end_the_ends_are_compared_and_a_third_is_a_third():
    rng = np.random.default_rng(8)
    runs = made_up(rng, {"SFT": 0.03, "PPO": 0.09}, told=0.95)
    longer = runs.assign(step=runs.step * runs.method.map({"SFT": 1, "PPO": 3}))
    for some in (runs, longer):
        assert predicts.spread_gap(some, None).mean() == pytest.approx(np.log(3), abs=0.35)
        ends = some[some.step == some.groupby("method").step.transform("max")]
        expected = ends.pivot(index="seed", columns="method", values=arms.INDEX)
        pd.testing.assert_frame_equal(
            predicts.goals(some, None), expected, check_like=True, check_names=False
        )
    third = predicts.after(longer, 1 / 3, metric="step")
    assert third.PPO.unique().tolist() == [21] and third.SFT.unique().tolist() == [7]
    assert (
        predicts.early_gap(longer, None).isna().all()
    )  # a third told all: nothing is missed, there is no ratio
    hazy = runs.copy()
    hazy[arms.INDEX] += rng.standard_normal(len(hazy)) * hazy.method.map({"SFT": 0.03, "PPO": 0.09})
    assert predicts.early_gap(hazy, None).mean() == pytest.approx(np.log(3), abs=0.4)


def test_a_goal_that_shows_early_is_forecast_better():
    rng = np.random.default_rng(4)
    blind, told = (made_up(rng, {"SFT": 0.05, "PPO": 0.05}, told=told) for told in (0.0, 0.95))
    mixed = pd.concat([told[told.method == "SFT"], blind[blind.method == "PPO"]])
    assert predicts.early_gap(mixed).mean() > np.log(1.5)


def test_what_halves_of_the_mazes_do_not_share_is_no_scatter_of_seeds():
    rng = np.random.default_rng(5)
    runs = made_up(rng, {"SFT": 0.05, "PPO": 0.05}, tied=1.0)
    for half in (1, 2):
        noise = pd.Series(rng.normal(0, 0.05, 64))
        column = f"{arms.INDEX}, half {half}"
        runs.loc[runs.method == "PPO", column] += runs.seed[runs.method == "PPO"].map(noise)
    assert abs(predicts.spread_gap(runs).mean()) < 0.25  # with it, the log ratio would be 0.35
    assert predicts.spread_gap(runs[runs.seed < 4]).isna().all()


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
    plain, dense, seldom = returns
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
    runs = predicts.one_run([5, 6, 7], lucks=lucks, **how)
    ends = runs[runs.step == 2].set_index("seed")[arms.SKILL]
    assert ends[5] == ends[6] != ends[7] and list(runs.columns) == ["seed", "step", *arms.METRICS]


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


def test_gates_tell_a_spread_that_is_none_one_that_is_the_mazes_and_unequal_means():
    rng = np.random.default_rng(7)
    good, flat = (made_up(rng, {"SFT": spread, "PPO": spread}) for spread in (0.05, 0.005))
    assert predicts.scatters(good).passed and not predicts.scatters(flat).passed
    assert predicts.of_seeds(good).passed and predicts.level_means(good).passed
    one_half, away = good.copy(), good.copy()
    noise = pd.Series(rng.normal(0, 0.2, 64))
    one_half[f"{arms.INDEX}, half 1"] += one_half.seed.map(noise)
    away.loc[away.method == "PPO", arms.INDEX] += 0.2
    assert not predicts.of_seeds(one_half).passed and not predicts.level_means(away).passed
    for arm in ("SFT", "PPO"):
        flat = good.copy()
        flat.loc[flat.method == arm, f"{arms.INDEX}, half 2"] = 0.5
        assert not predicts.of_seeds(flat).passed  # no correlation at all, and NaN holds nothing
