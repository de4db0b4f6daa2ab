"""Mazes, their teachers, and what is read off an agent's behaviour in them."""

import json
from collections import deque
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.core.losses import ppo_loss
from helpers.core.policy import Policy, mlp
from helpers.core.probes import own_episodes
from helpers.core.sources import Demonstrations, Rollouts
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.kit import rule
from helpers.kit.judged import values_of
from helpers.kit.tables import stored
from helpers.lessons.lesson03 import arms, readings, single
from helpers.lessons.lesson03 import experiment as goals
from helpers.lessons.lesson03.figures import plot_hint, plot_plane, plot_told, plot_ways
from helpers.worlds.codes import bar, blurred, faint, light
from helpers.worlds.exact import Chances
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import FAR, Guide, Maze, distances, mazes

ROOT = Path(__file__).parents[2]
HALF_SKILLS = [f"{arms.SKILL}, half {half}" for half in (1, 2)]


def steps_by_search(walls, start, goal, closed=-1):
    """The length of a shortest way, by breadth-first search in plain Python; None if there is none."""
    height, width = walls.shape
    seen, queue = {start}, deque([(start, 0)])
    while queue:
        cell, steps = queue.popleft()
        if cell == goal:
            return steps
        row, column = divmod(cell, width)
        for r, c in ((row, column - 1), (row, column + 1), (row - 1, column), (row + 1, column)):
            after = r * width + c
            if (
                0 <= r < height
                and 0 <= c < width
                and not walls[r, c]
                and after not in seen
                and after != closed
            ):
                seen.add(after)
                queue.append((after, steps + 1))
    return None


@pytest.fixture(scope="module")
def levels():
    return mazes(40, together=0.9)


def test_distances_are_those_of_a_plain_search(levels):
    found = distances(levels.walls, levels.coin)
    for level in range(0, 80, 7):
        for start in range(49):
            if not levels.walls[level].flatten()[start]:
                expected = steps_by_search(levels.walls[level], start, int(levels.coin[level]))
                assert found[level, start] == (FAR if expected is None else expected)


@pytest.mark.parametrize("to", ["coin", "flag"])
def test_a_teacher_takes_a_shortest_way_and_not_over_the_other_thing(levels, to):
    env = Maze(levels, pays=to)
    batch = Demonstrations(env, Guide(env, to), episodes=80)(None, Rng([0]))
    assert (batch.returns == 1).all()
    state = env.reset(Rng([0]), 80)
    for episode, level in enumerate(state.level[0].tolist()):
        coin, flag, start = (int(x[level]) for x in (levels.coin, levels.flag, levels.start))
        goal, other = (coin, flag) if to == "coin" else (flag, coin)
        closed = -1 if coin == flag else other
        assert batch.mask[0, episode].sum() == steps_by_search(levels.walls[level], start, goal, closed)


def test_a_teacher_leads_to_what_there_is(levels):
    with pytest.raises(ValueError, match="one of coin, flag: got 'cheese'"):
        Guide(Maze(levels), "cheese")


@pytest.mark.parametrize("together", [0.0, 0.25, 1.0])
def test_the_share_of_mazes_with_coin_and_flag_together_is_what_was_asked(together):
    env = Maze(mazes(30, together=together))
    level = env.reset(Rng([1]), 4000).level
    share = (env.levels.coin[level] == env.levels.flag[level]).float().mean()
    assert share == pytest.approx(together, abs=0.03)


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match="from 0 to 1: got 90"):
        mazes(3, together=90)


def test_training_and_held_out_layouts_have_none_in_common():
    layouts = lambda held_out: {
        tuple(w.flatten().tolist()) for w in mazes(200, together=0.5, held_out=held_out).walls
    }
    assert not layouts(False) & layouts(True)


def test_the_versions_of_a_layout_differ_in_coin_and_flag_alone(levels):
    together, apart, exchanged = slice(0, 40), slice(40, 80), slice(80, 120)
    for one in (apart, exchanged):
        assert torch.equal(levels.walls[together], levels.walls[one])
        assert torch.equal(levels.start[together], levels.start[one])
    assert torch.equal(levels.coin[together], levels.flag[together])
    assert torch.equal(levels.coin[apart], levels.flag[exchanged])
    assert torch.equal(levels.flag[apart], levels.coin[exchanged])
    assert (levels.coin[apart] != levels.flag[apart]).all()


def test_the_flag_ends_an_episode_and_pays_nothing():
    env = Maze(mazes(5, together=0.0))
    level, flag = torch.tensor([[7]]), env.levels.flag[7]
    beside = next(
        c
        for c in range(49)
        for move in range(4)
        if env.moved(GridState(level, torch.tensor([[c]])), torch.tensor([[move]])) == flag and c != flag
    )
    for move in range(4):
        here = GridState(level, torch.tensor([[beside]])), torch.tensor([[move]]), Rng([0])
        state, reward, over = env.step(*here)
        if state.agent == flag:
            assert reward == 0 and over
            assert Maze(env.levels, pays="flag").step(*here)[1] == 1


def test_what_the_agent_sees_is_where_things_are_from_where_it_stands(levels):
    env = Maze(levels)
    state = env.reset(Rng([0]), 20)
    seen = env.observe(state)[0]
    row = lambda cell: cell // 7
    assert seen.shape == (20, env.features)
    assert (seen[:, :13].argmax(1) - 6 == (row(levels.coin[state.level]) - row(state.agent))[0]).all()
    assert (seen[:, 13:26].argmax(1) - 6 == (levels.coin[state.level] % 7 - state.agent % 7)[0]).all()
    assert (seen[:, 26:39].argmax(1) - 6 == (row(levels.flag[state.level]) - row(state.agent))[0]).all()
    assert (seen[:, 52 + 12] == 0).all()  # the middle of the 5 x 5 cells is where it stands


def test_closed_cells_are_seen_as_closed(levels):
    env = Maze(levels)
    state = GridState(torch.arange(20)[None], levels.start[:20][None])
    for action, (row, column) in enumerate([(0, -1), (0, 1), (-1, 0), (1, 0)]):
        closed = env.observe(state)[0, :, 52 + 12 + 5 * row + column] == 1
        stays = env.moved(state, torch.full_like(state.agent, action))[0] == state.agent[0]
        assert torch.equal(closed, stays)


def test_teachers_have_the_goal_index_of_their_goal():
    env, indices = arms.world(0.0, held_out=True), {}
    for to in ("coin", "flag"):
        batch = Demonstrations(env, Guide(env, to), episodes=50)(None, Rng([0, 1]))
        indices[to] = batch.returns.mean()
    assert indices == {"coin": 1.0, "flag": 0.0}


def test_another_shortest_way_is_as_short():
    env = arms.world(0.0, held_out=True)
    first, last = Guide(env, "coin"), Guide(env, "coin", pick="last")
    assert (first.move != last.move).any()
    lengths = [
        Demonstrations(env, guide, episodes=64)(None, Rng([3])).mask.sum(-1) for guide in (first, last)
    ]
    assert torch.equal(*lengths)


@pytest.mark.parametrize("code", [light, bar, faint(0.3), blurred(0), blurred(1), blurred(2.5)])
def test_a_code_tells_every_number_apart(code):
    matrix = code(13)
    assert matrix.shape[0] == 13 and matrix.isfinite().all()
    assert (torch.cdist(matrix, matrix) + torch.eye(13) > 1e-3).all()


def test_a_bar_is_as_strong_as_a_light_and_tells_the_same():
    assert torch.allclose(bar(13).norm(dim=1), torch.ones(13))
    assert torch.linalg.matrix_rank(bar(13)) == 13


def test_a_blurred_light_is_spread_over_its_neighbours_and_no_weaker_in_all():
    spread = blurred(1)(13)
    assert torch.allclose(spread.sum(1), torch.ones(13)) and (spread.argmax(1) == torch.arange(13)).all()
    assert torch.equal(blurred(0)(5), light(5))


@pytest.mark.parametrize(
    "code, says",
    [
        (lambda count: torch.eye(count + 1), "13 rows"),
        (lambda count: "bar", "13 rows"),
        (lambda count: torch.full((count, 2), torch.nan), "finite"),
    ],
)
def test_a_maze_refuses_what_is_no_code(levels, code, says):
    with pytest.raises(ValueError, match=says):
        Maze(levels, coin_as=code)


def test_coin_and_flag_are_told_by_their_own_codes(levels):
    env = Maze(levels, coin_as=faint(0.5), flag_as=bar)
    plain, state = Maze(levels), env.reset(Rng([0]), 20)
    seen, as_before = env.observe(state)[0], plain.observe(state)[0]
    assert torch.allclose(seen[:, env.inputs["coin"]], 0.5 * as_before[:, plain.inputs["coin"]])
    rows = as_before[:, plain.inputs["flag"]].unflatten(1, (2, 13))
    assert torch.allclose(seen[:, env.inputs["flag"]], (rows @ bar(13)).flatten(1))
    assert torch.equal(seen[:, env.inputs["walls"]], as_before[:, plain.inputs["walls"]])


@pytest.mark.parametrize("together", [0.0, 1.0])
def test_exact_chances_are_those_of_many_episodes(together):
    env = Maze(mazes(30, together=together, held_out=True))
    policy = Policy(mlp(env.features, 4, hidden=(16,)), seeds=6)
    reached, batch = Chances(env)(policy), own_episodes(policy, env, 4000)
    paid = batch.returns > 0
    for exact, drawn in ((reached.coin, paid), (reached.flag, batch.ended & ~paid)):
        share = exact.mean(1)
        assert (
            (share - drawn.float().mean(1)).abs() <= 4.5 * (share * (1 - share) / 4000).sqrt() + 1e-6
        ).all()


def test_chances_add_up_to_one_with_enough_time_and_see_a_corridor_too():
    env = Maze(mazes(8, together=0.0, size=4), horizon=4000)
    reached = Chances(env)(Policy(mlp(env.features, 4, hidden=(8,)), seeds=2))
    assert torch.allclose(reached.coin + reached.flag, torch.ones(()), atol=1e-3)


def test_what_is_measured_adds_up_and_its_halves_make_the_whole():
    found = arms.chances()(arms.beginner(arms.world(0.9), 2))
    assert torch.allclose(found["coin first"] + found["flag first"] + found["neither"], torch.ones(2))
    halves = [found[f"{arms.SKILL}, half {half}"] for half in (1, 2)]
    assert torch.allclose(sum(halves) / 2, found[arms.SKILL], atol=1e-6)
    assert ((found[arms.INDEX] > 0.4) & (found[arms.INDEX] < 0.6)).all()  # nobody has a side before training


def test_a_way_is_made_of_single_moves():
    env = arms.world(0.0, held_out=True)
    cells = readings.way(arms.beginner(env, 1), env, 250)
    assert cells[0] == env.levels.start[250] and len(cells) <= env.horizon + 1
    for here, there in pairwise(cells):
        assert abs(here // 7 - there // 7) + abs(here % 7 - there % 7) <= 1


# What arms are.


def test_every_arm_is_one_change_away_from_another():
    table = arms.arms(arms.world(0.9))
    assert tuple(table) == arms.ARMS
    assert isinstance(table["RL"]["data"], Rollouts) and isinstance(table["null arm"]["data"], Rollouts)
    assert table["RL"]["loss"] is table["null arm"]["loss"] and table["RL"]["lr"] == table["null arm"]["lr"]
    assert table["RL"]["data"].advantage is not table["null arm"]["data"].advantage


def test_the_null_arm_learns_by_the_advantages_of_other_episodes():
    env = arms.world(0.9)
    batch = arms.arms(env)["RL"]["data"](arms.beginner(env, 2), Rng([0, 1]))
    assert torch.equal(arms.of_another(batch)[:, 1:], arms.discounted(batch)[:, :-1])


def test_what_is_turned_is_turned():
    env = arms.world(0.9)
    plain, slow = arms.turned(env, "PPO"), arms.turned(env, "PPO", pace=0.5, ppo_pace=0.5, updates=1)
    assert slow["lr"] == pytest.approx(plain["lr"] / 4) and (plain["updates"], slow["updates"]) == (4, 1)
    assert plain["loss"] is ppo_loss and arms.turned(env, "PPO", bonus=0.1)["loss"] is not ppo_loss
    assert (
        arms.turned(env, "SFT, coin teacher", ppo_pace=0.5)["lr"]
        == arms.turned(env, "SFT, coin teacher")["lr"]
    )


def test_learning_rates_are_those_that_got_there_first():
    """Chosen by success alone, on seeds that nothing is judged on; PPO has two that cannot be told apart."""
    found = stored("rates_03").groupby(["arm", "lr"])["batches to the level"].agg(["mean", "sem"])
    table = arms.arms(arms.world(0.9))
    for arm, rows in found.groupby("arm"):
        assert rows["mean"].idxmin()[1] == table[arm]["lr"]
    ppo = found.loc["PPO"]
    near = ppo[ppo["mean"] <= ppo["mean"].min() + ppo["sem"][ppo["mean"].idxmin()]]
    assert sorted(near.index) == [0.003, 0.01]


# The builds.


def test_ppo_by_hand_is_what_train_does():
    """From the same batch, four updates in plain torch leave the weights where `train` leaves them."""
    env = arms.world(0.9)
    start = arms.beginner(env, [5])
    batch = Rollouts(env, advantage=arms.discounted)(start, Rng([5]))
    net = single.net_of(start, 5)
    weights = lambda policy: torch.cat([p.detach().flatten() for p in policy.parameters()])
    by_hand = single.advantages(batch.reward[0])
    assert torch.allclose(by_hand, batch.advantage[0], atol=1e-6)
    single.ppo_step(
        net, torch.optim.Adam(net.parameters(), lr=1e-2), batch.obs[0], batch.action[0], batch.logp[0],
        batch.mask[0], by_hand,
    )  # fmt: skip
    arm = arms.arms(env)["PPO"] | {"data": lambda policy, rng: batch}
    theirs = train(start, steps=1, **arm).policy
    assert torch.allclose(weights(net), weights(theirs), atol=1e-5)
    assert not torch.allclose(weights(net), weights(start), atol=1e-3)


def test_a_network_of_one_seed_gives_the_logits_of_the_stack():
    start = arms.beginner(arms.world(0.9), [3, 4])
    obs = torch.rand(2, 5, 77)
    nets = [single.net_of(start, seed) for seed in (3, 4)]
    assert torch.allclose(
        torch.stack([net(x) for net, x in zip(nets, obs, strict=True)]), start.logits(obs), atol=1e-6
    )
    assert torch.equal(single.policy_of(nets, start).stacked[0], start.stacked[0])


# What rules read.


def runs_of(success, index, method="PPO", seed=0):
    count = len(success)
    rows = {"method": method, "seed": seed, "step": range(count), arms.SKILL: success, arms.INDEX: index}
    return pd.DataFrame(rows)


def test_the_index_at_equal_success_is_read_off_between_measurements():
    frame = runs_of([0.2, 0.7, 0.8], [0.5, 0.6, 0.8])
    assert goals.at_skill(frame, 0.75).loc[0, "PPO"] == pytest.approx(0.7)
    assert np.isnan(goals.at_skill(frame, 0.9).loc[0, "PPO"])


def test_success_is_not_read_off_across_a_runs_first_interval():
    assert np.isnan(goals.at_skill(runs_of([0.2, 0.8, 0.9], [0.5, 0.6, 0.8]), 0.75).loc[0, "PPO"])


def test_the_climb_is_the_mean_over_its_levels_and_needs_them_all():
    frame = runs_of([0.2, 0.4, 0.6, 0.8], [0.5, 0.5, 0.6, 0.8])
    assert goals.on_the_climb(frame, [0.6, 0.7]).loc[0, "PPO"] == pytest.approx((0.6 + 0.7) / 2)
    assert np.isnan(goals.on_the_climb(frame, [0.6, 0.9]).loc[0, "PPO"])


def test_the_spread_of_c9_is_the_log_ratio_of_two_standard_deviations():
    rng = np.random.default_rng(0)
    parts = []
    for seed in range(400):
        for method, width in ((goals.BY_DATA, 0.02), (goals.BY_REWARD, 0.03)):
            level = 0.6 + width * rng.standard_normal()
            parts.append(runs_of([0.1, 0.4, 0.7], [level] * 3, method, seed))
    values = goals.spread_gap(pd.concat(parts), [0.5])
    assert values.mean() == pytest.approx(np.log(1.5), abs=4 * values.sem())
    assert values.sem() < 0.08


def test_every_other_measurement_keeps_the_first_and_the_last():
    frame = pd.concat([runs_of([0.1, 0.2, 0.3, 0.4], [0.5] * 4, seed=seed) for seed in (0, 1)])
    assert list(goals.every_other(frame).step) == [0, 2, 3, 0, 2, 3]


def test_a_share_that_no_arm_reaches_is_not_a_number():
    ends = pd.DataFrame({"method": "RL", "together": [0.5, 1.0], "goal index": [0.6, 0.5]})
    assert np.isnan(readings.share_needed(ends, "RL"))
    assert readings.share_needed(ends, "RL", 0.55) == pytest.approx(0.25)


def test_a_colleagues_line_across_the_first_interval_invents_an_index():
    """A run that goes right and then up has an index of 0.5 at the level; the line through its ends says more."""
    path = runs_of([0.1, 0.4, 0.7, 0.8, 0.8], [0.5, 0.5, 0.5, 0.7, 0.9], goals.BY_DATA)
    other = runs_of([0.1, 0.4, 0.7, 0.8, 0.8], [0.5] * 5, goals.BY_REWARD)
    frame = pd.concat([path, other]).assign(**{"coin first": 0.0})
    assert readings.colleague(frame, 1.0, every=4, level=0.7).iloc[0] > 0.3
    assert readings.read_with(readings.crossing, frame, 0.7).iloc[0] == pytest.approx(0, abs=1e-9)


# The tie.


def test_told_alike_and_always_together_the_gradients_are_one():
    assert (goals.tie([0, 1])["apart"] < 1e-5).all()


@pytest.mark.parametrize("told", ["light and bar", "bar and light", "coin faint", "coin blurred"])
def test_told_differently_the_gradients_part(told):
    assert (goals.tie([0, 1], told)["apart"] > 0.3).all()


def test_with_mazes_apart_the_gradients_part():
    assert (goals.tie([0, 1], together=0.5)["apart"] > 0.1).all()


def test_a_verdict_that_could_not_come_out_otherwise_is_not_valid():
    long, _ = readings.long_runs()
    alike, split = goals.of(long, 1.0), readings.split(long)
    gates = goals.spread_gates(
        alike[alike.method.isin([goals.BY_DATA, goals.BY_REWARD])], split, goals.tie([0, 1])
    )
    verdict = rule("03.C9").judge(goals.spread_gap(alike), gates=gates)
    assert verdict.word == "NOT VALID" and "no seed can take a side" in str(verdict)


def test_runs_that_begin_past_every_level_are_not_judged_and_the_reason_is_said():
    """As after an SFT start that has the skill already: no seed crosses a level, in any arm."""
    long, _ = readings.long_runs()
    main = goals.of(long, goals.SOME)
    late = main.assign(**{name: main[name] + 2 for name in (arms.SKILL, *HALF_SKILLS)})
    found = values_of({"03.C8": goals.goal_gap}, late, {"03.C8": goals.goal_gates(late)})
    assert not found.valid.any() and "attrition: seeds that got there" in found.why.iloc[0]


def test_paid_for_the_flag_ppo_comes_to_prefer_it():
    """What is built to show the effect of C8: coin and flag are exchanged, and all else is as it was."""
    how = {"arm": "PPO", "together": 0.0, "steps": 16, "measured": [0, 16]}
    index = {
        pays: goals.one_run(range(4), pays=pays, **how).query("step == 16")[arms.INDEX].mean()
        for pays in ("coin", "flag")
    }
    assert index["coin"] > 0.55 and index["flag"] < 0.45
    assert index["coin"] + index["flag"] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    "data, reward, held",
    [(0.50, 0.66, True), (0.66, 0.50, True), (0.58, 0.58, True), (0.51, 0.54, False), (0.54, 0.51, False)],
)
def test_the_control_of_c8_asks_for_a_side_of_both_arms_together_and_not_for_who_is_ahead(data, reward, held):
    long, _ = readings.long_runs()
    main = goals.of(long, goals.SOME)
    means = {goals.BY_DATA: data, goals.AGAIN: data, "PPO": reward, goals.FLAG_PAID: 1 - reward}
    flat = main[main.method.isin([*means, goals.IDLE])]
    flat = flat.assign(**{arms.INDEX: flat.method.map(means).fillna(0.5) + 1e-4 * (flat.seed % 7)})
    gates = {gate.name: gate for gate in goals.goal_gates(flat)}
    assert gates["both ways"].passed is held, gates["both ways"]


def test_the_weights_for_coin_and_flag_move_as_one_unless_they_are_told_differently():
    start = arms.beginner(arms.world(1.0), [0, 1])
    moved = {
        told: readings.apart(start, 1.0, told, [0, 6]).query("step == 6")
        for told in ("alike", "light and bar")
    }
    length = {told: rows.groupby("metric").value.mean() for told, rows in moved.items()}
    difference, weights = "difference, coin less flag", "coin's weights"
    assert length["alike"][difference] < 1e-4 * length["alike"][weights]
    assert length["light and bar"][difference] > 0.1 * length["light and bar"][weights]


# The stored runs.


def test_every_run_of_the_table_has_all_its_seeds():
    runs = stored("goals").groupby(["method", "together", "told"]).seed.nunique()
    assert (runs == 32).all() and len(runs) == 24


def test_no_arm_that_is_compared_crosses_a_level_inside_its_first_interval():
    """Nor inside a long one: what is read between two measurements lies at most ten steps apart."""
    long = stored("goals")
    for _, run in long[long.method.isin([goals.BY_DATA, "PPO"])].groupby(
        ["method", "together", "told", "seed"]
    ):
        for level in goals.CLIMB:
            above = run.step[run[arms.SKILL] >= level]
            if len(above):
                before = run.step[run.step < above.min()]
                assert len(before) >= 2 and above.min() - before.max() <= 10


def test_told_alike_and_always_together_no_arm_has_a_side():
    """The null of both rules: by symmetry every index is a half there."""
    index = goals.on_the_climb(goals.of(stored("goals"), 1.0))
    assert (index.mean() - 0.5).abs().max() < 0.01


def test_pictures_say_in_words_what_they_show():
    walls = np.zeros((7, 7), bool)
    ax = plot_ways(walls, {"SFT": (3, 5, [0, 1, 2, 3]), "RL": (3, 3, [0, 1])})
    assert "SFT: in 3 moves it reaches the coin" in " ".join(ax.figure.alt_text)
    assert "RL: in 1 moves it reaches neither" in " ".join(ax.figure.alt_text)
    frame = pd.concat(
        [runs_of([0.1, 0.5], [0.5, 0.9], method, seed) for method in ("SFT", "PPO") for seed in range(4)]
    )
    assert "SFT from (0.10, 0.50) to (0.50, 0.90)" in " ".join(plot_plane(frame).figure.alt_text)
    ends = pd.concat([frame.assign(together=share) for share in (0.9, 1.0)])
    assert "percent" in " ".join(plot_hint(ends[ends.step == 1]).figure.alt_text)
    dots = frame[frame.step == 1].assign(told="alike")
    assert "alike, SFT: mean 0.90" in " ".join(plot_told(dots).figure.alt_text)


@pytest.mark.parametrize("steps", [1, 8, 15, 60])
def test_the_plane_is_offered_after_no_more_batches_than_were_trained(steps):
    path = next((ROOT / "notebooks").glob("03_*.ipynb"))
    cells = ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]
    offered = {}
    source = next(cell for cell in cells if "plane_after" in cell)
    exec(source, {"explore": lambda draw, **knobs: offered.update(knobs), "LIVE_STEPS": steps})
    assert offered["batches"] == sorted({*offered["batches"]}) and offered["batches"][-1] == steps
    assert offered["start"] == {"batches": steps}
