"""Show a helper's own source in a notebook, so that every algorithm exists once and is read where it is used."""

import inspect

from IPython.display import Code, Markdown, display


def show(*things) -> None:
    """Print the source of functions or classes of the helpers, highlighted."""
    display(
        *[Code(data="\n\n".join(inspect.getsource(thing).rstrip() for thing in things), language="python")]
    )


def say(text: str) -> None:
    """A sentence in the lesson whose numbers come from the run: `say(f"SFT reached {value:.2f}.")`."""
    display(Markdown(text))
