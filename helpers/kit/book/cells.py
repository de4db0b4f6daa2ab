"""A cell of a notebook as HTML: what JupyterLab folds is folded, what sliders would show stands side by side."""

import html
import re
from collections.abc import Callable, Mapping

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from helpers.kit.groups.markup import anchor, picture, to_html
from helpers.kit.pages import PRE
from helpers.kit.verdicts import VERDICT

To = Callable[[str], str | None]  # where a link of the notebook leads in the book, None for nowhere
FOLDED_CODE, FOLDED_RESULT = "Code", "What this cell shows: folded, so that you can guess first"
SHEET = re.compile(
    r"<details><summary>Without sliders, side by side: (.*?)</summary>\s*(<img .*?>)</details>", re.DOTALL
)
SLIDES = "In the notebook a slider moves through all settings."
HELPER = f'<pre style="{PRE}">'  # the source of a helper, which the page colours as it does its own
NAMED = re.compile(
    r"<thead>\s*<tr[^>]*>\s*<th></th>((?:\s*<th>[^<]*</th>)*)\s*</tr>\s*<tr>\s*<th>([^<]+)</th>(?:\s*<th></th>)*\s*</tr>"
)
RULE = re.compile(r"\*\*Rule (\S+)\.\*\*")
_colours = HtmlFormatter(nowrap=True)


def to_page(cell: Mapping, to: To) -> str:
    """The cell as HTML. Raises ValueError for an output of a kind that no lesson stores."""
    source = text_of(cell["source"])
    if cell["cell_type"] == "markdown":
        return wide(to_html(source, to))
    if cell["cell_type"] != "code":
        return ""
    hides = cell.get("metadata", {}).get("jupyter", {})
    shown = "\n".join(_output(one, to) for one in cell.get("outputs", []))
    if re.match(r"(\w+\.)?explore\(", source) and "<figcaption>" not in shown:
        shown += f'\n<p class="quiet">{SLIDES}</p>'
    code = _code(source) if source.strip() else ""
    code = _folded(FOLDED_CODE, code, "source") if code and hides.get("source_hidden") else code
    shown = _folded(FOLDED_RESULT, shown, "result") if shown and hides.get("outputs_hidden") else shown
    names = dict.fromkeys(anchor(f"rule {name}") for name in _rules(cell))
    marks = "".join(f'<span id="{name}"></span>' for name in names)
    return f'<div class="cell">{marks}\n{code}\n{shown}\n</div>'


def text_of(source: str | list[str]) -> str:
    """What a notebook stores as a text or as its lines."""
    return source if isinstance(source, str) else "".join(source)


def wide(page: str) -> str:
    """Tables in a frame of their own, which moves sideways where they are wider than the page.

    The name of a table's rows stands above them, not in a row that is empty but for it.
    """
    page = NAMED.sub(r"<thead><tr><th>\2</th>\1</tr>", page)
    page = re.sub(r'<table( border="1" class="dataframe")?>', '<div class="wide" tabindex="0"><table>', page)
    return page.replace("</table>", "</table></div>")


def _rules(cell):
    """The rules that the cell shows, by their names."""
    found = [text_of(one.get("data", {}).get("text/markdown", "")) for one in cell.get("outputs", [])]
    return [name for one in found for name in RULE.findall(one)]


def _code(source):
    return f'<pre class="code" tabindex="0"><code>{highlight(source, PythonLexer(), _colours)}</code></pre>'


def _folded(summary, inside, kind):
    return f'<details class="{kind}"><summary>{summary}</summary>\n{inside}\n</details>'


def _output(output, to) -> str:
    """What one output shows, the richest form of it that a page without a kernel can show."""
    data = output.get("data", {})
    if "text/markdown" in data:
        said = wide(to_html(re.sub(r"<!--.*?-->", "", text_of(data["text/markdown"])), to))
        name = data.get(VERDICT, {}).get("name")
        return f'<div id="{anchor(f"verdict {name}")}">{said}</div>' if name else said
    if "text/html" in data:
        page = text_of(data["text/html"])
        return _code(text_of(data["text/plain"])) if HELPER in page else _page(page)
    if "image/png" in data:
        return f"<figure>{picture(text_of(data['image/png']).strip(), text_of(data['text/plain']))}</figure>"
    text = text_of(output.get("text", data.get("text/plain", "")))
    if text or output["output_type"] == "stream":
        return f'<pre class="shown" tabindex="0">{html.escape(text.rstrip())}</pre>'
    raise ValueError(f"an output of kind {output['output_type']} with {', '.join(data) or 'no data'}")


def _page(page):
    """HTML that a notebook shows, without the styles that are about JupyterLab."""
    page = re.sub(r"<style\b.*?</style>|<!--.*?-->", "", page, flags=re.DOTALL).strip()
    page = SHEET.sub(
        rf'<figure class="frames"><figcaption>Side by side: \1. {SLIDES}</figcaption>\n\2</figure>', page
    )
    page = f"<figure>{page}</figure>" if page.startswith("<img ") else page
    return wide(page)
