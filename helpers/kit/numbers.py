"""The numbers behind a figure, as tables: read from the lines that it has drawn, so that they are those that one sees.

What else has a name, bars, dots or areas, is said not to be among them. A figure that says more in other numbers, dots
of seeds for one, sets `ax.numbers`, a frame. `picture` folds the tables below the picture, for whoever cannot see it or
wants to count on.
"""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.category import StrCategoryFormatter
from matplotlib.dates import AutoDateFormatter, ConciseDateFormatter, DateFormatter, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FuncFormatter

from helpers.kit.seen import hidden, in_view, named_lines, names_of_others, panels_of, twins

LONG = 80  # letters: no name any more
PLACES, POINTS = 9, 5  # rows of lines that share their places across, and of each that has places of its own
DATES = AutoDateFormatter | ConciseDateFormatter | DateFormatter
SUMMARY = "The numbers of this figure"


def tables(figure: Figure) -> list[tuple[str, pd.DataFrame]]:
    """A name and a frame for each panel that has numbers; the name is the panel's title, or what it measures.

    A frame's `attrs` may have "notes", what it leaves out, and "apart": its columns are measured in units of their own.
    """
    found = []
    for ax in panels_of(figure):
        frame = getattr(ax, "numbers", None)
        for one in _of_lines(ax) if frame is None else [frame]:
            titles = (ax.get_title(), ax.get_title(loc="left"), ax.get_ylabel())
            titles = (" ".join(title.split()) for title in titles)
            if len(one):
                found.append((next((title for title in titles if 0 < len(title) < LONG), ""), one))
    return found


def folded(figure: Figure) -> str:
    """The tables of a figure as HTML, folded; "" if it has none."""
    pages = [_page(name, frame) for name, frame in tables(figure)]
    return f"<details><summary>{SUMMARY}</summary>\n{''.join(pages)}</details>" if pages else ""


def of_paths(paths: Mapping[str, Sequence[pd.DataFrame]]) -> pd.DataFrame:
    """The mean path of several runs in a plane: name -> a frame for each run, steps down, what is measured across.

    A few steps of each name, of those that every one of its runs has; `runs` says how many these are.
    """
    rows = {}
    for name, several in paths.items():
        steps = sorted(set.intersection(*(set(one.index) for one in several)))
        for step in (steps[at] for at in _spread(len(steps), POINTS)):
            mean = sum(one.loc[step] for one in several) / len(several)
            rows[f"{name}, step {step:g}"] = {**mean, "runs": len(several)}
    frame = pd.DataFrame(rows, dtype=object).T
    frame.attrs = {"notes": [f"means over runs, {POINTS} steps at most"], "apart": True}
    return frame


def _of_lines(ax) -> list[pd.DataFrame]:
    """A table of lines that share their places across, side by side, and one of all others, point by point."""
    if ax.name == "3d" or not ax.get_visible():
        return []
    drawn, levels, tied, notes = {}, {}, set(), []
    for label, line in (lines := named_lines(ax)):
        of_data = line.get_transform().contains_branch_seperately(ax.transData)
        seen, alike = _with_twins(ax, line)
        if label not in drawn and len(seen):
            drawn[label] = seen
            notes += [f"{label}: {alike}"] if alike else []
            levels |= {label: seen[0, 1]} if of_data == (False, True) else {}  # as of axhline
            tied |= {label} if of_data != (True, True) else set()  # it ends with the axes
    if not {*drawn} - tied:  # nothing but lines to compare with
        return []
    span = float(np.ptp(ax.get_xlim()))
    mixed = {name for name, seen in drawn.items() if len(_apart(seen[:, 0], span)) < len(seen)}
    mixed |= tied - {*levels}
    own = {name: seen for name, seen in drawn.items() if name not in mixed and name not in levels}
    every = _apart(np.concatenate([seen[:, 0] for seen in own.values()] or [[]]), span)
    shared = sum(map(len, own.values())) > 1 + len(every) * len(own) / 2 or len(own) == 1
    beside = {name: seen for name, seen in drawn.items() if name not in mixed} if shared else {}
    alone = {name: seen for name, seen in drawn.items() if name not in beside}
    made = [_side_by_side(ax, beside, levels, every, span)] if beside else []
    made += [_point_by_point(ax, alone)] if alone else []
    for last in made[-1:]:
        last.attrs["notes"] += notes + _left_out(ax, lines, drawn)
    return made


def _side_by_side(ax, lines, levels, every, span):
    rows = every[_spread(len(every), PLACES)]
    columns = {
        name: np.full(len(rows), levels[name]) if name in levels else [_at(seen, x, span) for x in rows]
        for name, seen in lines.items()
    }
    frame = pd.DataFrame({name: _ups(ax, values) for name, values in columns.items()}, index=_names(ax, rows))
    frame.attrs["notes"] = [f"{len(rows)} of {len(every)} places"] if len(rows) < len(every) else []
    return frame.rename_axis(_across(ax))


def _point_by_point(ax, lines):
    across, up = _across(ax), _label(ax.get_ylabel(), "y")
    picked = {name: seen[_spread(len(seen), POINTS)] for name, seen in lines.items()}
    rows = [(name, *point) for name, seen in picked.items() for point in seen]
    names, places, ups = zip(*rows, strict=True)
    kept = _ups(ax, ups)
    places = _names(ax, np.array(places)) if _is_named(ax.xaxis) else places
    frame = pd.DataFrame(
        [*zip(places, kept, strict=True)], columns=[across, up], index=pd.Index(names, name="line")
    )
    few = any(len(picked[name]) < len(seen) for name, seen in lines.items())
    frame.attrs = {"notes": [f"{POINTS} points of each line at most"] if few else [], "apart": True}
    return frame


def _left_out(ax, lines, told) -> list[str]:
    """What has a name in a panel and is not in its tables, and what has no place in it."""
    labels = [label for label, _ in lines]
    notes = [
        f"the first of {labels.count(name)} lines named {name}" for name in told if labels.count(name) > 1
    ]
    gone = sum(hidden(line) for _, line in lines)
    notes += [f"{gone} point{'s' * (gone > 1)} beyond the axes left out"] if gone else []
    others = [name for name in dict.fromkeys(labels) if name not in told] + names_of_others(ax, labels)
    return notes + ([f"not among them: {', '.join(others)}"] if others else [])


def _with_twins(ax, line) -> tuple[np.ndarray, str]:
    """What one can see of a line, or the mean of those that look so; and a note on them, "" where there are none."""
    first, alike = in_view(line), twins(ax, line)
    if not alike or not len(first):
        return first, ""
    every = [first, *(seen for seen in map(in_view, alike) if len(seen))]
    if all(one.shape == first.shape and np.allclose(one[:, 0], first[:, 0], rtol=1e-9) for one in every):
        mean = np.column_stack([first[:, 0], np.mean([one[:, 1] for one in every], axis=0)])
        level = [f"{one[0, 1]:.3g}" for one in every if len(one) > 1 and np.ptp(one[:, 1]) == 0]
        level = f", level ones at {', '.join(level)} among them" if 0 < len(level) < len(every) else ""
        return (
            mean,
            f"mean of {len(every)} lines{level}",
        )  # a guide, or a seed that learned nothing: who knows
    return first, f"one of {len(every)} lines that look so"


def _apart(places, span):
    """Places in order, each once: what differs by rounding alone is one."""
    places = np.unique(places)
    return (
        places[np.concatenate([[True], np.diff(places) > _near(places[1:], span)])] if len(places) else places
    )


def _near(x, span):
    return 1e-9 * np.minimum(np.abs(x), span) + 1e-15 * span


def _at(drawn, x, span):
    there = drawn[np.abs(drawn[:, 0] - x) <= _near(x, span)]
    return there[0, 1] if len(there) else np.nan


def _spread(count, most):
    """Places from the first to the last, evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)) if count else []


def _label(text, otherwise):
    return " ".join(text.split()) or otherwise


def _across(ax):
    """What lies across; a panel may have it from another one that shares the axis."""
    sharing = [ax, *ax.get_shared_x_axes().get_siblings(ax)]
    return next((name for one in sharing if (name := _label(one.get_xlabel(), ""))), "x")


def _is_named(axis) -> bool:
    """Whether places of an axis are dates or names, and no numbers."""
    return isinstance(axis.get_major_formatter(), DATES | StrCategoryFormatter)


def _ups(ax, values):
    """What heights are called: names and dates, as the axis has them, else the numbers."""
    return _said_on(ax.yaxis, values) if _is_named(ax.yaxis) else values


def _names(ax, places) -> list[str]:
    """What places across are called: names and dates, as the axis has them, else numbers that tell them apart."""
    axis, freq = ax.xaxis, getattr(ax, "freq", None)
    if _is_named(axis):
        return _said_on(axis, places)
    if freq is not None:  # of pandas, which counts periods
        return [str(pd.Period(ordinal=round(place), freq=freq)) for place in places]
    least = min(np.diff(np.unique(places)), default=0) or 1
    plain, formatter = [_number(place, least) for place in places], axis.get_major_formatter()
    if isinstance(formatter, FuncFormatter):
        found = [str(formatter(place)).strip() or one for place, one in zip(places, plain, strict=True)]
    elif isinstance(formatter, FixedFormatter):
        ticks = [*zip(ax.get_xticks(), (one.get_text() for one in ax.get_xticklabels()), strict=False)]
        there = lambda place: (text for at, text in ticks if abs(at - place) < 1e-6 * least and text.strip())
        found = [next(there(place), one) for place, one in zip(places, plain, strict=True)]
    else:
        return plain
    return found if len({*found}) == len(found) else plain


def _said_on(axis, places) -> list[str]:
    """Dates or names of places on an axis, "" where there is none."""
    formatter = axis.get_major_formatter()
    if isinstance(formatter, StrCategoryFormatter):
        return [formatter(place) if math.isfinite(place) else "" for place in places]
    dates = [num2date(place).replace(tzinfo=None) if math.isfinite(place) else None for place in places]
    day = all(one is None or one.time().isoformat() == "00:00:00" for one in dates)
    return ["" if one is None else str(one.date() if day else one) for one in dates]


def _number(place, least) -> str:
    """A number with as many digits as tell it from its neighbours, which are so far away."""
    if float(place).is_integer() and abs(place) < 1e15:
        return f"{place:.0f}"
    return next(
        (text for n in (4, 6, 10) if abs(float(text := f"{place:.{n}g}") - place) < least / 1000),
        f"{place!r}",
    )


def _page(name, frame):
    head = "".join(
        f'<th scope="col">{html.escape(str(one))}</th>' for one in (frame.index.name or "", *frame)
    )
    columns = [frame.iloc[:, at].tolist() for at in range(frame.shape[1])]
    whole = _digits([one for column in columns for one in column])
    own = [_digits(column) for column in columns]
    digits = own if frame.attrs.get("apart") else [max(whole, one) for one in own]
    columns = [[_said(one, n) for one in column] for column, n in zip(columns, digits, strict=True)]
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(key))}</th>{"".join(f"<td>{one}</td>" for one in row)}</tr>'
        for key, row in zip(frame.index, zip(*columns, strict=True), strict=True)
    )
    caption = html.escape("; ".join(filter(None, (name, *frame.attrs.get("notes", ())))))
    caption = f"<caption>{caption}</caption>" if caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"


def _digits(values) -> int:
    """How many digits tell values apart: three, and more where they differ by a small part of what they are."""
    values = [float(one) for one in values if isinstance(one, float | np.floating) and math.isfinite(one)]
    top, span = max(map(abs, values), default=0.0), max(values, default=0.0) - min(values, default=0.0)
    return min(10, max(3, 2 + math.ceil(math.log10(top / span)))) if span > 1e-9 * top else 3


def _said(value, digits):
    if isinstance(value, str) or not np.isscalar(value):
        return "" if value is None or value is pd.NA or value is pd.NaT else html.escape(str(value))
    if not isinstance(value, float | np.floating):
        return html.escape(str(value))
    if not math.isfinite(value):
        return "" if math.isnan(value) else str(value)
    if 100 <= abs(value) < 1e15:
        said = f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
        return said.rstrip("0").rstrip(".") if "." in said else said
    return f"{value:.{digits}g}"
