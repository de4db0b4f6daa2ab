"""What a line chart shows, in words: what rises and falls, where lines cross, which is above at the end."""

from collections.abc import Mapping
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

FEW = 4  # crossings that are told


def told(lines: Mapping[str, pd.Series], across: str) -> str:
    """Several lines, each a Series of heights by place across, in a few sentences; `across` names the places.

    Changes and gaps below a twentieth of the whole range of heights are none.
    """
    lines = {name: line.dropna().sort_index() for name, line in lines.items()}
    lines = {name: line for name, line in lines.items() if len(line)}
    heights = np.concatenate([line.to_numpy(dtype=float) for line in lines.values()])
    small = 0.05 * float(heights.max() - heights.min())
    said = ["; ".join(f"{name} {_course(line, small, across)}" for name, line in lines.items())]
    said += [_crossings(lines, small, across)] if len(lines) > 1 else []
    said += [_order(lines, small)] if len(lines) > 1 else []
    return ". ".join(one for one in said if one)


def _place(at):
    """A place across, as one says it: whole numbers as they are, others with three digits."""
    return f"{at:.0f}" if at == round(at) else f"{float(f'{at:.3g}'):.10g}"


def _course(line, small, across):
    first, last = line.iloc[0], line.iloc[-1]
    top, bottom = line.max(), line.min()
    if len(line) == 1:
        return f"is {first:.2f} at {across} {_place(line.index[0])}"
    if top - bottom <= 2 * small and abs(last - first) <= small:
        return f"stays near {line.mean():.2f}"
    over, under = top - max(first, last), min(first, last) - bottom
    if max(over, under) > small:
        turn, at = (top, line.idxmax()) if over >= under else (bottom, line.idxmin())
        first_way, then = ("rises", "falls") if over >= under else ("falls", "rises")
        return (
            f"{first_way} from {first:.2f} to {turn:.2f} at {across} {_place(at)}, then {then} to {last:.2f}"
        )
    if abs(last - first) <= small:
        return f"stays near {line.mean():.2f}"
    way = "rises" if last > first else "falls"
    there = line.index[((line - first) / (last - first) >= 0.8).to_numpy()][0]
    width = line.index[-1] - line.index[0]
    early = (
        f", most of it by {across} {_place(there)}"
        if there - line.index[0] <= 0.5 * width and len(line) > 3
        else ""
    )
    return f"{way} from {first:.2f} to {last:.2f}{early}"


def _crossings(lines, small, across):
    found = []
    for (one, a), (other, b) in combinations(lines.items(), 2):
        gap = (a - b).dropna()
        clear = gap[gap.abs() > small]
        turns = np.flatnonzero(np.diff(np.sign(clear.to_numpy())))
        if len(turns) == 1:
            above, below = (one, other) if clear.iloc[-1] > 0 else (other, one)
            found.append((clear.index[turns[0] + 1], f"{above} crosses above {below} by"))
        elif len(turns) > 1:
            found.append((clear.index[turns[0] + 1], f"{one} and {other} cross {len(turns)} times, first by"))
    return "; ".join(f"{what} {across} {_place(at)}" for at, what in sorted(found)[:FEW])


def _order(lines, small):
    ends = sorted(((line.iloc[-1], name) for name, line in lines.items()), reverse=True)
    if ends[0][0] - ends[-1][0] <= small:
        return "At the end all lie level"
    parts = [f"{ends[0][1]}"]
    for (higher, _), (height, name) in pairwise(ends):
        parts.append(f"{'level with it' if higher - height <= small else 'then'} {name}")
    return f"At the end, from above: {', '.join(parts)}"
