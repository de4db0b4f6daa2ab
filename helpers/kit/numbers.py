"""The numbers behind a figure, as tables: read from the lines that it has drawn, so that they are those that one sees.

What else has a name, bars, dots or areas, is said not to be among them. A figure that says more in other numbers, dots
of seeds for one, sets `ax.numbers`, a frame. `picture` folds the tables below the picture, for whoever cannot see it or
wants to count on.
"""

import collections
import html
import math

import numpy as np
import pandas as pd
from matplotlib.category import StrCategoryFormatter
from matplotlib.colors import to_hex
from matplotlib.dates import AutoDateFormatter, ConciseDateFormatter, DateFormatter, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FuncFormatter

LONG = 80  # letters: no name any more
PLACES, POINTS = 9, 5  # rows of lines that share their places across, and of each that has places of its own
DATES = AutoDateFormatter | ConciseDateFormatter | DateFormatter
SUMMARY = "The numbers of this figure"


def tables(figure: Figure) -> list[tuple[str, pd.DataFrame]]:
    """A name and a frame for each panel that has numbers; the name is the panel's title, or what it measures.

    A frame's `attrs` may have "notes", what it leaves out, and "apart": its columns are measured in units of their own.
    """
    found = []
    for ax in figure.axes:
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


def points(line) -> np.ndarray:
    """What a line has drawn and one can see, as places on the axes: [point, (across, up)]."""
    drawn = np.column_stack([line.get_xdata(orig=False), line.get_ydata(orig=False)]).astype(float)
    if (
        line.axes is not None and line.get_transform() != line.axes.transData
    ):  # its ends may be those of the axes
        drawn = line.axes.transData.inverted().transform(line.get_transform().transform(drawn))
    return drawn[np.isfinite(drawn).all(1)]


def _of_lines(ax) -> list[pd.DataFrame]:
    """A table of lines that share their places across, side by side, and one of all others, point by point."""
    if ax.name == "3d" or not ax.get_visible():
        return []
    named = (line for line in ax.get_lines() if not str(line.get_label()).startswith("_"))
    lines = [line for line in named if line.get_visible()]
    drawn, levels, tied = {}, {}, set()
    for line in lines:
        label, of_data = str(line.get_label()), line.get_transform().contains_branch_seperately(ax.transData)
        if label not in drawn and len(seen := _within(points(line), ax.get_xlim())):
            drawn[label] = seen
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
        last.attrs["notes"] += _left_out(ax, lines, drawn)
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
    """What has a name in a panel and is not in its tables."""
    labels = [str(line.get_label()) for line in lines]
    twice = [
        f"the first of {labels.count(name)} lines named {name}" for name in told if labels.count(name) > 1
    ]
    alike = collections.Counter(
        _look(line) for line in ax.get_lines() if str(line.get_label()).startswith("_")
    )
    first = {str(line.get_label()): _look(line) for line in reversed(lines)}
    twice += [
        f"{name}: one of {1 + alike[first[name]]} lines that look so" for name in told if alike[first[name]]
    ]
    others = [str(name) for name in ax.get_legend_handles_labels()[1] if str(name) not in labels]
    return twice + ([f"not among them: {', '.join(dict.fromkeys(others))}"] if others else [])


def _look(line):
    return to_hex(line.get_color()), str(line.get_linestyle()), str(line.get_marker())


def _within(seen, ends):
    """Those points that lie within the ends of the axis; all, if none does."""
    (low, high), room = sorted(ends), 1e-9 * abs(ends[1] - ends[0])
    inside = (seen[:, 0] >= low - room) & (seen[:, 0] <= high + room)
    return seen[inside] if inside.any() else seen


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
