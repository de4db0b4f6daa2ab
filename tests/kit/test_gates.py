"""Gates: each passes where it should, fails where it should, and says the numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from frames_of import arms, run

from helpers.kit import frames, gates

RNG = np.random.default_rng(0)
SCATTERED = RNG.normal(0, 0.1, 20)
SERIES = pd.Series(SCATTERED, index=range(20))
NEARLY = SERIES + 1e-6 * np.arange(20)  # the same, measured once more


def without(frame, method, step, seeds=range(99)):
    return frame[~((frame.method == method) & (frame.step == step) & frame.seed.isin(seeds))]


def hints(end=2, *, seeds=6):
    """Two hints in one frame; at the second RL ends at step `end`, and all have as many seeds."""
    second = arms(seeds=seeds).assign(hint=0.2)
    second = second[(second.method == "SFT") | (second.step <= end)]
    return pd.concat([arms().assign(hint=0.1), second], ignore_index=True)


def late(seeds=range(99)):
    """RL is first measured at step 1."""
    return without(arms(), "RL", 0, seeds)


def early(level):
    """Which runs reach a score inside their first interval; after it, at step 1, all have 0.5."""
    return frames.early(arms(), level, reward="reward")


@pytest.mark.parametrize(
    "gate, passed, says",
    [
        # complete: runs, or their frame; equal to each other, or to what was planned
        (lambda: gates.complete({"SFT": [run(0), run(1)], "RL": [run(0), run(1)]}), True, "all 4 runs"),
        (lambda: gates.complete({"SFT": run(), "RL": [run(0), run(1)]}), False, "SFT has 1 of 2 seeds"),
        (lambda: gates.complete(arms(lambda f: f[(f.method == "SFT") | (f.seed < 3)])), False, "RL has 3 of 6 seeds"),
        (lambda: gates.complete({"SFT": run(), "RL": run(stopped="interrupted at 3")}), False, "RL interrupted"),
        (lambda: gates.complete({"SFT": run(), "RL": run(steps=2)}), False, "unequal steps: SFT 3, RL 2"),
        (lambda: gates.complete({"SFT": run(), "RL": run()}, 9), False, "SFT made 3 of 9 steps; RL made 3 of 9"),
        (lambda: gates.complete({"SFT": run(), "RL": run(steps=2)}, {"SFT": 3, "RL": 2}), True, "all 2"),
        (lambda: gates.complete(arms()), True, "all 12 runs"),
        (lambda: gates.complete(arms(), 2), True, "planned"),
        (lambda: gates.complete(without(arms(), "RL", 2)), False, "unequal steps: SFT 2, RL 1"),
        (lambda: gates.complete(without(arms(), "RL", 2, [3])), False, "seeds of RL end anywhere from step 1 to 2"),
        (lambda: gates.complete(without(arms(), "RL", 2, [3]), {"SFT": 2, "RL": 2}), False, "seeds of RL"),
        (lambda: gates.complete(hints(), 2), True, "all 24 runs"),
        (lambda: gates.complete(hints(1), 2), False, "^RL, hint 0.2 made 1 of 2 steps$"),
        (lambda: gates.complete(hints(1)), False, "unequal steps: SFT, hint 0.1 2, RL, hint 0.1 2, SFT, hint 0.2 2"),
        (lambda: gates.complete(hints(seeds=4)), False, "SFT, hint 0.2 has 4 of 6 seeds"),
        (lambda: gates.complete(arms().assign(lr=np.nan), 2), True, "all 12 runs"),
        # moved
        (lambda: gates.moved(arms(), "reward", least=0.5), True, r"SFT \+0.80, RL \+0.80"),
        (lambda: gates.moved(arms(), "reward", least=0.85), False, "too little in SFT, RL"),
        (lambda: gates.moved(arms(), "drift", least=0.6), False, "too little in RL"),
        (lambda: gates.moved(arms(), "drift", least=0.6, arms=["SFT"]), True, "SFT"),
        (lambda: gates.moved(arms(lambda f: f.assign(value=-f.value)), "reward", least=-0.5), True, "-0.80"),
        (lambda: gates.moved(arms(seeds=3), "reward", least=0.5), True, "moved"),
        (lambda: gates.moved(arms(lambda f: f[f.step == 0]), "reward", least=0.1), False, "too little"),
        (lambda: gates.moved(arms(seeds=1), "reward", least=0.5), False, "SFT .*: one seed alone in SFT, RL"),
        (lambda: gates.moved(late(), "reward", least=0.5, arms=["SFT"]), True, "SFT"),
        # attrition
        (lambda: gates.attrition({"SFT": [1.0, 2.0], "RL": [1.0, 2.0]}), True, "SFT 2 of 2, RL 2 of 2$"),
        (lambda: gates.attrition({"SFT": [1.0] * 10, "RL": [1.0] * 8 + [np.nan] * 2}), True, "fewer than nine in ten"),
        (lambda: gates.attrition(pd.DataFrame({"SFT": [1.0, 2], "RL": [np.nan, np.nan]})), False, "RL 0 of 2"),
        # null
        (lambda: gates.null(SCATTERED, matters=0.1), True, r"effect is .*within 0\.1 to either side$"),
        (lambda: gates.null(SCATTERED + 0.2, matters=0.1), False, "it is not null$"),
        (lambda: gates.null(SCATTERED - 0.2, matters=0.1), False, "it is not null$"),
        (lambda: gates.null([-0.1, 0.1, -0.1, 0.1], matters=0.1), False, r"cannot be told from one of 0\.1"),
        (lambda: gates.null(SCATTERED + 0.1, matters=0.1), False, "more seeds could$"),
        (lambda: gates.null([0.0, 0.0, 0.0], matters=0.1), False, "has 3 seeds: too few to tell, 4 are needed$"),
        (lambda: gates.null([0.0], matters=0.1), False, "has 1 seeds: too few"),
        (lambda: gates.null([0.0] * 6, matters=0.1), True, "effect is"),
        (lambda: gates.null([0.0] * 6, matters=0.1, scale="difference"), False, "cannot be told"),
        (lambda: gates.null([0.01] * 64, matters=0.1, scale="difference"), True, "effect is"),
        (lambda: gates.null([0.0, 0.0, 0.0, np.nan], matters=0.1), False, "^3 of 4 seeds have a value: too few"),
        (lambda: gates.null([np.nan] * 6, matters=0.1), False, "^0 of 6 seeds"),
        (lambda: gates.null([0.0] * 19 + [np.nan], matters=0.1), True, r"\(19 of 20 seeds\)"),
        # grid
        (lambda: gates.grid(SCATTERED, SCATTERED + 0.02, matters=0.1), True, r"\+0.020"),
        (lambda: gates.grid(SCATTERED, SCATTERED - 0.03, matters=0.1), False, r"-0.030"),
        (lambda: gates.grid(SCATTERED, SCATTERED + 0.3 * np.tile([1, -1], 10), matters=0.1), False, "by"),
        (lambda: gates.grid(SCATTERED, np.r_[SCATTERED[:19], np.nan], matters=0.1), True, "1 seeds cannot be read"),
        (lambda: gates.grid(SCATTERED, np.r_[SCATTERED[:9], [np.nan] * 11], matters=0.1), False, "11 of 20 seeds"),
        (lambda: gates.grid([0.1, 0.2], [np.nan, np.nan], matters=0.1), False, "2 of 2 seeds cannot be read"),
        (lambda: gates.grid(SERIES, NEARLY[::-1], matters=0.1), True, r"\+0.000"),
        (lambda: gates.grid(SERIES, SERIES[::-1], matters=0.1), False, "beside itself"),
        (lambda: gates.grid(SCATTERED, SCATTERED, matters=0.1), False, "beside itself"),
        (lambda: gates.grid(SCATTERED, SCATTERED * (1 + 1e-9), matters=0.1), False, "beside itself"),
        (lambda: gates.grid(SCATTERED, SCATTERED.astype("float32"), matters=0.1), False, "beside itself"),
        (lambda: gates.grid(np.r_[SCATTERED, np.nan], np.r_[SCATTERED + 3e-8, np.nan], matters=1), False, "beside it"),
        (lambda: gates.grid([0.0] * 8, [0.0] * 8, matters=0.1), True, r"\+0.000"),
        (lambda: gates.grid(SERIES, NEARLY, matters=0.1, early=early(0.8)), True, r"\+0.000"),
        (lambda: gates.grid(SERIES, NEARLY, matters=0.1, early=early(0.5)), False, "first interval: 6 of .*, 6 of"),
        # noise
        (lambda: gates.noise(SERIES, NEARLY[::-1], matters=0.1), True, "0.000"),
        (lambda: gates.noise(SERIES, SERIES[::-1], matters=0.1), False, "beside itself"),
        (lambda: gates.noise(SCATTERED, SCATTERED, matters=0.1), False, "beside itself"),
        (lambda: gates.noise(SERIES, SERIES[::-1] + 1e-9, matters=0.1), False, "beside itself"),
        (lambda: gates.noise([0.3] * 8, [0.3 + 3e-8] * 8, matters=0.1), True, "0.000"),
        (lambda: gates.noise([0.0] * 8, [0.0] * 8, matters=0.1), True, "0.000"),
        (lambda: gates.noise(SCATTERED, -SCATTERED, matters=0.1), False, "half of what matters is 0.05"),
        (lambda: gates.noise([0.1, np.nan], [0.1, 0.2], matters=0.1), False, "^1 of 2 seeds have a value: too few"),
        (lambda: gates.noise([np.nan] * 6, [np.nan] * 6, matters=0.1), False, "^0 of 6 seeds"),
        (lambda: gates.noise(np.r_[SCATTERED, 1], np.r_[-SCATTERED, np.nan], matters=9), True, "20 of 21 seeds have"),
        # both ways
        (lambda: gates.both_ways(1 + SCATTERED, SCATTERED, matters=0.5), True, "built to show"),
        (lambda: gates.both_ways(SCATTERED, SCATTERED, matters=0.5), False, "built to show"),
        (lambda: gates.both_ways(1 + SCATTERED, 1 + SCATTERED, matters=0.5), False, "built not to"),
        (lambda: gates.both_ways(np.r_[[np.nan] * 5, 1 + SCATTERED], SCATTERED, matters=0.5), False, "20 of 25"),
        (lambda: gates.both_ways([np.nan] * 5, [np.nan] * 5, matters=0.5), False, "0 of 5"),
    ],
)  # fmt: skip
def test_a_gate_holds_where_it_should_and_says_the_numbers(gate, passed, says):
    found = gate()
    assert found.passed is passed, found
    assert pd.Series([found.says]).str.contains(says).all(), found.says
    assert str(found).startswith("✔" if passed else "✘")


@pytest.mark.parametrize("passed", [np.nan, "False", "", None, 1, 0, [], pd.Series([True]), np.array([True])])
def test_a_gate_holds_or_does_not_and_nothing_else_counts_as_either(passed):
    made = lambda passed: SimpleNamespace(
        name="moved", passed=passed, says="it has"
    )  # whose types nobody checks
    with pytest.raises(TypeError, match="passed is True or False"):
        gates.Gate.__post_init__(made(passed))
    gates.Gate.__post_init__(of_numpy := made(np.bool_(False)))
    assert of_numpy.passed is False


@pytest.mark.parametrize(
    "look",
    [
        lambda frame: gates.complete(frame),
        lambda frame: gates.moved(frame, "reward", least=0.1),
        lambda frame: frames.final(frame, "reward"),
        lambda frame: frames.early(frame, 0.5, reward="reward"),
        lambda frame: frames.cheapest(frame, 0.5, "drift", reward="reward"),
    ],
)
def test_the_history_of_one_run_is_refused_with_what_names_its_arm(look):
    with pytest.raises(ValueError, match=r"no column 'method'.*compare\(\{'RL': run\}\)` makes one"):
        look(run().history)
    with pytest.raises((TypeError, ValueError), match=r"got|no run"):
        look([1, 2])


@pytest.mark.parametrize("level", [np.nan, np.inf, "high", None])
def test_a_level_is_a_number(level):
    for look in (
        lambda: frames.at_reward(arms(), level, "drift", reward="reward"),
        lambda: frames.early(arms(), level, reward="reward"),
        lambda: frames.crossing(np.arange(4.0), np.arange(4.0), level),
    ):
        with pytest.raises((TypeError, ValueError), match="level is a number"):
            look()


def test_the_scatter_of_a_measurement_is_that_of_one_stream():
    first, second = RNG.normal(0, 0.3, (2, 5000))
    said = gates.noise(first, second, matters=1.0).says
    assert float(said.split("scatters by ")[1].split()[0]) == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    "gate, says",
    [
        (lambda: gates.complete({}), "got none"),
        (lambda: gates.attrition({}), "got none"),
        (lambda: gates.moved(arms(), "reward", least=0.0), "0 is no control"),
        (lambda: gates.moved(arms(), "reward", least=np.nan), "least is a number"),
        (
            lambda: gates.moved(arms(), "reward", least=0.1, arms=["PPO"]),
            r"no arm 'PPO'; there are \['SFT', 'RL'\]",
        ),
        (lambda: gates.complete(arms(), {"Z": 20}), r"steps are for \['SFT', 'RL'\]: got them for \['Z'\]"),
        (lambda: gates.complete({"SFT": run(), "RL": run()}, {"SFT": 3}), "got them for"),
        (lambda: gates.complete(arms(), {"SFT": 2, "RL": 2, "Z": 2}), "got them for"),
        (lambda: gates.complete(arms(), 0), "steps of SFT is a whole number"),
        (lambda: gates.moved(arms(), "reward", least=0.1, arms=[]), "one arm at least"),
        (lambda: gates.moved(late(), "reward", least=0.1), r"same step \(SFT 0 to 0, RL 1 to 1\)"),
        (lambda: gates.moved(late([3]), "reward", least=0.1), r"same step \(SFT 0 to 0, RL 0 to 1\)"),
        (
            lambda: gates.moved(
                arms(lambda f: f.assign(value=f.value.mask((f.seed == 3) & (f.step == 0), np.inf))),
                "drift",
                least=0.1,
            ),
            r"SFT has no first or last value of drift for the seeds \[3\]",
        ),
        (
            lambda: gates.moved(arms(lambda f: f[(f.method == "SFT") | (f.seed < 4)]), "reward", least=0.1),
            r"RL has no reward for the seeds \[4, 5\]",
        ),
        (lambda: gates.attrition({"SFT": [1.0, 2.0]}, least=90), "for 90 % write 0.9"),
        (lambda: gates.attrition({"SFT": [1.0, 2.0]}, least=np.nan), "least is a number"),
        (lambda: gates.null([0.0] * 4, matters=0.0), "above 0"),
        (
            lambda: gates.grid(SERIES, SERIES.set_axis(range(1, 21)), matters=0.1),
            "seed 0 only in fine, seed 20 only",
        ),
        (lambda: gates.noise(SERIES, SERIES.set_axis(range(1, 21)), matters=0.1), "seed 0 only in first"),
        (lambda: gates.noise(SERIES, SERIES[:19], matters=0.1), "20 and 19, seed 19 only in first"),
        (lambda: gates.grid([0.1, 0.2], [0.1], matters=0.1), "2 and 1"),
        (lambda: gates.noise([0.1, 0.2], [0.1], matters=0.1), "2 and 1"),
        (lambda: gates.grid([0.1], [0.1], matters=0.0), "above 0"),
        (lambda: gates.both_ways(1 + SCATTERED, -1 - SCATTERED, matters=0.5), "sign turned"),
        (lambda: gates.both_ways(1 + SCATTERED, -1 - SCATTERED + 1e-8, matters=0.5), "sign turned"),
    ],
)
def test_a_gate_refuses_what_it_cannot_look_at(gate, says):
    with pytest.raises(ValueError, match=says):
        gate()


def test_where_nothing_moved_the_control_does_not_show_it_and_that_is_no_error():
    gate = gates.both_ways(np.zeros(5), np.zeros(5), matters=0.1)
    assert not gate.passed
    few = gates.both_ways([1e-9, -1e-9], [-1e-9, 1e-9], matters=0.1)
    assert not few.passed and "too few to tell" in few.says
