"""What a page of a lesson shows and keeps: results, verdicts, predictions, figures, checks. Nothing here trains.

What a lesson needs stands here by name: `from helpers.kit import compare, moved, plot_curves, predict, rule`.
"""

import warnings

from helpers.kit.claims import bibliography, claim, published
from helpers.kit.explorers import explore
from helpers.kit.forms import ask, believe
from helpers.kit.frames import at_reward, cheapest, compare, early, every_other, final, summary
from helpers.kit.gates import Gate, attrition, both_ways, complete, grid, moved, noise, null
from helpers.kit.glossary import term
from helpers.kit.intervals import Interval, half_width
from helpers.kit.labels import label_ends, legend_beside
from helpers.kit.mine import my_rule, my_verdict, my_verdicts
from helpers.kit.multiverse_figure import specification_curve
from helpers.kit.outcomes import built
from helpers.kit.pages import say, show
from helpers.kit.plots import panels, plot_curves, plot_frontier, plot_guesses, plot_seeds
from helpers.kit.predictions import beside, predict
from helpers.kit.quizzes import concepts, quiz
from helpers.kit.spreads import log_spread_ratio, spread_ratio
from helpers.kit.stale import watch_cells
from helpers.kit.standing_page import progress
from helpers.kit.strips import plot_verdict
from helpers.kit.styles import register_arms
from helpers.kit.verdicts import Rule, Verdict, rule, stored_verdicts

watch_cells()

# `python -m helpers.kit.claims` runs a module that this package has imported; Python finds that worth a warning.
warnings.filterwarnings(
    "ignore", r"'helpers.kit.(claims|glossary|standing_page)' found in sys.modules", RuntimeWarning
)

__all__ = [
    "Gate",
    "Interval",
    "Rule",
    "Verdict",
    "ask",
    "at_reward",
    "attrition",
    "believe",
    "beside",
    "bibliography",
    "both_ways",
    "built",
    "cheapest",
    "claim",
    "compare",
    "complete",
    "concepts",
    "early",
    "every_other",
    "explore",
    "final",
    "grid",
    "half_width",
    "label_ends",
    "legend_beside",
    "log_spread_ratio",
    "moved",
    "my_rule",
    "my_verdict",
    "my_verdicts",
    "noise",
    "null",
    "panels",
    "plot_curves",
    "plot_frontier",
    "plot_guesses",
    "plot_seeds",
    "plot_verdict",
    "predict",
    "progress",
    "published",
    "quiz",
    "register_arms",
    "rule",
    "say",
    "show",
    "specification_curve",
    "spread_ratio",
    "stored_verdicts",
    "summary",
    "term",
]
