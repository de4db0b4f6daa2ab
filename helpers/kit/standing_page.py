"""What you have done, predicted and believed so far: `progress()` in a cell, `python3 course.py progress` outside.

    python -m helpers.kit.standing_page        print the tables, and write the page with the picture

Everything comes from one file on this machine, and stays there.
"""

import base64
import html
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown, display

from helpers.files import Folder, told
from helpers.kit import predictions
from helpers.kit.frames import as_markdown, digits_for, in_digits
from helpers.kit.legible import DPI
from helpers.kit.pictures import img_of, picture, png_of
from helpers.kit.plots import panels
from helpers.kit.standing import LATE, believed, overview, own_verdicts, predicted, understood, words
from helpers.kit.standing_figure import plot_beliefs, plot_calibration, plot_standing

PAGE = Path(__file__).resolve().parents[2] / "my_work/progress.html"
RECORD = ".progress.json"
TAKES = 2  # MB that the page may take
EMPTY = (
    "Nothing is kept yet. What you predict, believe, build and answer in a lesson is kept in a file on this machine "
    "as you go; then it stands here."
)
READ = (
    "Brier and interval score: lower is better. Who always says 50 % has a Brier score of 0.25, and who is sure and "
    "wrong has 1. The interval score is that of the interval in which, by what you said, 80 % of results should lie: "
    "its width, and ten times what the result misses it by, in the unit of the number. Numbers of one lesson often "
    "hold or fail together, so that a few of them say little. A result counts as the lesson's unless a number of its "
    "cell of numbers was turned then, or it was out of date; what was turned elsewhere is not noticed."
)
BELIEFS = (
    "A verdict is about one small experiment and not about the claim, so that no belief is scored by it. What counts "
    "is whether you can say why yours moved, or why it did not."
)


def progress() -> None:
    """Show what you have done, predicted and believed so far: a picture, and the tables behind it."""
    parts = tables()
    if not parts:
        display(Markdown(EMPTY))
        return
    figure = plot_standing(predicted(), believed())
    data, metadata = picture(figure)
    plt.close(figure)
    display(data, metadata=metadata, raw=True)
    for title, (table, remark) in parts.items():
        text = as_markdown(table.set_index(table.columns[0])).replace("|  |", f"| {table.columns[0]} |", 1)
        display(Markdown("\n\n".join(part for part in (f"**{title}**", text, remark) if part)))


def tables() -> dict[str, tuple[pd.DataFrame, str]]:
    """Title -> the table, and a remark to stand below it; {} where nothing is kept."""
    if not predictions.rows():
        return {}
    numbers, beliefs, own = predicted(), believed(), own_verdicts()
    parts = {"Lessons": (overview(), "")}
    if len(numbers):
        shown = numbers.drop(columns="unit").assign(
            held=numbers.held.map({True: "yes", False: "no"}).fillna("")
        )
        parts["Numbers that you predicted"] = (_plain(shown), f"{_mean(numbers)} {READ}")
    if len(beliefs):
        parts["What you believe"] = (_plain(beliefs), f"{BELIEFS} {_words()}".strip())
    if len(asked := understood()):
        parts["The whole course, before and after"] = (asked, "")
    if len(own):
        parts["Your verdicts, and the course's"] = (_plain(own), "")
    return parts


def page(parts: dict[str, tuple[pd.DataFrame, str]]) -> str:
    """Pictures and tables as one HTML page that needs no other file, on a screen and on a phone."""
    pictures = [_drawn(plot_calibration, predicted()), _drawn(plot_beliefs, believed())]
    body = [f"<p class=pictures>{''.join(pictures)}</p>"]
    for title, (table, remark) in parts.items():
        shown = table.to_html(index=False, border=0, na_rep="")
        body.append(f"<h2>{html.escape(title)}</h2><div class=wide tabindex=0>{shown}</div>")
        body.append(f"<p>{html.escape(remark)}</p>" if remark else "")
    style = (
        ":root {color-scheme: light dark} body {font: 1rem/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem "
        "auto; padding: 0 1rem} table {border-collapse: collapse} th, td {text-align: left; padding: 0.2rem 0.8rem; "
        "border-bottom: 1px solid #8888} .wide {overflow-x: auto} .pictures {display: flex; flex-wrap: wrap; "
        "gap: 1rem} img {background: white; max-width: 100%; height: auto}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Where you stand</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f"<body><h1>Where you stand</h1>{''.join(body)}</body></html>\n"
    )


def _drawn(plot, table) -> str:
    """One panel as a picture of its own, so that a narrow page has it below the other."""
    ax = plot(table, panels(1, width=4.7, height=3.8)[0])
    png, width = base64.b64encode(png_of(ax.figure)).decode(), round(ax.figure.get_figwidth() * DPI)
    plt.close(ax.figure)
    return img_of(png, " ".join(ax.figure.alt_text), width)


def _words() -> str:
    """What the course said of the claims that you judged after their lessons, in a sentence."""
    said = "; ".join(f"{name} {word}" for name, word in words().items())
    return f"The course's words, each about one rule and its settings: {said}." if said else ""


def _mean(numbers) -> str:
    """The mean scores over all numbers that have one, in a sentence or two."""
    known = numbers[numbers.Brier.notna()]
    said = []
    if len(known):
        said.append(f"Your Brier score: {known.Brier.mean():.2f}, over {len(known)} numbers.")
    for unit, some in known[known["interval score"].notna()].groupby("unit"):
        said.append(
            f"Interval score, {unit or 'of other numbers'}: {in_digits(some['interval score'].mean())}."
        )
    late = int((numbers.remark == LATE).sum())
    if late:
        said.append(f"{late} said after their result was seen: they are shown and not scored.")
    return " ".join(said) or "No number has a confidence and a result yet, so that there is no score."


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers with as many digits as their row asks for, gaps empty."""
    each = table.within.map(digits_for) if "within" in table else pd.Series(2, table.index)
    shown = {name: list(map(in_digits, column, each)) for name, column in table.items()}
    return pd.DataFrame(shown, index=table.index)


def main() -> int:
    """Print the tables; write the page, and say where it lies or why it does not."""
    parts = tables()
    if not parts:
        print(EMPTY)
        return 0
    with pd.option_context("display.width", 120, "display.max_columns", None, "display.max_colwidth", 40):
        for title, (table, remark) in parts.items():
            print(f"{title}\n\n{table.to_string(index=False)}\n")
            print(f"{remark}\n" if remark else "", end="")
    try:
        PAGE.parent.mkdir(exist_ok=True)
        with Folder(PAGE.parent, RECORD) as folder:
            there = folder.offer(PAGE.name, page(parts))
        print(f"The same with a picture: {there}")
    except (OSError, ValueError) as error:
        print("The page with the picture could not be written; `progress()` in a lesson's cell shows it.")
        print(told(error, PAGE.parent, TAKES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
