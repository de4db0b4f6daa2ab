"""The front page of the book: the ledger, each claim in plain words with its verdict, and what there is to read."""

import html
import re
from collections.abc import Mapping

import pandas as pd

from helpers.kit.book.pages import COURSE, Page, ordered, prose
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.markup import anchor, inline
from helpers.kit.ledger import BEGIN, END, in_words, together
from helpers.kit.rules import withdrawn

README = COURSE / "README.md"
HEAD = (
    "What was claimed, in plain words",
    "What came out here",
    "In how many settings",
    "Published beside it",
)


def front(
    ledger: pd.DataFrame, alt: str, lessons: Mapping[str, Lesson], files: Mapping[str, str], title: str
) -> Page:
    """The page. `ledger`: its table; `alt`: what its figure shows; `lessons`: two digits -> lesson."""
    text = README.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1].split("\n## ")[0]
    links = {number: files[f"notebooks/{one.path.name}"] for number, one in lessons.items()}
    gone = "\n".join(f"- {name}: {rule.says} *{rule.withdrawn}*" for name, rule in withdrawn().items())
    parts = [
        prose(before, COURSE, files),
        _table(ledger, links),
        f"<p>Mean and 95 % interval over seeds. {html.escape(together(ledger))}</p>",
        prose(f"![{alt}](data/runs/ledger.png)\n\n{after}", COURSE, files),
        prose(f"## No longer judged, and why\n\n{gone}", COURSE, files) if gone else "",
        "<h2>Lessons</h2>",
        *(_lesson(lessons[number], links[number]) for number in lessons),
    ]
    return Page(files["README.md"], title, ordered("\n".join(parts)))


def _table(ledger, links):
    head = "".join(f'<th role="columnheader" scope="col">{one}</th>' for one in HEAD)
    rows = "\n".join(_row(one, links) for one in ledger.to_dict("records"))
    return (
        f'<table class="ledger" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{rows}\n</tbody></table>'
    )


def _row(one, links):
    size, carries, beside = map(html.escape, in_words(one))
    page = links.get(one["rule"][:2])
    name = html.escape(one["rule"])
    rule = anchor(f"rule {one['rule']}")
    where = f'<a href="{page}#{rule}">{name}: the rule and the experiment</a>' if page else name
    more = "".join(
        f"<p><b>{title}:</b> {html.escape(one[key])}</p>"
        for title, key in (("Weakest link", "weakest link"), ("Next experiment", "next experiment"))
        if one[key]
    )
    share = re.match(r"in (\d+) of (\d+) ", one["settings"])
    bar = f'<progress max="{share[2]}" value="{share[1]}" aria-hidden="true"></progress>' if share else ""
    cells = (
        f"{html.escape(one['says'])}<br>{where}"
        f"<details><summary>What is weakest, and what is next</summary>{more}</details>",
        f"<strong>{html.escape(one['word'])}</strong>{size}",
        f"{carries}{bar}",
        beside,
    )
    told = "".join(
        f'<td role="cell" data-head="{title}">{cell}</td>' for title, cell in zip(HEAD, cells, strict=True)
    )
    return f'<tr role="row" id="{anchor(one["rule"])}">{told}</tr>'


def _lesson(lesson: Lesson, href: str):
    return (
        f'<h3><a href="{href}">{html.escape(lesson.title)}</a></h3>\n'
        f'<p>{inline(lesson.question)}</p>\n<p class="quiet">{inline(lesson.told("Time"))}</p>'
    )
