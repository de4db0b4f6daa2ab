"""Show a helper's own source in a notebook, so that every algorithm exists once and is read where it is used."""

import inspect

from IPython import get_ipython
from IPython.display import Markdown, display
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from helpers.kit.pictures import QUIET

# Said in the element itself: Jupyter would break lines within words, and a static page would take a proportional font.
# A ground of its own keeps the colours of the source legible on light and on dark pages.
PRE = (
    "white-space: pre; word-break: normal; overflow-wrap: normal; overflow-x: auto; font-family: monospace; "
    "line-height: 1.3; padding: 0.5em; color: #111111; background-color: #f8f8f8"
)
# Static pages cut the code of cells at their edge, and do not know that imports are folded: there, and only there, they
# are called so.
STATIC = (
    "<style>.jp-InputArea-editor .highlight pre {white-space: pre-wrap; overflow-wrap: anywhere} "
    ".celltag_imports .jp-InputArea-editor {max-height: 3em; overflow: auto}</style>"
)


def show(*things) -> None:
    """Print the source of functions or classes of the helpers, highlighted."""
    source = "\n\n".join(inspect.getsource(thing).rstrip() for thing in things)
    spans = highlight(source, PythonLexer(), HtmlFormatter(noclasses=True, nowrap=True)).rstrip("\n")
    display({"text/html": f'{STATIC}<pre style="{PRE}">{spans}</pre>', "text/plain": source}, raw=True)


def say(text: str) -> None:
    """A sentence in the lesson whose numbers come from the run: `say(f"SFT reached {value:.2f}.")`.

    Where a lesson folds it away, what is left in its place is its first line, and tells nothing.
    """
    display(Markdown(f"{QUIET}\n\n{text}"))


def _table(frame) -> str | None:
    """A table as HTML; what stands in its place where a cell folds it away is its first line, as with a picture."""
    page = frame._repr_html_()
    return page and f"{QUIET}\n{page}"


if (shell := get_ipython()) is not None:
    shell.display_formatter.formatters["text/html"].for_type_by_name("pandas", "DataFrame", _table)
