"""Whether a figure can be read: large enough letters, few enough panels, colours that stand out, nothing on the data.

`complaints(figure)` is for tests of figures. `sizes(figure)` and what is `unclear` are stored with each picture, so
that a test can look at the stored lessons, too.
"""

import re
from itertools import combinations

import numpy as np
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

DPI = 110
WIDEST, PANELS, SMALLEST = 1000, 2, 10.0  # pixels, panels side by side, points
CONTRAST = 3.0  # against white, at the alpha used
FAINT = "faint"  # the gid of what stands behind, and which nobody has to tell apart


def contrast(colour, alpha: float = 1.0, ground="white") -> float:
    """The contrast of a colour against its ground, from 1 to 21 (WCAG 2); alpha lets the ground through."""
    under = np.array(to_rgb(ground))
    seen = alpha * np.array(to_rgb(colour)) + (1 - alpha) * under
    light, dark = sorted((_luminance(seen), _luminance(under)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lightness(colour) -> float:
    """How light a colour is in grey, from 0 (black) to 100 (white): CIE L*."""
    y = _luminance(to_rgb(colour))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def sizes(figure: Figure) -> dict[str, float]:
    """The smallest letters in points, the panels side by side, the width in pixels; of a figure that was drawn."""
    points = [text.get_fontsize() for text in _texts(figure)]
    columns = {round(ax.get_position().x0, 2) for ax in _panels(figure)}
    return {
        "points": round(float(min(points, default=SMALLEST)), 1),
        "panels": len(columns),
        "pixels": round(figure.get_figwidth() * DPI),
    }


def complaints(figure: Figure) -> list[str]:
    """What keeps a figure from being read, a sentence each; [] if nothing does."""
    figure.draw_without_rendering()
    found, size = [], sizes(figure)
    if size["pixels"] > WIDEST:
        found.append(f"It is {size['pixels']} pixels wide; {WIDEST} at most.")
    if size["panels"] > PANELS:
        found.append(f"It has {size['panels']} panels side by side; {PANELS} at most.")
    small = {text.get_text() for text in _texts(figure) if text.get_fontsize() < SMALLEST}
    found += [f"“{text}” has letters below {SMALLEST:g} points." for text in sorted(small)]
    pale = {text.get_text() for text in _texts(figure) if _pale(text.get_color(), text.get_alpha())}
    found += [f"“{text}” is too pale on white." for text in sorted(pale)]
    for ax in _panels(figure):
        for line in ax.get_lines():
            drawn = line.get_gid() != FAINT and line.get_visible() and len(line.get_xdata())
            if drawn and line.get_linewidth() >= 1 and _pale(line.get_color(), line.get_alpha()):
                found.append(f"A line, {line.get_label()}, is too pale on white.")
        if _on_data(ax):
            found.append(
                "A legend lies on the data; `label_ends` or `legend_beside` put the names beside them."
            )
    return found + [f"{one} differ by their colour only." for one in _alike(figure)]


def unclear(figure: Figure, alt: str) -> list[str]:
    """What the text alternative of a figure leaves out, and lines that only their colour tells apart; [] if nothing.

    It names each axis by a word of its label, and each line that has a name, and has a number.
    """
    said = _plain(alt)
    found = [f"{one} differ by their colour only" for one in _alike(figure)]
    found += [] if re.search(r"\d", alt) else ["the text alternative has no number"]
    for ax in _panels(figure):
        for label in (ax.get_xlabel(), ax.get_ylabel()):
            words = re.findall(r"\w{4,}", _plain(label)) or re.findall(r"\w+", _plain(label))
            if words and not any(word in said for word in words):
                found.append(f"the text alternative does not say “{' '.join(label.split())}”, an axis")
        names = [line.get_label() for line in _named(ax)]
        found += [
            f"the text alternative does not name “{name}”" for name in names if _plain(name) not in said
        ]
    return list(dict.fromkeys(found))


def _plain(text):
    return " ".join(str(text).lower().replace("`", "").split())


def _named(ax):
    """The lines that one sees and that have names."""
    lines = (line for line in ax.get_lines() if line.get_visible() and len(line.get_xdata()))
    return [line for line in lines if not str(line.get_label()).startswith("_")]


def _alike(figure):
    """Pairs of named lines of one panel that share dash and marker, where no name stands beside each."""
    found = []
    for ax in _panels(figure):
        if len(getattr(ax, "_end_labels", ())) >= len(_named(ax)):
            continue
        beside = {_plain(text.get_text()) for text in ax.texts}
        for one, other in combinations(_named(ax), 2):
            same = _dash(one) == _dash(other) and one.get_marker() == other.get_marker()
            names = {_plain(one.get_label()), _plain(other.get_label())}
            if same and len(names) == 2 and not names <= beside:
                found.append(f"“{one.get_label()}” and “{other.get_label()}”")
    return found


def _dash(line):
    """How a line is dashed, as it was given; a line is known to matplotlib by its dashes in points."""
    return line.get_linestyle() if line.get_linestyle() != "--" else str(line._unscaled_dash_pattern)


def _pale(colour, alpha):
    *_, own = to_rgba(colour)
    return contrast(colour, own if alpha is None else alpha) < CONTRAST


def _texts(figure):
    """Every text of the figure that is seen: ticks beyond the ends of an axis have texts, too."""
    axes = [(axis, ax.axison) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    beyond = {
        id(tick.label1)
        for axis, seen in axes
        for tick in axis.get_major_ticks()
        if not seen or not _within(tick.get_loc(), axis.get_view_interval())
    }
    beyond |= {id(axis.label) for axis, seen in axes if not seen}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in beyond
    ]


def _within(place, ends):
    low, high = sorted(ends)
    room = 1e-9 * (high - low)
    return low - room <= place <= high + room


def _panels(figure):
    return [ax for ax in figure.axes if ax.get_visible() and ax.get_label() != "<colorbar>"]


def _on_data(ax):
    legend = ax.get_legend()
    if legend is None or not legend.get_visible():
        return False
    box = legend.get_window_extent()
    for line in ax.get_lines():
        points = ax.transData.transform(np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float))
        x, y = _densely(points).T if len(points) else ((), ())
        inside = (
            (box.x0 < np.array(x)) & (np.array(x) < box.x1) & (box.y0 < np.array(y)) & (np.array(y) < box.y1)
        )
        if inside.any():
            return True
    return False


def _densely(points):
    """Points along the line, close enough to see whether it passes a box."""
    steps = np.linspace(0, 1, 20)[:, None, None]
    if len(points) == 1:
        return points
    return (points[:-1] + steps * (points[1:] - points[:-1])).reshape(-1, 2)


def _luminance(colour):
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))
