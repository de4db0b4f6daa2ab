"""What forms and explorers are made of: sliders with a name and a value in words, and a line that says what happened.

Whatever is shown here can be reached with Tab, moved with the arrow keys, and shows that it is reached.
"""

import html
import math
from collections.abc import Sequence

import ipywidgets

# Light and dark pages alike: the colours are those of the page around.
STYLE = (
    "<style>.course-controls :focus-visible, .course-controls .noUi-handle:focus "
    "{outline: 3px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px}</style>"
)
WIDE = "min(34rem, 100%)"


class Controls(ipywidgets.VBox):
    """Controls below each other; a page that has lost its kernel shows one sentence in their place."""

    def __repr__(self) -> str:
        return "Sliders and fields stand here when this cell is run."


def boxed(*parts: ipywidgets.Widget, kind: str) -> Controls:
    """Controls below each other, which show where the keyboard is; `kind` is "form" or "explorer"."""
    box = Controls([ipywidgets.HTML(STYLE, layout={"display": "none"}), *parts])
    box.add_class("course-controls")
    box.add_class(f"course-{kind}")
    return box


def slider(name: str, options: Sequence[tuple[str, object]], value) -> ipywidgets.SelectionSlider:
    """A slider over (text, value) pairs, called `name`."""
    return ipywidgets.SelectionSlider(
        options=options,
        value=value,
        description=name,
        tooltip=f"{name}: the arrow keys move it",
        style={"description_width": "initial"},
        layout={"width": WIDE},
    )


def line(text: str = "") -> ipywidgets.HTML:
    """A line of text that is read out when it changes (see `say_in`)."""
    shown = ipywidgets.HTML()
    say_in(shown, text)
    return shown


def say_in(shown: ipywidgets.HTML, text: str) -> None:
    """Put another text into a line; each of its lines stands for itself."""
    text = html.escape(text.strip()).replace("\n", "<br>")
    shown.value = f'<div role="status" style="line-height: 1.4; white-space: normal">{text}</div>'


def written(value) -> str:
    """A value as it is shown beside a slider."""
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)


def button(text: str, meaning: str = "", *, pressed) -> ipywidgets.Button:
    """A button that calls `pressed()`; `meaning` is read out with its text and shown when one points at it."""
    made = ipywidgets.Button(description=text, tooltip=meaning, layout={"width": "max-content"})
    made.on_click(lambda _: pressed())
    return made


def row(*parts: ipywidgets.Widget) -> ipywidgets.HBox:
    """Controls side by side, in further rows where a page is narrow."""
    return ipywidgets.HBox(parts, layout={"flex_flow": "row wrap"})
