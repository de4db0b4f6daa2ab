"""What lesson 07 shows beside its verdicts: builds against the course's own, families on a grid, holes, figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit.legible import complaints, unclear
from helpers.lessons.lesson07 import builds, figures, four_ends, holes, pressure, readings, taste
from helpers.worlds.answers import best_of, kl_bound


@pytest.fixture(scope="module")
def on():
    return pressure.stand(range(2))


def test_the_best_of_n_that_is_built_is_the_worlds_own(on):
    for n in (1, 2.5, 64, 1e5):
        ours = torch.cat(
            [best_of(base[None], pays[None], n) for base, pays in zip(on.at.base, on.pays, strict=True)]
        )
        built = torch.stack(
            [builds.best_of(base, pays, n) for base, pays in zip(on.at.base, on.pays, strict=True)]
        )
        assert torch.allclose(ours, built, atol=1e-9)


def test_the_best_of_n_shares_a_tie_as_all_draws_together_would():
    base, score = torch.tensor([0.2, 0.3, 0.5]), torch.tensor([1.0, 0.0, 1.0])
    drawn = torch.zeros(3)
    for first in range(3):
        for second in range(3):
            tied = score[first] == score[second]
            best = first if score[first] > score[second] else second
            for one, part in ((first, 0.5), (second, 0.5)) if tied else ((best, 1.0),):
                drawn[one] += part * base[first] * base[second]
    assert torch.allclose(builds.best_of(base, score, 2), drawn)


def test_the_reward_model_that_is_built_is_newtons(on):
    judged = taste.compare_answers(on.at, 100)
    seen = taste.features(on.at)
    newton = taste.fitted(seen, judged)
    built = builds.reward_model(seen[judged.better[0]], seen[judged.worse[0]])
    assert torch.allclose(newton[0], built, atol=1e-4)


def test_how_far_is_the_bound_and_what_an_even_base_of_many_answers_comes_to():
    n = torch.tensor([1.0, 3.0, 50.0], dtype=torch.float64)
    assert builds.how_far(n).tolist() == pytest.approx([kl_bound(float(one)) for one in n])
    base = torch.full((20_000,), 1 / 20_000, dtype=torch.float64)
    policy = builds.best_of(base, torch.arange(20_000.0), 50)
    far = torch.special.xlogy(policy, policy / base).sum()
    assert float(far) == pytest.approx(kl_bound(50), abs=1e-3)


def test_a_lie_is_worth_the_usual_word_where_enough_are_caught():
    fact, lie, usual = torch.tensor(1.0), torch.tensor(-1.0), torch.tensor(0.4)
    seen = builds.caught_enough(fact, lie, usual)
    assert float(seen * lie + (1 - seen) * fact) == pytest.approx(0.4)


def test_a_path_is_read_at_the_nats_of_the_grid_and_not_beyond_its_end():
    read = readings.on_grid(torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([[0.0, 1.0, 4.0]]))[0]
    at = dict(zip(readings.GRID.tolist(), read.tolist(), strict=True))
    assert at[0.5] == 0.5 and at[1.5] == 2.5 and at[2.0] == 4.0 and np.isnan(at[2.25])


def test_all_families_begin_at_the_base_and_press(on):
    frame = readings.families(on)
    first, second = (
        frame[frame.KL == nats].groupby("method")[["gold", "proxy"]].mean() for nats in (0.0, 2.0)
    )
    assert np.abs(first.to_numpy()).max() < 1e-9 and (second.to_numpy() > 0.5).all()


def test_who_goes_by_the_order_of_answers_does_not_see_the_scale(on):
    apart = readings.rescaled(on)["KL between the two, nats"]
    assert apart[["best of 16", "SFT on the best tenth"]].abs().max() < 1e-9 < 0.05 < apart["leash, as long"]


def test_a_hole_pays_where_its_pattern_is_and_nowhere_else(on):
    holed = holes.with_hole(on, lambda words: words.count("filler") == 6, pays=3.0)
    more = holed.pays - on.pays
    assert more.max() == 3.0 and int((more > 0).sum()) == 2  # one answer in each world
    with pytest.raises(ValueError, match="true or false"):
        holes.with_hole(on, lambda words: words.count("filler"))


def test_without_a_hole_exact_rl_on_a_leash_rests_where_the_leash_ends_wherever_it_began(on):
    strength = torch.full((2,), 2.0).double()
    end = on.told(on.leash(strength))
    for start in (on.at.logits, on.at.answers.best_writer(on.leash(1.5 * strength))):
        rest = on.told(holes.at_rest(on, strength, start))
        assert torch.allclose(rest["gold"], end["gold"], atol=0.05)
        assert torch.allclose(rest["KL"], end["KL"], atol=0.1)
    worth = holes.worth(on, on.leash(strength), strength)
    assert (holes.worth(on, holes.at_rest(on, strength, on.at.logits), strength) <= worth).all()


def test_recorded_answers_weighed_by_nothing_are_those_recorded_and_by_much_the_best_one(on):
    at = lambda strength: torch.full((2,), float(strength)).double()
    assert torch.allclose(holes.weighed(on, at(0)), on.written(on.recorded))
    best = (holes.weighed(on, at(400)) * on.pays).sum(1)
    assert torch.allclose(best, (on.best_recorded() * on.pays).sum(1), atol=0.02)


def test_who_falls_into_a_hole_is_told_with_the_gold_it_costs_the_nats_and_what_the_leash_is_worth(on):
    told = holes.who_falls_in(on, lambda words: words.count("filler") >= 5, steps=60, rest=4)
    assert list(told) == [
        "gold, no hole",
        "gold, with the hole",
        "share in the hole",
        "nats",
        "pay less its price",
    ]
    leash = told.loc["leash"]
    assert leash["gold, no hole"] > leash["gold, with the hole"] and leash["share in the hole"] > 0.2
    assert told.loc[["SFT", "leash", "best of n"], "nats"].tolist() == pytest.approx([2, 2, 2], abs=0.02)
    assert told.loc["SFT, weighed by pay", "share in the hole"] > told.loc["SFT", "share in the hole"]


@pytest.mark.filterwarnings("error")
def test_who_is_never_so_far_away_has_an_empty_place_and_its_row_says_why(on):
    told = holes.who_falls_in(on, lambda words: words.count("filler") >= 5, steps=3, rest=2)
    empty = told[told["gold, no hole"].isna()].index
    assert [name for name in told.index if "not 2 nats away in 3 steps" in name] == list(empty)
    assert any(name.startswith("RL, sampled") for name in empty)


def test_ends_of_good_enough_and_of_the_most_are_read_after_the_most_steps_there_are():
    frame = four_ends.run([901, 902], steps=8)
    assert set(frame.method) == {
        "SFT on all good enough",
        "the best recorded answer",
        "RL",
        "RL, good enough",
    }
    longer = frame[frame.method == "RL"].assign(step=16, gold=-1.0)
    told = four_ends.four(pd.concat([frame, longer]))
    assert told.loc["RL", ["gold", "worst world", "below the base in"]].tolist() == [-1, -1, 2]
    assert told.loc["the best recorded answer", "nats"] > told.loc["SFT on all good enough", "nats"]
    apart = four_ends.less(pd.concat([frame, longer]), "RL", "RL, good enough")
    assert apart.mean == pytest.approx(-1 - told.loc["RL, good enough", "gold"])
    assert (four_ends.after(frame, "RL", 3).step == 3).sum() == 0 and len(
        four_ends.after(frame, "RL", 8)
    ) == 2


def test_what_each_has_beyond_another_is_drawn_world_by_world_and_told():
    gold = pd.DataFrame({"in rounds": [1.0, 1.5, 0.2], "at once": [0.5, 1.0, 0.4]})
    ax = figures.plot_less(gold, "at once", "gold, sd", matters=0.1)
    dots = next(line for line in ax.get_lines() if line.get_linestyle() == "None")
    assert sorted(dots.get_ydata()) == pytest.approx([-0.2, 0.5, 0.5])
    assert "Above zero: in rounds in 2 of 3 worlds." in " ".join(ax.figure.alt_text)
    plt.close(ax.figure)


def test_gold_that_ends_below_its_peak_has_fallen():
    path = lambda seed, gold: pd.DataFrame(
        {"method": "best of n", "seed": seed, "KL": [0.0, 1.0, 2.0], "gold": gold}
    )
    frame = pd.concat([path(0, [0.0, 1.0, 0.5]), path(1, [0.0, 1.0, 2.0]), path(2, [0.0, 1.0, np.nan])])
    assert readings.falls(frame) == 1


def test_the_misses_of_the_published_forms_are_numbers_that_can_be_rounded(on):
    way = {"KL": np.linspace(0, 6, 13), "gold": np.sqrt(np.linspace(0, 6, 13))}
    rows = [
        {"part": "spent", "method": "RL, exact", "step": step, "seed": seed, "metric": metric, "value": value}
        for metric, values in way.items()
        for step, value in enumerate(values)
        for seed in (0, 1)
    ]
    table = readings.published(on, pd.DataFrame(rows))
    assert list(table["RL's form worse"].str[-4:]) == ["of 2"] * 4
    misses = table[["form of best of n", "form of RL"]]
    assert (table.round(3)[misses.columns] == misses.astype(float).round(3)).all(axis=None)
    assert misses.loc["RL, exact, from KL 1 on"].max() < 0.1


def test_four_ways_to_spend_two_nats_are_set_beside_rl():
    ends = ("SFT, two nats", "leash, two nats", "best of n, two nats")
    way = {"KL": [0.0, 4.0], "gold": [0.0, 2.0], "proxy": [0.0, 3.0]}
    rows = [("RL, exact", step, what, row[step]) for what, row in way.items() for step in (0, 1)]
    rows += [(name, 1, what, value) for name in ends for what, value in (("gold", 1.5), ("proxy", 1.7))]
    frame = pd.DataFrame(rows, columns=["method", "step", "metric", "value"]).assign(part="spent", seed=3)
    told = readings.four_ways(frame)
    assert told.loc["RL, exact"].tolist() == pytest.approx([1.5, 1.0, 0.0])
    assert told.loc["leash, two nats"].tolist() == pytest.approx([1.7, 1.5, 0.5])


def drawn(on):
    families = readings.families(on)
    caught = pd.DataFrame(
        [
            {"caught": b, "method": name, "seed": seed, "lies": 0.2 - b / 2, "gold": 1.0}
            for b in (0.0, 0.5, 1.0)
            for name in ("RL, exact", "SFT", "leash")
            for seed in range(2)
        ]
    )
    yield figures.plot_pressed(on, 64)
    yield figures.plot_paths(families, "gold", label="gold, in sd of the base's answers")
    yield figures.plot_how_far(on, builds.how_far)
    yield figures.plot_caught(caught, 0.3)
    gold = pd.DataFrame({"SFT, two nats": [1.0, 1.2], "RL, exact": [0.9, 1.3], "leash, two nats": [1.1, 1.4]})
    yield figures.plot_less(gold, "RL, exact", "gold, sd, less exact RL's", matters=0.1)
    yield figures.plot_fading(
        {0: 0.1, 1: 0.3, 2: 0.4}, pd.Series([-0.5, 0.1, 0.4]), label="gold, SFT less RL"
    )


def test_an_effect_of_other_worlds_is_not_set_against_how_fast_worth_fades_in_these():
    with pytest.raises(ValueError, match="one call"):
        figures.plot_fading({0: 0.1, 1: 0.3}, pd.Series([-0.5, 0.1], index=[1000, 1001]), label="gold")


def test_every_figure_can_be_read_and_says_what_it_shows(on):
    for ax in drawn(on):
        assert complaints(ax.figure) == [], ax.get_ylabel()
        assert unclear(ax.figure, " ".join(ax.figure.alt_text)) == []
        plt.close(ax.figure)
