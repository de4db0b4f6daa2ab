"""Markdown of the lessons as HTML that needs nothing from outside, and as plain text for paper."""

import functools
import html
import re

import mistune
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from helpers.kit.glossary import LINK, terms

SIZE = 16  # the size in which formulas are outlined; the page scales them with its letters
FORMULA = re.compile(r"\$\$(?P<shown>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+)\$(?!\w)", re.DOTALL)
PEN = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C"}
_to_html = mistune.create_markdown(escape=False, plugins=["table"])


def to_html(markdown: str) -> str:
    """Markdown as HTML: formulas are drawn, words of the glossary tell their meaning, links that lead nowhere go."""
    formulas = []

    def kept(match):
        formulas.append(_drawn(match["shown"] or match["inline"], wide=bool(match["shown"])))
        return f"\ue000{len(formulas) - 1}\ue001"

    text = LINK.sub(_meant, FORMULA.sub(kept, markdown))
    text = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)
    return re.sub("\ue000(\\d+)\ue001", lambda match: formulas[int(match[1])], _to_html(text))


def inline(markdown: str) -> str:
    """One paragraph of Markdown as HTML, without the paragraph around it."""
    return re.sub(r"^<p>(.*)</p>$", r"\1", to_html(markdown).strip(), flags=re.DOTALL)


def to_text(markdown: str) -> str:
    """Markdown as plain text; formulas keep their dollars, with which matplotlib draws them."""
    text = re.sub(r"</?\w[^>]*>", "", markdown)
    text = re.sub(r"!?\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?m)^> ?|^#+ ", "", text)
    kept = re.split(r"(\$\$.+?\$\$|\$[^$\n]+\$)", text, flags=re.DOTALL)
    kept[::2] = [re.sub(r"\*\*|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)", "", one) for one in kept[::2]]
    return html.unescape("".join(kept)).strip()


def paragraphs(markdown: str) -> list[str]:
    """The paragraphs, lists and tables of a Markdown text."""
    return [one.strip("\n") for one in re.split(r"\n\s*\n", markdown) if one.strip()]


def words(markdown: str) -> int:
    """How many words a reader meets in it."""
    return len(to_text(markdown).split())


def picture(png: str, alt: str) -> str:
    """A figure as HTML, the notebook's own bytes in it."""
    return f'<img src="data:image/png;base64,{png}" alt="{html.escape(alt)}">'


def _meant(match):
    anchor = match[2]
    means = next((one.means for one in terms().values() if one.anchor == anchor), "")
    return f'<dfn title="{html.escape(means)}">{match[1]}</dfn>' if means else match[1]


@functools.cache
def _drawn(formula: str, *, wide: bool) -> str:
    """A formula as outlines, in the colour and size of the letters around it; its source is its name."""
    source = " ".join(formula.split())
    try:
        path = TextPath((0, 0), f"${source}$", size=SIZE)
    except ValueError:  # what matplotlib cannot set
        return f"<code>{html.escape(source)}</code>"
    box, turns = path.get_extents(), []
    for points, code in path.iter_segments(curves=True, simplify=False):
        if code in PEN:
            turns.append(
                PEN[code] + " ".join(f"{value:.2f}" for value in points * ([1, -1] * (len(points) // 2)))
            )
        else:
            turns.append("Z")
    view = f"{box.x0:.2f} {-box.y1:.2f} {box.width:.2f} {box.height:.2f}"
    style = f"height:{box.height / SIZE:.3f}em;vertical-align:{box.y0 / SIZE:.3f}em"
    drawn = (
        f'<svg role="img" aria-label="{html.escape(source)}" viewBox="{view}" style="{style}" fill="currentColor">'
        f'<path d="{"".join(turns)}"/></svg>'
    )
    return f'<span class="formula">{drawn}</span>' if wide else drawn
