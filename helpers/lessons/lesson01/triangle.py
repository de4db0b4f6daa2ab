"""Three actions on a triangle: where each way to learn pulls a policy, and the way that seeds take.

A policy over three actions is a point in a triangle: in a corner it always takes that action, in the middle all alike.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from helpers.core import Run, train
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, style
from helpers.lessons.lesson01 import experiment
from helpers.lessons.lesson01.figures import in_pairs
from helpers.lessons.lesson01.settings import BETA, Problem
from helpers.worlds.bandits import advantage_of

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])  # of action 0, 1, 2
MOMENTS = (0, 5, 10, 20, 40, 70, 100, 150, 200)
NAMES = ("SFT", "RL", "null arm", "RL, leash")


def three(seeds: Sequence[int]) -> Problem:
    """Three actions that pay 0, a half and 1; the teacher takes the worst one most.

    The lesson begins with it, so it says at once what would stop it later: raises ValueError for seeds on which
    learning rates are chosen, of which none may be judged.
    """
    if taken := sorted({*seeds} & {*experiment.CHOOSING}):
        raise ValueError(
            f"SEEDS has {taken[0]}, and on seeds {experiment.CHOOSING[0]} to {experiment.CHOOSING[-1]} learning rates "
            "are chosen further down: take others, range(100, 104) for one"
        )
    third = torch.full((3,), 1 / 3)
    return Problem(seeds, torch.tensor([0.0, 0.5, 1.0]), torch.tensor([0.55, 0.30, 0.15]), third)


def walks(at: Problem, *, lr: float = 0.03) -> dict[str, Run]:
    """All four ways to learn on this problem, measured at a few moments."""
    every = experiment.arms(at) | experiment.arms_on_a_leash(at)
    how = {"steps": MOMENTS[-1], "lr": lr, "probes": {"chances": experiment.chances}, "probe_every": MOMENTS}
    return {name: train(at.beginner(), *every[name], **how) for name in NAMES}


def pulls(at: Problem, name: str, p: Float[Tensor, "*points 3"]) -> Float[Tensor, "*points 3"]:
    """Where the mean step of a method moves the policy, for a small step on the logits; nowhere for the null arm."""
    price = BETA * (p / at.start).log()
    climbs = {  # gradients on the logits, uphill
        "SFT": at.habits - p,
        "RL": p * advantage_of(p, at.rewards),
        "null arm": torch.zeros_like(p),
        "RL, leash": p * (at.rewards - price - (p * (at.rewards - price)).sum(-1, keepdim=True)),
    }
    return p * (climbs[name] - (p * climbs[name]).sum(-1, keepdim=True))


def plot_triangle(at: Problem, runs: Mapping[str, Run], step: int) -> Axes:
    """Four triangles: a method's arrows, the way of each seed up to a step (a dot), the named end (a cross)."""
    axes, grid = in_pairs(len(runs), width=3.5, height=3.0), _grid()
    ends = experiment.theory(at)
    for ax, (name, run) in zip(axes, runs.items(), strict=True):
        colour, _, marker = style(name)
        marker = "D" if name == "null arm" else marker  # its own is a cross, and crosses are ends here
        ax.fill(*CORNERS.T, facecolor="none", edgecolor=GREY, linewidth=1)
        pull = pulls(at, name, grid).numpy() @ CORNERS
        if np.abs(pull).max() > 0:
            pull = 0.055 * pull / (np.linalg.norm(pull, axis=1, keepdims=True) + 0.02)
            ax.quiver(
                *(grid.numpy() @ CORNERS).T,
                *pull.T,
                color=GREY,
                angles="xy",
                scale_units="xy",
                scale=0.55,
                width=0.008,
            )
        ways = _ways(run, step)
        for way in ways:
            ax.plot(*way.T, color=colour, alpha=0.35, linewidth=1, gid=FAINT)
        here = {
            "color": colour,
            "markersize": 12 if marker == "*" else 7,
            "markeredgecolor": "white",
            "markeredgewidth": 0.6,
            "zorder": 5,
        }
        ax.plot(*ways[:, -1].T, marker, **here)
        if name != "null arm":
            cross = {"color": BLACK, "markersize": 9, "markeredgewidth": 2, "zorder": 6}
            ax.plot(*(ends[name].numpy() @ CORNERS), "x", **cross)
        for action, corner, pay in zip("ABC", CORNERS, at.rewards.tolist(), strict=True):
            above = corner[1] > 0
            ax.annotate(
                f"{action}, pays {pay:g}",
                corner,
                (0, 5 if above else -5),
                textcoords="offset points",
                ha="center",
                va="bottom" if above else "top",
                fontsize=10,
            )
        ax.set(xlim=(-0.16, 1.16), ylim=(-0.14, 1.0), aspect="equal")
        ax.set_title(name, color=colour, fontsize=12)
        ax.axis("off")
        where, end = (
            ", ".join(f"{x:.2f}" for x in p) for p in (_chances(run, step).mean(0), ends[name].tolist())
        )
        describe(ax, f"Triangle of {name} at step {step}: the mean policy is {where}; theory ends at {end}.")
    axes[0].figure.suptitle(f"step {step}", x=0.01, ha="left", fontsize=11)
    return axes[0]


def _grid(n: int = 9) -> Float[Tensor, "points 3"]:
    inside = [(i, j, n - i - j) for i in range(1, n) for j in range(1, n - i)]
    return torch.tensor(inside) / n


def _chances(run, step):
    rows = run.history[(run.history.step == step) & run.history.metric.str.startswith("p(")]
    return rows.pivot(index="seed", columns="metric", values="value").to_numpy()


def _ways(run, step):
    """The points of each seed up to a step, [seed, moment, 2]."""
    return np.stack([_chances(run, moment) @ CORNERS for moment in MOMENTS if moment <= step], axis=1)
