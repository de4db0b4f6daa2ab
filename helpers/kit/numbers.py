"""The numbers behind a figure, as tables: read from the lines that it has drawn, so that they are those that one sees.

A figure that says more in other numbers, dots of seeds for one, sets `ax.numbers`, a frame; `picture` folds the tables
below the picture, for whoever cannot see it or wants to count on.
"""

import html

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FuncFormatter

LONG = 80  # letters: no name any more
PLACES, POINTS = (
    9,
    5,
)  # rows of lines that share their places across, and of each line that has places of its own
SUMMARY = "The numbers of this figure"


def tables(figure: Figure) -> list[tuple[str, pd.DataFrame]]:
    """A name and a frame for each panel that has numbers; the name is the panel's title, or what it measures."""
    found = []
    for ax in figure.axes:
        frame = getattr(ax, "numbers", None)
        frame = _of_lines(ax) if frame is None else frame
        if len(frame):
            titles = (
                " ".join(one.split()) for one in (ax.get_title(), ax.get_title(loc="left"), ax.get_ylabel())
            )
            found.append((next((one for one in titles if 0 < len(one) < LONG), ""), frame))
    return found


def folded(figure: Figure) -> str:
    """The tables of a figure as HTML, folded; "" if it has none."""
    pages = [_page(name, frame) for name, frame in tables(figure)]
    return f"<details><summary>{SUMMARY}</summary>\n{''.join(pages)}</details>" if pages else ""


def points(line) -> np.ndarray:
    """What a line has drawn and one can see: [point, (across, up)]."""
    drawn = np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float)
    return drawn[np.isfinite(drawn).all(1)]


def named_lines(ax: Axes) -> dict[str, np.ndarray]:
    """Label -> points, of each line that has a name of its own; further lines of one name are left out."""
    found = {}
    for line in ax.get_lines():
        label = str(line.get_label())
        if not label.startswith("_") and line.get_visible() and len(drawn := points(line)):
            found.setdefault(label, drawn)
    return found


def _of_lines(ax):
    lines = named_lines(ax)
    across = [np.unique(drawn[:, 0]) for drawn in lines.values()]
    every = np.unique(np.concatenate(across)) if across else np.array([])
    across_name, up_name = (
        " ".join(text.split()) for text in (ax.get_xlabel() or "x", ax.get_ylabel() or "y")
    )
    if sum(map(len, across)) > 1 + len(every) * len(lines) / 2 or len(lines) == 1:
        rows = every[_spread(len(every), PLACES)]
        columns = {name: [_at(drawn, x) for x in rows] for name, drawn in lines.items()}
        names = _ticks(ax)
        frame = pd.DataFrame(columns, index=[names.get(round(x, 9), f"{x:.4g}") for x in rows])
        return frame.rename_axis(across_name)
    parts = [
        pd.DataFrame(drawn[_spread(len(drawn), POINTS)], columns=[across_name, up_name], index=None).assign(
            line=name
        )
        for name, drawn in lines.items()
    ]
    return pd.concat(parts).set_index("line") if parts else pd.DataFrame()


def _at(drawn, x):
    there = drawn[np.isclose(drawn[:, 0], x)]
    return there[0, 1] if len(there) else np.nan


def _spread(count, most):
    """Places from the first to the last, evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)) if count else []


def _ticks(ax):
    """Places across that the figure names otherwise than by their number."""
    if not isinstance(ax.xaxis.get_major_formatter(), FixedFormatter | FuncFormatter):
        return {}
    return {
        round(x, 9): one.get_text() for x, one in zip(ax.get_xticks(), ax.get_xticklabels(), strict=False)
    }


def _page(name, frame):
    head = "".join(
        f'<th scope="col">{html.escape(str(one))}</th>' for one in (frame.index.name or "", *frame)
    )
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(key))}</th>{"".join(f"<td>{_said(one)}</td>" for one in row)}</tr>'
        for key, row in zip(frame.index, frame.to_numpy(dtype=object), strict=True)
    )
    caption = f"<caption>{html.escape(name)}</caption>" if name else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"


def _said(value):
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, int | np.integer):
        return str(value)
    if not np.isfinite(value):
        return "" if np.isnan(value) else str(value)
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
