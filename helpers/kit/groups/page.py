"""The facilitator's page: what to run beforehand, two plans, questions with their marks, crux cards, no laptops."""

import html
from collections.abc import Iterable
from itertools import accumulate

from helpers.kit.claims import claim
from helpers.kit.groups import told
from helpers.kit.groups.kits import SIDES, Kit, Step
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.markup import inline, to_html
from helpers.kit.groups.slides import page
from helpers.machine import need

STYLE = """
:root { color-scheme: light; --ink: #1a1a1a; --quiet: #595959; --line: #b3b3b3; --accent: #00558a; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60em; padding: 1em 1.5em 3em; font: 16px/1.45 system-ui, "Segoe UI", Roboto,
  Helvetica, Arial, sans-serif; color: var(--ink); background: white; }
h1, h2, h3 { line-height: 1.2; color: var(--accent); } h2 { border-bottom: 1px solid var(--line); margin-top: 2em; }
a { color: var(--accent); }
nav ul { columns: 2; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid var(--line); padding: .35em .6em;
  text-align: left; vertical-align: top; } thead th { background: #eef3f7; }
td.when, th.when { white-space: nowrap; width: 6em; } td.show { width: 13em; }
.marks { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5em; } .marks h4 { margin: .4em 0; }
.marks ul { margin: 0; padding-left: 1.2em; }
.cards { display: grid; grid-template-columns: 1fr 1fr; gap: 0; }
.card { border: 1px dashed #595959; padding: .8em 1em; break-inside: avoid; }
.card h3 { margin: 0 0 .4em; color: var(--accent); } .card p { margin: .4em 0; }
.told { border-left: .3em solid var(--line); padding-left: 1em; }
dfn { font-style: normal; } dt { font-weight: 600; } dd { margin: 0 0 .4em 1.2em; }
.question { break-inside: avoid; }
@media (max-width: 40em) { .marks, .cards { grid-template-columns: 1fr; } nav ul { columns: 1; } }
@media print { @page { size: A4; margin: 14mm; } body { font-size: 10.5pt; max-width: none; padding: 0; }
  nav { display: none; } h2 { break-after: avoid; } .sheet { break-before: page; } }
"""
PAGES = [
    ("before", "Beforehand"),
    ("plan-60", "Plan for 60 minutes"),
    ("plan-90", "Plan for 90 minutes"),
    ("questions", "Five questions"),
    ("unplugged", "Without laptops"),
    ("verdicts", "What the lesson came to"),
    ("words", "Words and misunderstandings"),
    ("afterwards", "Afterwards"),
    ("cards", "Crux cards"),
]


def facilitators_page(lesson: Lesson, kit: Kit) -> str:
    """The page as one HTML file; its links lead into the slides beside it."""
    inside = {
        "before": _before(lesson, kit),
        "plan-60": _plan(lesson, kit, 60),
        "plan-90": _plan(lesson, kit, 90),
        "questions": "".join(_question(lesson, number, one) for number, one in enumerate(kit.questions, 1)),
        "unplugged": _list(kit.unplugged, "ol"),
        "verdicts": "".join(_verdict(lesson, name) for name in lesson.verdicts),
        "words": _words(lesson),
        "afterwards": _afterwards(lesson),
        "cards": _cards(lesson, kit),
    }
    links = "".join(f'<li><a href="#{id}">{name}</a></li>' for id, name in PAGES)
    sheets = ("verdicts", "cards")  # begin on a page of their own
    parts = "".join(
        f'<section id="{id}"{" class=sheet" * (id in sheets)}>\n<h2>{name}</h2>\n{inside[id]}\n</section>\n'
        for id, name in PAGES
    )
    head = (
        f"<h1>{html.escape(lesson.title)}</h1>\n<p>For whoever leads the meeting. In this folder: "
        '<a href="slides.html">slides.html</a> (arrow keys; works without the network) and '
        '<a href="handout.pdf">handout.pdf</a>.</p>\n'
        f"<p><strong>The question.</strong> {inline(lesson.question)}</p>\n{_claims(kit)}"
    )
    return page(
        f"{lesson.title}: facilitator's page",
        STYLE,
        f"<main>\n{head}\n<nav><ul>{links}</ul></nav>\n{parts}</main>",
    )


def _claims(kit):
    return _list([html.escape(str(claim(id))) for id in kit.cards], escaped=True)


def _list(items: Iterable[str], kind="ul", *, escaped=False):
    rows = "".join(f"<li>{one if escaped else inline(one)}</li>" for one in items)
    return f"<{kind}>{rows}</{kind}>"


def _link(lesson, heading):
    section = lesson.section(heading)
    return f'<a href="slides.html#{section.anchor}">{inline(section.name)}</a>'


def _before(lesson, kit):
    machine = [
        f"Run it once: <code>python3 course.py run {lesson.number}</code> shows that it works here; "
        "<code>python3 course.py</code> opens it.",
        f"It takes {inline(lesson.told('Time'))}. At most {need(lesson.number):g} GB of memory.",
        f"The group needs: {inline(lesson.told('You need'))}.",
    ]
    return _list([*machine, *map(inline, kit.before)], escaped=True)


def _plan(lesson, kit, length):
    steps: tuple[Step, ...] = kit.plans[length]
    ends = list(accumulate(step.minutes for step in steps))
    rows = "".join(
        f'<tr><td class="when">{end - step.minutes} to {end}</td><td>{inline(step.do)}{_asks(kit, step)}</td>'
        f'<td class="show">{_link(lesson, step.show)}</td></tr>'
        for step, end in zip(steps, ends, strict=True)
    )
    head = '<tr><th scope="col" class="when">Minutes</th><th scope="col">What</th><th scope="col">Projected</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _asks(kit, step):
    if step.ask is None:
        return ""
    said = html.escape(kit.questions[step.ask - 1].ask)
    return f'<br><a href="#question-{step.ask}">Question {step.ask}:</a> <em>{said}</em>'


def _question(lesson, number, one):
    return (
        f'<div class="question" id="question-{number}"><h3>{number}. {html.escape(one.ask)}</h3>\n'
        f"<p>Turns on {html.escape(one.about)}. Project: {_link(lesson, one.show)}.</p>\n"
        f'<div class="marks"><div><h4>✔ A strong answer</h4>{_list(one.strong)}</div>'
        f"<div><h4>✘ A weak one</h4>{_list(one.weak)}</div></div></div>\n"
    )


def _verdict(lesson, name):
    head, said = told.verdict(lesson, name)
    facts = {key: inline(one.rstrip(".")) for key, one in told.ledger(name).items() if one}
    more = "".join(f"<p><strong>{key}.</strong> {one}.</p>" for key, one in facts.items())
    return f'<div class="told"><h3>{inline(head)}</h3>\n{to_html(chr(10).join(_spaced(said)))}{more}</div>\n'


def _spaced(said):
    for one in said:
        yield from (one, "")


def _words(lesson):
    words = "".join(
        f"<dt>{html.escape(one.name)}</dt><dd>{html.escape(one.means)}</dd>" for one in lesson.words
    )
    return (
        f"<h3>Misunderstandings</h3>\n{to_html(told.misunderstood(lesson))}<h3>Words</h3>\n<dl>{words}</dl>"
    )


def _afterwards(lesson):
    return (
        "<p>Whoever ran the lesson has a file <code>predictions.jsonl</code> in the course's folder. Let members send "
        "theirs, put all of them into one folder, and run</p>"
        f"<pre>python3 course.py kit {lesson.number} --members FOLDER</pre>"
        "<p>It draws what the group predicted, beside what came out, and its credences before and after. No name, and "
        "nothing of other lessons, comes into the figure. In a group of two each knows the other's answers.</p>"
    )


def _cards(lesson, kit):
    cards = "".join(
        f'<div class="card"><h3>{html.escape(id)} · {SIDES[side]}</h3><p><em>{html.escape(claim(id).says)}</em></p>'
        f"<p>{inline(card.hold)}</p><p><strong>Lean on:</strong> {_link(lesson, card.lean)}.</p>"
        f"<p><strong>Crux:</strong> {inline(card.crux)}</p></div>\n"
        for id, sides in kit.cards.items()
        for side, card in sides.items()
    )
    return (
        "<p>Print, cut along the dashes. Whoever holds a card argues its side as well as it can be argued, says what "
        f'would move it, and asks the other side for its crux. Then swap.</p>\n<div class="cards">{cards}</div>'
    )
