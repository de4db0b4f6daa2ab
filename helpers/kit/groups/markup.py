"""Markdown of the lessons as HTML that needs nothing from outside, and as plain text for paper."""

import functools
import html
import re
from collections.abc import Callable

import mistune
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from helpers.kit.glossary import LINK, terms

SIZE = 16  # the size in which formulas are outlined; the page scales them with its letters
FORMULA = re.compile(r"\$\$(?P<shown>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+)\$(?!\w)", re.DOTALL)
RELATIVE = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)([^)\s]*)[^)]*\)")
CODE = re.compile(r"<pre\b.*?</pre>|<code>.*?</code>|```.*?```|`[^`\n]+`", re.DOTALL)
PEN = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C"}
_to_html = mistune.create_markdown(escape=False, plugins=["table"])


def to_html(markdown: str, to: Callable[[str], str | None] | None = None) -> str:
    """Markdown as HTML: formulas are drawn, words of the glossary tell their meaning, links that lead nowhere go.

    to: where a relative link leads from the page that is made, None for nowhere. Without it the page stands alone.
    """
    code, formulas = [], []

    def drawn(match):
        formulas.append(_drawn(match["shown"] or match["inline"], wide=bool(match["shown"])))
        return f"\ue000{len(formulas) - 1}\ue001"

    def kept(match):
        code.append(match[0])
        return f"\ue002{len(code) - 1}\ue003"

    text = FORMULA.sub(drawn, CODE.sub(kept, markdown))  # a dollar or a bracket in code is code
    text = LINK.sub(_meant, text) if to is None else text
    text = RELATIVE.sub(lambda match: _led(match, to), text)
    text = re.sub("\ue002(\\d+)\ue003", lambda match: code[int(match[1])], text)
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


def anchor(words: str) -> str:
    """What a link to a heading, or to anything else with a name, is called: "goal-index"."""
    return re.sub(r"\W+", "-", words.lower()).strip("-")


def meaning(name: str) -> str:
    """What the term of the glossary with this anchor means; "" for none."""
    return next((one.means for one in terms().values() if one.anchor == name), "")


def _led(match, to):
    """A link to where it leads on the page that is made, with the meaning of a term; its words alone for nowhere."""
    href = to(match[2]) if to else None
    means = meaning(match[2].partition("#")[2]) if "glossary." in match[2] else ""
    title = f' "{means.replace(chr(34), chr(39))}"' if means else ""
    return f"[{match[1]}]({href}{title})" if href else match[1]


def _meant(match):
    means = meaning(match[2])
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
