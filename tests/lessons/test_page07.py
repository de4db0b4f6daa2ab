"""What lesson 07 shows beside its verdicts: builds against the course's own, families on a grid, holes, figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit.legible import complaints, unclear
from helpers.lessons.lesson07 import builds, figures, pressure, readings, taste
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
    holed = readings.with_hole(on, lambda words: words.count("filler") == 6, pays=3.0)
    more = holed.pays - on.pays
    assert more.max() == 3.0 and int((more > 0).sum()) == 2  # one answer in each world
    with pytest.raises(ValueError, match="true or false"):
        readings.with_hole(on, lambda words: words.count("filler"))


def test_gold_that_ends_below_its_peak_has_fallen():
    path = lambda seed, gold: pd.DataFrame(
        {"method": "best of n", "seed": seed, "KL": [0.0, 1.0, 2.0], "gold": gold}
    )
    frame = pd.concat([path(0, [0.0, 1.0, 0.5]), path(1, [0.0, 1.0, 2.0]), path(2, [0.0, 1.0, np.nan])])
    assert readings.falls(frame) == 1


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
    yield figures.plot_fading(
        {0: 0.1, 1: 0.3, 2: 0.4}, pd.Series([-0.5, 0.1, 0.4]), label="gold, SFT less RL"
    )


def test_every_figure_can_be_read_and_says_what_it_shows(on):
    for ax in drawn(on):
        assert complaints(ax.figure) == [], ax.get_ylabel()
        assert unclear(ax.figure, " ".join(ax.figure.alt_text)) == []
        plt.close(ax.figure)
