"""Pictures of lesson 04: an agent's way through the workshop, the twins, and what each learner of one log does."""

from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from matplotlib.axes import Axes

from helpers.core import Policy, Rng
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, BLUE, GREY, VERMILION, describe, panels
from helpers.kit.styles import register_arms
from helpers.lessons.lesson04 import experiment
from helpers.worlds.tampering import COLUMNS, ROOMS, ROWS, USE, Workshop, WorkshopState

register_arms(
    {name: place for place, name in enumerate(("RL, 1 in a row", "RL, 3 in a row", "RL, 5 in a row"))}
)
NAMES = ("A", "B", "lever")
DOES = ("walks left", "walks right", "walks up", "walks down", "uses")


def way(policy: Policy, env: Workshop, *, place: int = 0, cell: int = 5, seed: int = 0) -> dict:
    """One episode of the first seed in a room of `env`: the cells, what was done, what the record had so far, the lamp.

    place: which of the room's. Actions are drawn; the same `seed` draws the same.
    """
    shape = (len(policy.seeds), 1)
    room, prices = env.rooms[torch.full(shape, place)], env.prices[0].expand(*shape, 3)
    state = WorkshopState(
        room, torch.full(shape, cell), torch.zeros(shape, dtype=torch.long), prices, env._says(prices)
    )
    noise = Rng(policy.seeds, seed).gumbel(env.horizon, 1, env.actions)
    found = {
        "room": ROOMS[room[0, 0]].tolist(),
        "cells": [cell],
        "actions": [],
        "record": [0.0],
        "lit": [False],
    }
    for t in range(env.horizon):
        action, _ = policy.sample(env.observe(state), noise[:, t])
        state, adds, _ = env.step(state, action, None)
        found["actions"].append(int(action[0, 0]))
        found["cells"].append(int(state.cell[0, 0]))
        found["record"].append(found["record"][-1] + float(adds[0, 0]))
        found["lit"].append(bool(env.lit(state.pulled)[0, 0]))
    return found


def plot_way(
    ways: Mapping[str, dict], *, until: int | None = None, says: Sequence[float] | None = None
) -> Axes:
    """The workshop once for each way, a panel each, after `until` steps. says: what the board has at the things."""
    axes = panels(len(ways), width=3.4, height=3.0)
    for ax, (name, one) in zip(axes, ways.items(), strict=True):
        steps = len(one["actions"]) if until is None else until
        lit = one["lit"][steps]
        for thing, cell in enumerate(one["room"]):
            row, column = divmod(cell, COLUMNS)
            colour = VERMILION if thing == 2 else BLUE
            ax.plot(
                column, row, "s" if thing < 2 else "^", markersize=26, color=colour, alpha=0.25, gid=FAINT
            )
            said = f"\n{says[thing]:g}" if says is not None else ""
            ax.annotate(
                NAMES[thing] + said,
                (column, row),
                ha="center",
                va="center",
                fontsize=10,
                color=colour,
                weight="bold",
            )
        rows, columns = zip(*(divmod(cell, COLUMNS) for cell in one["cells"][: steps + 1]), strict=True)
        below = [row + 0.3 for row in rows]  # the names of things stay free
        ax.plot(columns, below, "-", color=BLACK, linewidth=1.4)
        ax.plot(columns[-1], below[-1], "o", color=BLACK, markersize=8)
        used = sum(action == USE for action in one["actions"][:steps])
        ax.set(xticks=[], yticks=[], xlim=(-0.6, COLUMNS - 0.4), ylim=(ROWS - 0.4, -0.6))
        ax.hlines([0.5], -0.5, COLUMNS - 0.5, color=GREY, linewidth=0.5, gid=FAINT)
        ax.vlines([0.5, 1.5], -0.5, ROWS - 0.5, color=GREY, linewidth=0.5, gid=FAINT)
        last = f"step {steps}: {DOES[one['actions'][steps - 1]]}" if steps else "before the first step"
        ax.set_title(
            f"{name}\n{last}; record {one['record'][steps]:g}, lamp {'ON' if lit else 'off'}", fontsize=10
        )
        describe(
            ax,
            f"{name}: after {steps} steps the agent has used something {used} times, the record is "
            f"{one['record'][steps]:g} and the lamp is {'on' if lit else 'off'}.",
        )
    return axes[0]


def plot_twins(frame: pd.DataFrame, pairs: Sequence[tuple] = experiment.OFFERS[:2]) -> tuple[Axes, Axes]:
    """The lamp at two pairs of prices, each arm beside its twin (hollow): a mark for each seed, a bar for the mean.

    Dotted: somebody who knows what the board means, and plans.
    """
    known = experiment.planner(board="painted")
    axes = panels(2, width=4.5, height=3.8)
    last = frame[frame.step == frame.groupby("method").step.transform("max")]
    for ax, arm in zip(axes, ("RL, never best", "RL, held out"), strict=True):
        said = []
        for place, (pair, name) in enumerate(
            (pair, name) for pair in pairs for name in (arm, arm + experiment.INERT)
        ):
            rows = last[(last.method == name) & (last.metric == experiment.lamp(*pair))]
            inert = name.endswith(experiment.INERT)
            spread = (rows.value.rank(method="first").to_numpy() / (len(rows) + 1) - 0.5) * 0.6
            ax.plot(
                place + spread,
                rows.value,
                "D" if inert else "o",
                color=VERMILION,
                markerfacecolor="white" if inert else VERMILION,
                markersize=5,
                gid=FAINT,
            )
            ax.hlines(rows.value.mean(), place - 0.36, place + 0.36, color=BLACK, linewidth=2)
            if not inert:
                ax.hlines(known[experiment.lamp(*pair)], place - 0.4, place + 1.4, BLUE, linestyles=":")
            who = "inert" if inert else "paid"
            said.append(f"bench {pair[0]:g}, lever {pair[1]:g}, {who}: {rows.value.mean():.2f}")
        names = [
            f"{who}\nbench {bench:g}\nlever {lever:g}" for bench, lever in pairs for who in ("paid", "inert")
        ]
        ax.set_xticks(range(len(names)), names, fontsize=10)
        ax.text(1.5, known[experiment.lamp(*pairs[0])], "who plans", color=BLUE, va="center", fontsize=10)
        ax.set(title=arm, ylim=(-0.05, 1.08), ylabel="lamp on in the end")
        planned = " and ".join(f"{known[experiment.lamp(*pair)]:.2f}" for pair in pairs)
        describe(
            ax,
            f"{arm}, marks for seeds: chance that the lamp is on in the end. {'; '.join(said)}. Who plans: {planned}.",
        )
    return axes[0], axes[1]


def plot_learners(learned: Mapping[str, Mapping], *, label: str = "lamp on in the end") -> Axes:
    """What each learner of one log does, in logs with more and less tampering: name of the log -> learner -> `Told`."""
    ax, said = panels(1, width=7.2, height=3.8)[0], []
    names = list(next(iter(learned.values())))
    for shift, (log, marker) in enumerate(zip(learned, "os^D", strict=False)):
        for place, name in enumerate(names):
            values = learned[log][name].lamp
            at = place + 0.24 * (shift - (len(learned) - 1) / 2)
            colour = (BLUE, VERMILION, GREY, BLACK)[shift]
            ax.plot([at] * len(values), values, marker, color=colour, alpha=0.25, markersize=5, gid=FAINT)
            ax.plot(at, values.mean(), marker, color=colour, markersize=9, label=log if not place else None)
            said.append(f"{log}, {name}: {float(values.mean()):.2f}")
    ax.set_xticks(
        range(len(names)),
        [name.replace(", ", ",\n").replace(" as it", "\nas it") for name in names],
        fontsize=10,
    )
    ax.set(ylabel=label, ylim=(-0.03, 1.05))
    ax.legend(frameon=False)
    ax.numbers = pd.DataFrame(
        {log: {name: float(told.lamp.mean()) for name, told in each.items()} for log, each in learned.items()}
    ).rename_axis("mean over seeds")
    return describe(ax, f"{label}, by who learned from which log: {'; '.join(said)}.")
