"""What an explorer shows, on a page without sliders: a sheet of its frames; and axes that stay the same in all."""

import io
from collections.abc import Iterable, Sequence

from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from helpers.kit.pictures import png_of_image

WIDTH, COLUMNS, GAP, CAPTION = 490, 2, 16, 26  # pixels; two frames are as wide as a page


def sheet(frames: Sequence[tuple[str, bytes]]) -> bytes:
    """Several pictures, each with its caption above, as one PNG of at most two columns."""
    opened = [(text, Image.open(io.BytesIO(png)).convert("RGB")) for text, png in frames]
    small = [(text, _narrow(image)) for text, image in opened]
    rows = [small[at : at + COLUMNS] for at in range(0, len(small), COLUMNS)]
    heights = [CAPTION + GAP + max(image.height for _, image in row) for row in rows]
    whole = Image.new("RGB", (min(COLUMNS, len(small)) * (WIDTH + GAP) - GAP, sum(heights)), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(size=16)
    for place, row in enumerate(rows):
        top = sum(heights[:place])
        for column, (text, image) in enumerate(row):
            left = column * (WIDTH + GAP)
            draw.text((left + 6, top + 4), text, fill="black", font=font)
            whole.paste(image, (left, top + CAPTION))
    return png_of_image(whole)


def keep_axes(figures: Iterable[Figure], ends: dict) -> None:
    """Give the axes of several figures the same ends: the widest that any of them, and of those before, needs.

    ends: number of the panel -> its ends so far; kept up to date. Panels that run the other way round stay as they are.
    """
    figures = list(figures)
    for figure in figures:
        for place, ax in enumerate(figure.axes):
            for which, own in (("x", ax.get_xlim()), ("y", ax.get_ylim())):
                if own[0] < own[1]:
                    low, high = ends.get((place, which), own)
                    ends[place, which] = (min(low, own[0]), max(high, own[1]))
    for figure in figures:
        for place, ax in enumerate(figure.axes):
            for which, set_ends, own in (
                ("x", ax.set_xlim, ax.get_xlim()),
                ("y", ax.set_ylim, ax.get_ylim()),
            ):
                if own[0] < own[1] and own != ends[place, which]:
                    set_ends(*ends[place, which])


def _narrow(image):
    if image.width <= WIDTH:
        return image
    return image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
