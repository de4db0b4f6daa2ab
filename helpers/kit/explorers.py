"""Explorers: a figure that stands by itself, and below it sliders that redraw it at once.

The figure is an ordinary output of the cell. Without a kernel it stays as it is and the sliders are gone.
"""

import math
from collections.abc import Callable, Sequence

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display

from helpers.kit.plots import picture


def explore(draw: Callable, *, start: dict | None = None, **knobs: Sequence) -> None:
    """Show `draw(**values)` and a slider for each knob; the arrow keys move a slider, too.

    draw:  makes a figure from results at hand and returns its `Axes`; it is called once for each setting.
    knobs: name -> the values that it can take, in the order of the slider, e.g. `beta=[0.1, 0.3, 1.0]`.
    start: the values shown at first; the first of each knob where nothing is said.
    Raises ValueError if a start value is not one of its knob's.
    """
    values = {name: (start or {}).get(name, options[0]) for name, options in knobs.items()}
    for name, value in values.items():
        if value not in knobs[name]:
            raise ValueError(f"{name} starts at {value!r}, which is none of {list(knobs[name])}")
    drawn = {}

    def picture_at(**at):
        key = tuple(at.items())
        if key not in drawn:
            figure = draw(**at).figure
            drawn[key] = picture(figure)
            plt.close(figure)
        return drawn[key]

    data, metadata = picture_at(**values)
    shown = display(data, metadata=metadata, raw=True, display_id=True)
    sliders = {name: _slider(name, options, values[name]) for name, options in knobs.items()}

    def redraw(_):
        data, metadata = picture_at(**{name: slider.value for name, slider in sliders.items()})
        shown.update(data, metadata=metadata, raw=True)

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    display(ipywidgets.VBox(list(sliders.values())))


def _slider(name, options, value):
    label = name.replace("_", " ")
    return ipywidgets.SelectionSlider(
        options=[(_written(option), option) for option in options],
        value=value,
        description=label,
        style={"description_width": "initial"},
        layout={"width": "min(32rem, 100%)"},
    )


def _written(value):
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)
