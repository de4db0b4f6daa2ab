"""What a page of a lesson shows and keeps: results, verdicts, predictions, figures, checks. Nothing here trains.

What a lesson needs stands here by name: `from helpers.kit import Rule, compare, plot_curves, predict`.
"""

from helpers.kit.explorers import explore
from helpers.kit.frames import at_reward, cheapest, compare, final, summary
from helpers.kit.intervals import Interval
from helpers.kit.pages import say, show
from helpers.kit.plots import panels, plot_curves, plot_frontier, plot_seeds
from helpers.kit.predictions import beside, predict
from helpers.kit.verdicts import Rule, ledger

__all__ = [
    "Interval",
    "Rule",
    "at_reward",
    "beside",
    "cheapest",
    "compare",
    "explore",
    "final",
    "ledger",
    "panels",
    "plot_curves",
    "plot_frontier",
    "plot_seeds",
    "predict",
    "say",
    "show",
    "summary",
]
