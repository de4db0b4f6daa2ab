"""Figures: what they say in words, and how arms differ."""

import numpy as np
import pandas as pd
import pytest
from frames_of import curve

from helpers.kit.frames import final
from helpers.kit.plots import plot_curves, plot_frontier, plot_seeds, style


@pytest.fixture
def frame():
    return pd.concat(
        [
            curve("GRPO", 0, [0.0, 0.4, 0.8], [0.0, 0.1, 0.3]),
            curve("GRPO", 1, [0.0, 0.5, 0.9], [0.0, 0.2, 0.4]),
            curve("SFT", 0, [0.0, 0.2, 0.3], [0.0, 0.5, 0.9]),
            curve("SFT", 1, [0.0, 0.6, 0.7], [0.0, 0.6, 0.8]),
        ],
        ignore_index=True,
    )


def test_every_figure_says_in_words_what_it_shows(frame):
    one = frame[frame.lr == 0.1]
    for ax in (
        plot_curves(one, "drift"),
        plot_frontier(frame, "drift", reward="reward"),
        plot_seeds(final(one, "drift"), "drift"),
    ):
        words = " ".join(ax.figure.alt_text)
        assert "GRPO" in words and "SFT" in words and len(words) > 60
        assert ax.get_xlabel() or len(ax.get_xticklabels()) == 2
        assert ax.get_ylabel()


def test_a_method_without_values_is_named_as_such():
    table = pd.DataFrame({"SFT": [0.1, 0.2], "RL": [np.nan, np.nan]})
    assert "RL none" in " ".join(plot_seeds(table, "drift").figure.alt_text)


def test_methods_differ_without_colour():
    methods = ["SFT, teacher", "SFT, own best", "GRPO", "null arm", "GRPO (live)"]
    assert len({style(method)[1:] for method in methods}) == len(methods)
