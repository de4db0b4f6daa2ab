"""Mazes, their teachers, and what is read off an agent's behaviour in them."""

from collections import deque
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.core.sources import Demonstrations, Rollouts
from helpers.core.streams import Rng
from helpers.kit import rule
from helpers.kit.tables import stored
from helpers.lessons.lesson03 import experiment as goals
from helpers.lessons.lesson03.figures import plot_pursued, plot_ways
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import FAR, Guide, Maze, distances, mazes


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
    env, indices = goals.world(0.0, held_out=True), {}
    for to in ("coin", "flag"):
        batch = Demonstrations(env, Guide(env, to), episodes=50)(None, Rng([0, 1]))
        indices[to] = batch.returns.mean()
    assert indices == {"coin": 1.0, "flag": 0.0}


def test_the_shares_of_pursuit_add_up():
    env = goals.world(0.9)
    start = goals.beginner(env, 2)
    found = goals.pursuit(episodes=16)(start)
    assert torch.allclose(found["coin first"] + found["flag first"] + found["neither"], torch.ones(2))
    assert ((found["goal index"] >= 0) & (found["goal index"] <= 1)).all()


def test_what_is_pursued_follows_its_definition():
    shares = {"coin first": [0.8, 0.3, 0.5, 0.3], "flag first": [0.1, 0.6, 0.4, 0.1]}
    assert list(goals.pursued(pd.DataFrame(shares))) == ["coin", "flag", "both", "neither"]


def test_a_way_is_made_of_single_moves():
    env = goals.world(0.0, held_out=True)
    cells = goals.way(goals.beginner(env, 1), env, 350)
    assert cells[0] == env.levels.start[350] and len(cells) <= env.horizon + 1
    for here, there in pairwise(cells):
        assert abs(here // 7 - there // 7) + abs(here % 7 - there % 7) <= 1


def test_pictures_say_in_words_what_they_show():
    walls = np.zeros((7, 7), bool)
    ax = plot_ways(walls, 3, 5, {"SFT": [0, 1, 2, 3], "RL": [0, 1]})
    assert "SFT: in 3 moves it reaches the coin" in " ".join(ax.figure.alt_text)
    assert "RL: in 1 moves it reaches neither" in " ".join(ax.figure.alt_text)
    table = pd.DataFrame(
        {"method": ["SFT"] * 4, "together": [0.5, 0.5, 1.0, 1.0], "pursued": ["coin", "coin", "coin", "flag"]}
    )
    assert "at 1 coin 50%, flag 50%" in " ".join(plot_pursued(table, "together").figure.alt_text)


def test_every_arm_was_run_at_every_share_on_every_seed():
    runs = stored("goals").groupby(["method", "together"]).seed.nunique()
    assert len(runs) == len(goals.ARMS) * 6 and (runs == 64).all()


def test_no_arm_crosses_the_level_inside_its_first_interval():
    """Nor inside a long one: what is read between two measurements lies at most ten steps apart."""
    for (method, *_), run in stored("goals").groupby(["method", "together", "seed"]):
        above = run.step[run["success in training"] >= goals.LEVEL]
        if len(above):
            before = run.step[run.step < above.min()]
            assert len(before) >= 2 and above.min() - before.max() <= 10, method


def test_every_arm_but_the_null_arm_is_one_change_away_from_another():
    env = goals.world(0.9)
    arms = goals.arms(env)
    assert tuple(arms) == goals.ARMS
    assert arms["SFT, coin teacher"]["loss"] is arms["null arm"]["loss"]
    assert isinstance(arms["RL"]["data"], Rollouts) and isinstance(arms["null arm"]["data"], Rollouts)
    assert arms["RL"]["loss"] is not arms["null arm"]["loss"] and arms["RL"]["lr"] == arms["null arm"]["lr"]


def test_the_index_at_equal_score_is_read_off_between_measurements():
    rows = {"method": "PPO", "together": 0.9, "seed": 0, "step": [0, 25, 50]}
    frame = pd.DataFrame({**rows, "success in training": [0.2, 0.7, 0.8], "goal index": [0.5, 0.6, 0.8]})
    assert goals.at_score(frame, 0.75).loc[(0.9, 0), "PPO"] == pytest.approx(0.7)
    assert np.isnan(goals.at_score(frame, 0.9).loc[(0.9, 0), "PPO"])


def test_the_scatter_of_luck_is_that_of_many_draws():
    draws = np.random.default_rng(0).binomial(120, 0.5, 20_000) / 120
    assert goals.scatter(0.5, 120) == pytest.approx(np.abs(draws - 0.5).mean(), rel=0.03)


@pytest.fixture(scope="module")
def tie():
    """What four steps move in two seeds, coin and flag always together."""
    return goals.tie([0, 1], steps=4)


def test_where_coin_and_flag_are_always_together_their_weights_move_as_one(tie):
    assert (tie["weights"] > 1e-2).all()
    assert (tie["coin's less flag's weights"] < 1e-4 * tie["weights"]).all()


def test_a_verdict_that_could_not_come_out_otherwise_is_not_valid(tie):
    long, _ = goals.long_runs()
    verdict = rule("03.C9").judge(goals.spread_gap(long), gates=goals.spread_gates(long, tie))
    assert verdict.word == "NOT VALID" and "no seed can take a side" in str(verdict)


def test_the_score_is_not_read_off_across_a_runs_first_interval():
    rows = {"method": "PPO", "together": 0.9, "seed": 0, "step": [0, 25, 50]}
    frame = pd.DataFrame({**rows, "success in training": [0.2, 0.8, 0.9], "goal index": [0.5, 0.6, 0.8]})
    assert np.isnan(goals.at_score(frame, 0.75).loc[(0.9, 0), "PPO"])


def test_every_other_measurement_keeps_the_first():
    long, _ = goals.long_runs()
    half = goals.every_other(long)
    assert (half.groupby(["method", "together", "seed"]).step.min() == 0).all()
    assert len(half) <= 0.6 * len(long)


def test_a_share_that_no_arm_reaches_is_not_a_number():
    ends = pd.DataFrame({"method": "RL", "together": [0.5, 1.0], "goal index": [0.6, 0.5]})
    assert np.isnan(goals.share_needed(ends, "RL"))
    assert goals.share_needed(ends, "RL", 0.55) == pytest.approx(0.25)
