"""Explorers: a figure that stands by itself, and below it sliders that redraw it at once.

The figure is an ordinary output of the cell. Without a kernel it stays as it is and the sliders are gone.
"""

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.axes import Axes

from helpers.checked import function
from helpers.kit.controls import boxed, line, say_in, slider, written
from helpers.kit.pictures import picture


def explore(draw, *, start=None, **knobs) -> None:
    """Show `draw(**values)` and a slider for each knob; the arrow keys move a slider, too.

    draw:  makes a figure from results at hand and returns its `Axes`; it is called once for each setting.
    knobs: name -> the values that it can take, in the order of the slider, e.g. `beta=[0.1, 0.3, 1.0]`.
    start: the values shown at first; the first of each knob where nothing is said.
    Raises TypeError or ValueError for no knobs, a knob without values or with one twice, and a start that no knob has.
    """
    function(draw, "draw", "(**values) -> Axes")
    knobs, values = _looked_at(knobs, start)
    drawn = {}

    def picture_at(**at):
        key = tuple(at.items())
        if key not in drawn:
            figure = _figure_of(draw(**at))
            drawn[key] = picture(figure)
            plt.close(figure)
        return drawn[key]

    data, metadata = picture_at(**values)
    shown = display(data, metadata=metadata, raw=True, display_id=True)
    sliders = {
        name: slider(name.replace("_", " "), [(written(one), one) for one in options], values[name])
        for name, options in knobs.items()
    }
    said = line(_at(values))

    def redraw(_):
        at = {name: one.value for name, one in sliders.items()}
        data, metadata = picture_at(**at)
        shown.update(data, metadata=metadata, raw=True)
        say_in(said, _at(at))

    for one in sliders.values():
        one.observe(redraw, names="value")
    display(boxed(*sliders.values(), said))


def _at(values):
    return "Shown: " + ", ".join(
        f"{name.replace('_', ' ')} {written(value)}" for name, value in values.items()
    )


def _looked_at(knobs, start):
    """The values of each knob as a list, and where each begins."""
    if not knobs:
        raise ValueError("explore needs one knob at least: name=[its values]")
    lists = {}
    for name, options in knobs.items():
        if isinstance(options, str | bytes | Mapping | set) or not isinstance(options, Iterable):
            raise TypeError(f"{name} takes a list of values, in the order of the slider: got {options!r:.60}")
        lists[name] = list(options)
        if not lists[name]:
            raise ValueError(f"{name} has no values")
        texts = [written(option) for option in lists[name]]
        twice = [one for one in texts if texts.count(one) > 1]
        if twice:
            raise ValueError(f"{name} has the value {twice[0]} twice")
    if start is not None and not isinstance(start, Mapping):
        raise TypeError(f"start names knobs and values, {{{next(iter(knobs))!r}: ...}}: got {start!r:.60}")
    for name, value in (start or {}).items():
        if name not in lists:
            raise ValueError(f"start has a value for {name!r}; there are the knobs {', '.join(lists)}")
        if value not in lists[name]:
            raise ValueError(f"{name} starts at {value!r}, which is none of {lists[name]}")
    return lists, {name: (start or {}).get(name, options[0]) for name, options in lists.items()}


def _figure_of(ax):
    if not isinstance(ax, Axes):
        raise TypeError(
            f"draw returns the Axes that it drew on: got {type(ax).__name__}; is a `return` missing?"
        )
    return ax.figure
