"""What forms and explorers are made of: sliders with a name and a value in words, and a line that says what happened.

Whatever is shown here can be reached with Tab, moved with the arrow keys, and shows that it is reached.
"""

import html
import math
from collections.abc import Sequence

import ipywidgets

# Light and dark pages alike: the colours are those of the page around. JupyterLab's own rules take the outline from
# buttons, hence the force, and from fields for good, which have a ring instead.
FOCUS = (
    ".course-controls :focus-visible, .course-controls .noUi-handle:focus "
    "{outline: 3px solid var(--jp-brand-color1, #1976d2) !important; outline-offset: 2px !important} "
    ".course-controls .noUi-handle {background: var(--jp-brand-color1, #1976d2)} "  # white on white without it
    ".course-controls input:focus {box-shadow: 0 0 0 2px var(--jp-brand-color1, #1976d2) !important} "
    ".course-question {margin-top: 1em; font-weight: 600} "
    ".course-reply .course-said:not(:empty) {border-left: 3px solid var(--jp-brand-color1, #1976d2); padding-left: 8px}"
)
# The page around is mended with them: what is printed breaks between words, a folded cell keeps its three dots at 200 %
# zoom, and a box of information has dark letters on its light ground in the dark theme, too.
AROUND = (
    ".jp-OutputArea-output pre {word-break: normal; overflow-wrap: anywhere} "
    ".jp-Placeholder, .jp-Placeholder-content, .jp-Placeholder-contentContainer, .jp-PlaceholderText {min-width: 0} "
    ".jp-PlaceholderText {overflow: hidden; text-overflow: ellipsis} "
    ".jp-RenderedHTMLCommon .alert-info {color: #003b44} "
    ".jp-RenderedHTMLCommon .alert-info a {color: #003b44; text-decoration: underline}"
)
STYLE = f"<style>{FOCUS} {AROUND}</style>"
# A slider's handle comes without a name, and says its place instead of its value. Nothing but a script can say either;
# where scripts are kept out, the line that `aloud` and `say_in` read out is left. The picture that carries it goes at
# once, or it would be taken for a figure.
NAMED = """<img alt="" src="data:," onerror="
  const until = Date.now() + 20000, name = box => {
    const sliders = [...box.querySelectorAll('.widget-hslider')];
    if (!sliders.length && Date.now() < until) return setTimeout(() => name(box), 100);
    for (const slider of sliders) {
      const handle = slider.querySelector('.noUi-handle'), shown = slider.querySelector('.widget-readout');
      const say = () => {
        const value = shown.textContent.trim();
        if (handle.getAttribute('aria-valuetext') !== value) handle.setAttribute('aria-valuetext', value);
      };
      handle.setAttribute('aria-label', slider.querySelector('.widget-label').textContent.trim());
      new MutationObserver(say).observe(shown, {childList: true, characterData: true, subtree: true});
      new MutationObserver(say).observe(handle, {attributes: true, attributeFilter: ['aria-valuetext']});
      say();
    }
  };
  const start = () => {
    const box = this.closest('.course-controls');
    if (box) return this.remove(), name(box);
    if (Date.now() < until) setTimeout(start, 100);
  };
  start()">"""
WIDE = "min(34rem, 100%)"
SAID = "course-said"  # the class of a line
UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"


class Controls(ipywidgets.VBox):
    """Controls below each other; a page that has lost its kernel shows one sentence in their place."""

    def __repr__(self) -> str:
        what = "Buttons" if "course-quiz" in self._dom_classes else "Sliders and fields"
        return f"{what} stand here when this cell is run."


def boxed(*parts: ipywidgets.Widget, kind: str) -> Controls:
    """Controls below each other, which show where the keyboard is; `kind` is "form", "explorer" or "quiz"."""
    style = ipywidgets.HTML(STYLE + NAMED, layout={"display": "none"})
    box = Controls([style, *parts], layout={"padding": "5px"})  # else the outline is cut at the edge
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
    """A line of text that stands there; what `say_in` puts into it later is read out."""
    return ipywidgets.HTML(_as_line(text))


def say_in(shown: ipywidgets.HTML, text: str) -> None:
    """Put another text into a line, and have it read out; each of its lines stands for itself."""
    shown.value = _as_line(text, role="alert")


def aloud(*sliders: ipywidgets.SelectionSlider) -> ipywidgets.HTML:
    """A line that is not seen and reads out a slider's name and value when it is moved: by itself it says a place."""
    heard = ipywidgets.HTML()

    def tell(change):
        moved = change["owner"]
        heard.value = _as_line(f"{moved.description} {moved.label}", role="alert", style=UNSEEN)

    for one in sliders:
        one.observe(tell, names="value")
    return heard


def _as_line(text, role="", style="line-height: 1.4; white-space: normal"):
    """A line as HTML. The whole of it is replaced each time: a "status" that comes with its text stays unheard."""
    text = html.escape(text.strip()).replace("\n", "<br>")
    role = f' role="{role}"' if role else ""
    return f'<div class="{SAID}"{role} style="{style}">{text}</div>'


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
