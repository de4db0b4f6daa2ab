"""Explorers: a figure that stands by itself, and below it sliders that redraw it at once.

The figure is an ordinary output of the cell. Without a kernel it stays as it is and the sliders are gone; what they
would show stands in a sheet of a few frames, folded.
"""

import base64
import html
from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.axes import Axes

from helpers.checked import function
from helpers.kit.controls import boxed, line, say_in, slider, written
from helpers.kit.outcomes import changed, read_by
from helpers.kit.pictures import img_of, picture
from helpers.kit.sheets import GAP, WIDTH, keep_axes, sheet

FRAMES = 4  # of the first knob, side by side on a page without sliders


def explore(draw, *, start=None, **knobs) -> None:
    """Show `draw(**values)` and a slider for each knob; the arrow keys move a slider, too.

    draw:  makes a figure from results at hand and returns its `Axes`; it is called once for each setting. The axes keep
           their ends, unless a setting needs wider ones. Where a name of the notebook that it reads has another value
           by now, nothing more is drawn, and a line says so.
    knobs: name -> the values that it can take, in the order of the slider, e.g. `beta=[0.1, 0.3, 1.0]`.
    start: the values shown at first; the first of each knob where nothing is said.
    Raises TypeError or ValueError for no knobs, a knob without values or with one twice, and a start that no knob has.
    """
    function(draw, "draw", "(**values) -> Axes")
    knobs, values = _looked_at(knobs, start)
    pictures, ends, read = {}, {}, {}

    def draw_at(several):
        figures = {tuple(at.items()): _figure_of(draw(**at)) for at in several}
        keep_axes(figures.values(), ends)
        for key, figure in figures.items():
            pictures[key] = picture(figure)
            plt.close(figure)
        read.update(read_by(draw))  # drawing may change a name itself, a list of what was drawn for one

    few = _few(knobs, values)
    draw_at(few)
    data, metadata = pictures[tuple(values.items())]
    shown = display(data, metadata=metadata, raw=True, display_id=True)
    sliders = {
        name: slider(name.replace("_", " "), [(written(one), one) for one in options], values[name])
        for name, options in knobs.items()
    }
    said = line(f"Shown: {_at(values)}")

    def redraw(_):
        at = {name: one.value for name, one in sliders.items()}
        if turned := changed(read):  # no picture of new results among those of old ones
            say_in(said, f"Out of date: {' and '.join(turned)}, another one by now. Run this cell again.")
            return
        if tuple(at.items()) not in pictures:
            draw_at([at])
        data, metadata = pictures[tuple(at.items())]
        shown.update(data, metadata=metadata, raw=True)
        say_in(said, f"Shown: {_at(at)}")

    for one in sliders.values():
        one.observe(redraw, names="value")
    display(boxed(*sliders.values(), said, kind="explorer"))
    if len(few) > 1:
        display(_all_at_once([(_at(at), pictures[tuple(at.items())][0]) for at in few]), raw=True)


def _few(knobs, values):
    """A few settings of the first knob that has several values, the start among them; all others as they start."""
    name = next((name for name, options in knobs.items() if len(options) > 1), None)
    if name is None:
        return [values]
    options = knobs[name]
    last, begin = len(options) - 1, options.index(values[name])
    places = {round(last * part / (FRAMES - 1)) for part in range(FRAMES)}
    if begin not in places:
        places = {begin, *sorted(places, key=lambda place: abs(place - begin))[1:]}
    return [{**values, name: options[place]} for place in sorted(places)]


def _all_at_once(frames):
    """The frames as one folded picture."""
    png = sheet([(text, base64.b64decode(data["image/png"])) for text, data in frames])
    alt = " ".join(f"{text}: {data['text/plain']}" for text, data in frames)
    names = "; ".join(text for text, _ in frames)
    image = img_of(
        base64.b64encode(png).decode(), f"The same figure {len(frames)} times. {alt}", 2 * WIDTH + GAP
    )
    summary = f"<summary>Without sliders, side by side: {html.escape(names)}</summary>"
    return {"text/html": f"<details>{summary}\n{image}</details>", "text/plain": f"Side by side: {names}."}


def _at(values):
    return ", ".join(f"{name.replace('_', ' ')} {written(value)}" for name, value in values.items())


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
