"""A figure as a notebook stores it: a small picture, the same bytes for the same figure, and a text alternative."""

import base64
import html
import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from helpers.kit.legible import DPI, sizes, unclear
from helpers.kit.numbers import folded

# What stands in the place of a hidden output is its first line, which must not tell the result.
QUIET = "<!-- Run this cell to see its result. -->"
UNREAD = "Its numbers could not be read from this figure"
SOME = 20_000  # pixels among which a palette is sought
COLOURS = 64  # look the same as all colours, and make a picture about a third as large


def picture(figure: Figure) -> tuple[dict, dict]:
    """A figure as a notebook stores it: its data, picture, numbers and text alternative; as metadata its sizes.

    The metadata also say what is unclear in it, if anything is: a test looks for that in the stored lessons.
    """
    alt = " ".join(getattr(figure, "alt_text", ["Figure."]))
    png = base64.b64encode(png_of(figure)).decode()
    # JupyterLab shows the HTML, since it gives a PNG no alt attribute; pages that strip HTML show the PNG.
    page = f"{QUIET}\n{img_of(png, alt, round(figure.get_figwidth() * DPI))}\n{_numbers(figure)}".rstrip()
    about = {"alt": alt, **sizes(figure)} | ({"unclear": faults} if (faults := unclear(figure, alt)) else {})
    return {"text/html": page, "image/png": png, "text/plain": alt}, {"image/png": about}


def _numbers(figure) -> str:
    """The tables of a figure, folded: a figure that they cannot be read from is shown all the same."""
    try:
        return folded(figure)
    except Exception as error:
        return f"<p>{UNREAD} ({html.escape(f'{type(error).__name__}: {error}')}).</p>"


def img_of(png: str, alt: str, width: int) -> str:
    """A picture and its text alternative as HTML; `png` is written in base64."""
    return f'<img alt="{html.escape(alt)}" width="{width}" src="data:image/png;base64,{png}">'


def png_of(figure: Figure, colours: int = COLOURS) -> bytes:
    """The figure as a PNG with a palette of so many colours, on white."""
    full = io.BytesIO()
    figure.savefig(full, format="png", dpi=DPI, facecolor="white", pil_kwargs={"compress_level": 0})
    return png_of_image(Image.open(full).convert("RGB"), colours)


def png_of_image(image: Image.Image, colours: int = COLOURS) -> bytes:
    """An image as a PNG with a palette of so many colours."""
    small = io.BytesIO()
    _with_palette(image, colours).save(small, format="png", optimize=True)
    return small.getvalue()


def _with_palette(image, colours):
    """An RGB image with so many colours, each pixel with the nearest of them.

    The palette is sought among the image's colours, each in proportion and once at least: a chart has few, so that this
    takes a fifth of the time that all pixels take.
    """
    counts, found = zip(*image.getcolors(image.width * image.height), strict=True)
    found, counts = np.array(found, np.uint8), np.array(counts)
    some = np.repeat(found, np.maximum(1, counts * SOME // counts.sum()), axis=0)
    sought = Image.fromarray(some[None]).quantize(
        colours, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE
    )
    palette = np.array(sought.getpalette()).reshape(-1, 3)[:colours]
    nearest = np.zeros(1 << 24, np.uint8)  # colour -> its place in the palette
    nearest[_as_numbers(found)] = ((found[:, None].astype(int) - palette) ** 2).sum(-1).argmin(1)
    few = Image.fromarray(nearest[_as_numbers(np.asarray(image))])
    few.putpalette(palette.astype(np.uint8).ravel().tolist())
    return few


def _as_numbers(colours):
    """Each colour as one number below 2 ** 24."""
    return colours.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
