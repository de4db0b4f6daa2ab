"""What one can see of the lines in a panel: under which names, and which of their points."""

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D

BENEATH = {"log": 0.0, "logit": 0.0}  # scales on which nothing at or below this number has a place


def panels_of(figure) -> list:
    """All panels of a figure, those that are set into others among them, each after the one that it is set into."""
    found = []
    for ax in figure.axes:
        todo = [ax]
        while todo:
            found.append(todo.pop(0))
            todo += [one for one in found[-1].child_axes if hasattr(one, "child_axes")]
    return list(dict.fromkeys(found))


def points(line: Line2D) -> np.ndarray:
    """What a line has drawn that has a place on the axes: [point, (across, up)]."""
    drawn = np.column_stack([line.get_xdata(orig=False), line.get_ydata(orig=False)]).astype(float)
    ax = line.axes
    if ax is not None and line.get_transform() != ax.transData:  # its ends may be those of the axes
        drawn = ax.transData.inverted().transform(line.get_transform().transform(drawn))
    drawn = drawn[np.isfinite(drawn).all(1)]
    for column, axis in enumerate((ax.xaxis, ax.yaxis) if ax is not None else ()):
        if axis.get_scale() in BENEATH:
            drawn = drawn[drawn[:, column] > BENEATH[axis.get_scale()]]
    return drawn


def in_view(line: Line2D) -> np.ndarray:
    """Those points of a line that lie within the ends of the axes; all, if none does and yet it goes through them."""
    seen, ax = points(line), line.axes
    if not line.get_clip_on():
        return seen
    inside, through = (
        np.ones(len(seen), bool),
        len(seen) > 1 and line.get_linestyle() not in ("None", "", " "),
    )
    for column, ends in enumerate((ax.get_xlim(), ax.get_ylim())):
        (low, high), room = sorted(ends), 1e-9 * abs(ends[1] - ends[0])
        inside &= (seen[:, column] >= low - room) & (seen[:, column] <= high + room)
        through = through and seen[:, column].min() <= high and seen[:, column].max() >= low
    return seen if through and not inside.any() else seen[inside]


def hidden(line: Line2D) -> int:
    """How many numbers of a line no eye can see though nobody chose to look at a part of it: beyond the top, say."""
    across, scale = np.asarray(line.get_xdata(orig=False), float), line.axes.get_xscale()
    low, high = sorted(line.axes.get_xlim())
    low = -np.inf if scale in BENEATH and (low < across[across > BENEATH[scale]]).all() else low
    there = np.isfinite(across) & np.isfinite(np.asarray(line.get_ydata(orig=False), float))
    if line.get_transform() != line.axes.transData:
        return 0
    return max(0, int((there & (across >= low) & (across <= high)).sum()) - len(in_view(line)))


def named_lines(ax) -> list[tuple[str, Line2D]]:
    """The lines of a panel that are shown and have a name of their own, or one by a legend, each with it."""
    lines = [line for line in ax.get_lines() if is_drawn(line)]
    names = {line: str(line.get_label()) for line in lines if str(line.get_label())[:1] != "_"}
    bars = [one for one in ax.containers if isinstance(one, ErrorbarContainer) and one[0] in lines]
    names |= {one[0]: str(one.get_label()) for one in bars if str(one.get_label())[:1] != "_"}
    for name, handle in _in_legends(ax):
        if name in names.values() or not isinstance(handle, Line2D):
            continue
        same = (line for line in lines if line not in names and _colours(line) == _colours(handle))
        if (line := next(same, None)) is not None:
            names[line] = name
    return [(names[line], line) for line in lines if line in names]


def names_of_others(ax, told) -> list[str]:
    """What else has a name in a panel, or in its legend."""
    every = [*ax.get_legend_handles_labels()[1], *(name for name, _ in _in_legends(ax, whole=False))]
    return [name for name in dict.fromkeys(map(str, every)) if name not in told]


def is_drawn(line: Line2D) -> bool:
    """Whether anything of a line can be seen: it is shown, and neither without colour nor without width and dots."""
    dots = str(line.get_marker()) not in ("None", "", " ") and line.get_markersize() > 0
    wide = line.get_linestyle() not in ("None", "", " ") and line.get_linewidth() > 0
    return line.get_visible() and line.get_alpha() != 0 and (wide or dots)


def twins(ax, line) -> list[Line2D]:
    """Lines without a name that look as a line does: other seeds of an arm, as a rule."""
    named = [one for _, one in named_lines(ax)]
    alike = [one for one in named if _look(one) == _look(line)]
    if len(alike) > 1:  # nobody can tell whose the others are
        return []
    others = (one for one in ax.get_lines() if one not in named and is_drawn(one))
    return [one for one in others if _look(one) == _look(line)]


def _in_legends(ax, whole=True):
    """Names and handles of the legends of a panel, and, if wanted, of its figure."""
    legends = [ax.get_legend(), *(ax.figure.legends if whole else [])]
    for legend in filter(None, legends):
        names = (" ".join(text.get_text().split()) for text in legend.get_texts())
        yield from zip(names, legend.legend_handles, strict=False)


def _colours(line):
    return to_hex(line.get_color()), str(line.get_linestyle()), str(line.get_marker())


def _look(line):
    return *_colours(line), line.get_alpha(), line.get_linewidth(), line.get_markersize()
