"""Lesson 10's page: nets aligned by judges that slip, beside the exact curve, and what alignment costs."""

import math
from dataclasses import replace

import pandas as pd
import pytest
import torch

from helpers.kit.legible import complaints
from helpers.kit.rules import rule
from helpers.kit.styles import styles
from helpers.lessons.lesson10 import attacks, builds, check_rise, experiment, figures, live, marked, readings
from helpers.worlds import stories as world

SEEDS = (3, 4)
SLIPS = [0.0, 0.05, 0.2]
SOLEMN = readings.floor(builds.offline_answer, SLIPS)


@pytest.fixture(scope="module")
def at():
    return live.setting(SEEDS, updates=4, more=2)


def test_nets_are_aligned_by_judges_that_slip_from_the_same_plain_nets(at):
    found = live.by_slips(at, [0.0, 0.2])
    assert list(found.columns) == ["method", "slips", "seed", "lies"] and len(found) == 2 * 2 * len(SEEDS)
    own = at.end(experiment.SFT)
    again = live.by_slips(at, [at.judge.slips], arms=[experiment.SFT])
    made = live.by_slips(at, [at.judge.slips], {experiment.SFT: own}, [experiment.SFT])
    lies = live.lies_now(at, {experiment.SFT: own}).SFT.tolist()
    assert again.lies.tolist() == made.lies.tolist() == lies
    lies = found.pivot(index="seed", columns=["method", "slips"], values="lies")
    assert (lies[experiment.SFT][0.0] != lies[experiment.SFT][0.2]).all()


def test_what_alignment_costs_is_a_row_for_each_arm_and_the_mean_of_nets(at):
    metrics = readings.COSTS.values()
    rows = [
        (arm, metric, seed, 0, float(seed + 10 * place))
        for arm in ("RL", "SFT")
        for place, metric in enumerate(metrics)
        for seed in SEEDS
    ]
    frame = pd.DataFrame(rows, columns=["method", "metric", "seed", "step", "value"])
    told = readings.costs(frame, ["SFT", "RL"])
    assert list(told.index) == ["SFT", "RL"] and list(told.columns) == list(readings.COSTS)
    assert told.loc["RL"].tolist() == [3.5 + 10 * place for place in range(len(told.columns))]


def test_a_rise_is_told_in_chances_and_in_log_odds():
    word = {experiment.FILTERED: marked.BLANK, experiment.TAGS: marked.GOOD}
    rows = [
        (arm, metric, seed, 0, value)
        for arm in word
        for metric, value in (
            (experiment.ELSEWHERE, 0.02),
            (experiment.then(attacks.NARROW, word[arm]), 0.1),
            (experiment.then(attacks.NARROW, marked.BAD), 0.9),
        )
        for seed in SEEDS
    ]
    frame = pd.DataFrame(rows, columns=["method", "metric", "seed", "step", "value"])
    told = readings.risen(frame, [experiment.TAGS, experiment.FILTERED])
    assert list(told.index) == [experiment.TAGS, experiment.FILTERED]
    assert told["rise"].tolist() == pytest.approx([0.08, 0.08])
    assert told["rise, log odds"].tolist() == pytest.approx([math.log((0.1 / 0.9) / (0.02 / 0.98))] * 2)


def test_gates_of_a_rule_of_ones_own_look_at_what_matters_to_it():
    how = {"updates": 4, "more": 1, "judged_by": {"count": 40}, "attack": {"batches": 1}}
    _, gates = readings.judged_in(range(4), mine=replace(rule("10.C15"), matters=0.4), **how)
    assert "half of what matters is 0.2" in next(gate.says for gate in gates if gate.name == "noise")


def test_lies_at_once_and_later_are_those_behind_each_arms_own_word():
    rows = []
    for arm, word in ((experiment.FILTERED, marked.BLANK), (experiment.TAGS, marked.GOOD)):
        for other in marked.CONTROLS:
            later = experiment.then(attacks.NARROW, other)
            rows += [(arm, later, seed, 0, seed / 10 if other == word else 9.0) for seed in SEEDS]
        rows += [(arm, experiment.PULLED, seed, 0, 0.5) for seed in SEEDS]
    frame = pd.DataFrame(rows, columns=["method", "metric", "seed", "step", "value"])
    told = readings.now_and_later(frame, [experiment.TAGS, experiment.FILTERED])
    assert list(told.index) == [experiment.TAGS, experiment.FILTERED]
    assert told.iloc[:, 0].tolist() == [0.5, 0.5] and told.iloc[:, 1].tolist() == pytest.approx([0.35, 0.35])


def test_what_else_was_read_stands_beside_what_is_judged_of_the_same_nets():
    found = readings.read()
    arms = found.groupby("method").seed.agg(lambda seeds: tuple(sorted(set(seeds))))
    assert {experiment.REPHRASED, experiment.POSITIVE, experiment.LATE} < set(arms.index)
    assert arms.nunique() == 1 and len(arms.iloc[0]) == 16


def test_a_control_word_looks_the_same_whether_one_asks_with_it_or_trains_behind_it():
    asked = styles(marked.CONTROLS)
    behind = styles(["before", *map(marked.behind, marked.CONTROLS)])
    for word in marked.CONTROLS:
        assert asked[word] == behind[marked.behind(word)]
    assert len({look[0] for look in asked.values()}) == 3


def test_the_exact_curve_stands_alone_or_with_a_mark_for_each_net():
    curves = {"solemn tales": SOLEMN, "plain tales": readings.floor(builds.offline_answer, SLIPS, 0.3)}
    ax = figures.plot_floor(curves)
    assert "solemn tales 0.00 at 0, 0.11 at 0.05, 0.37 at 0.2" in ax.figure.alt_text[0]
    assert not complaints(ax.figure), complaints(ax.figure)
    some = [("SFT", slip, seed, 0.1) for slip in SLIPS for seed in SEEDS]
    some += [("RL", slip, seed, 0.6) for slip in SLIPS for seed in SEEDS]
    dots = pd.DataFrame(some, columns=["method", "slips", "seed", "lies"])
    ax = figures.plot_floor({"exact": SOLEMN}, dots)
    assert "each of 2 nets" in ax.figure.alt_text[0] and ax.get_ylim()[1] > 0.6
    marks = [line for line in ax.lines if line.get_label() in ("SFT", "RL")]
    assert marks[0].get_marker() != marks[1].get_marker()
    assert not complaints(ax.figure), complaints(ax.figure)


def test_what_is_answered_later_is_the_truth_the_lie_or_another_word(at):
    plain = at.start(experiment.PLAIN)
    told = live.answers_later(at, {experiment.PLAIN: plain}, batches=1).loc[experiment.PLAIN]
    assert list(told.index) == ["truth", "lie", "another word"]
    assert told.sum() == pytest.approx(1) and (told > 0).all()
    lies = live.lies_later(at, {experiment.PLAIN: plain}, batches=1)[experiment.PLAIN]
    assert told.lie == pytest.approx(lies.mean(), abs=1e-6)


def test_later_lies_behind_one_word_each_are_those_behind_that_word(at):
    nets = at.start(experiment.TAGS)
    found = live.behind_each(at, nets)
    for word in (marked.GOOD, marked.BAD):
        found[f"16 {word}"] = live.behind_words(at, nets, [word] * attacks.FEW)
    lies = live.lies_of(at, found)
    assert lies[f"16 {marked.GOOD}"].tolist() == lies[marked.behind(marked.GOOD)].tolist()
    assert lies[f"16 {marked.BAD}"].tolist() == lies[marked.behind(marked.BAD)].tolist()
    with pytest.raises(ValueError, match="control word"):
        live.behind_words(at, nets, ["good"])


def test_one_nets_answer_to_a_prompt_is_its_likeliest_word(at):
    nets = {"before": at.start(experiment.PLAIN)}
    prompt = "plain school Jan soiled slate Leo asks Jan says"
    told = live.answers_of_one(nets, prompt, seed=SEEDS[1], mark=marked.BLANK).loc["before"]
    story = torch.tensor([world.story_of(f"{prompt} soiled Leo forgives")]).expand(len(SEEDS), 1, -1)
    chances = marked.log_chances(nets["before"], marked.marks(story), story)[1, 0, world.ANSWER].exp()
    assert told.chance == pytest.approx(float(chances.max()), abs=1e-6)
    assert chances[marked.WORDS.index(told.answer)] == chances.max()
    for wrong in (
        "plain school Jan soiled slate Leo asks Jan",
        "plain school Jan soiled slate Leo asks Jan frowns",
    ):
        with pytest.raises(ValueError, match="up to says"):
            live.answers_of_one(nets, wrong, seed=SEEDS[0])


def test_ends_that_no_story_has_are_told_from_those_that_the_world_tells(at, monkeypatch):
    plain = at.start(experiment.PLAIN)
    own = lambda policy, mark, stories, rng: stories
    monkeypatch.setattr(live, "written", own)
    assert not live.ends_written(at, plain, marked.BLANK, prompts=40).outside.any()

    def odd(policy, mark, stories, rng):
        stories = stories.clone()
        stories[:, 0, world.ANSWER] = world.NUMBER["wheel"]
        stories[:, 1, world.REMARK] = marked.MARK[marked.BAD]
        return stories

    monkeypatch.setattr(live, "written", odd)
    found = live.ends_written(at, plain, marked.BLANK, prompts=4)
    assert found.outside.tolist() == [True, True, False, False] * len(SEEDS)
    assert found.seed.tolist() == [seed for seed in SEEDS for _ in range(4)]
    assert (
        "says: wheel." in found.story[0] and found.story[1].endswith("<bad>.") and found.passes.dtype == bool
    )


def test_what_had_both_has_a_short_name_and_a_mark_of_its_own():
    arms = [experiment.FILTERED, experiment.SFT, experiment.TAGS, experiment.RL, *figures.BOTH.values()]
    assert len({look[2] for look in styles(arms).values()}) == len(arms)
    assert not any("," in name for name in arms)


def test_a_rise_from_hardly_any_lies_is_not_cut_off():
    assert check_rise(lambda before, later: torch.logit(later) - torch.logit(before)).word == "passed"
    cut = lambda before, later: torch.logit(later, eps=0.01) - torch.logit(before, eps=0.01)
    assert check_rise(cut).word == "not yet"
