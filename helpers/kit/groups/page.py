"""The facilitator's page: what to run beforehand, two plans, questions with their marks, crux cards, no laptops."""

import html
from collections.abc import Iterable
from itertools import accumulate

from helpers.kit.claims import claim
from helpers.kit.groups import told
from helpers.kit.groups.deck import by_name, deck
from helpers.kit.groups.handout import sheets
from helpers.kit.groups.kits import SIDES, Kit, Step
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.markup import inline, to_html
from helpers.kit.groups.members import measured
from helpers.kit.groups.paper import Paper
from helpers.kit.groups.slides import page, sides
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
.told, .answer { border-left: .3em solid var(--line); padding-left: 1em; }
dfn { font-style: normal; } dt { font-weight: 600; } dd { margin: 0 0 .4em 1.2em; }
.question { break-inside: avoid; }
@media (max-width: 40em) { .marks, .cards { grid-template-columns: 1fr; } nav ul { columns: 1; } }
@media print { @page { size: A4; margin: 14mm; } body { font-size: 10.5pt; max-width: none; padding: 0; }
  nav { display: none; } h2, h3 { break-after: avoid; } tr, .told, dd { break-inside: avoid; }
  .sheet { break-before: page; } }
"""
PAGES = [
    ("before", "Beforehand"),
    ("plan-60", "Plan for 60 minutes"),
    ("plan-90", "Plan for 90 minutes"),
    ("questions", "Five questions"),
    ("unplugged", "Without laptops"),
    ("answers", "What came out"),
    ("verdicts", "What the lesson came to"),
    ("words", "Words and misunderstandings"),
    ("afterwards", "Afterwards"),
    ("cards", "Crux cards"),
]


def facilitators_page(lesson: Lesson, kit: Kit, paper: Paper | None = None) -> str:
    """The page as one HTML file; its links lead into the slides beside it.

    paper: the handout's sheets, whose numbers it tells; they are made where they are not there yet.
    """
    known = by_name(deck(lesson))
    inside = {
        "before": _before(lesson, kit, paper or sheets(lesson, kit)),
        "plan-60": _plan(kit, known, 60),
        "plan-90": _plan(kit, known, 90),
        "questions": "".join(_question(known, number, one) for number, one in enumerate(kit.questions, 1)),
        "answers": _answers(lesson, kit, known),
        "unplugged": _list(kit.unplugged, "ol"),
        "verdicts": "".join(_verdict(lesson, name) for name in lesson.verdicts),
        "words": _words(lesson),
        "afterwards": _afterwards(lesson),
        "cards": _cards(lesson, kit),
    }
    links = "".join(f'<li><a href="#{id}">{name}</a></li>' for id, name in PAGES)
    own = ("answers", "cards")  # begin on a page of their own
    parts = "".join(
        f'<section id="{id}"{" class=sheet" * (id in own)}>\n<h2>{name}</h2>\n{inside[id]}\n</section>\n'
        for id, name in PAGES
    )
    head = (
        f"<h1>{html.escape(lesson.title)}</h1>\n<p>For whoever leads the meeting. In this folder: "
        '<a href="slides.html">slides.html</a> (arrow keys; works without the network) and '
        '<a href="handout.pdf">handout.pdf</a>.</p>\n'
        f"<p><strong>The question.</strong> {inline(lesson.question)}</p>\n{_claims(kit)}"
        f"<h2>The two sides of the argument</h2>\n<p>In our words, to be read aloud at the beginning:</p>{sides()}"
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


def _links(names, known, plan=None, end="<br>"):
    """Links to slides by their numbers, each heading once; within a plan the arrows stay in it."""
    found, last = [], None
    for number, slide in (known[name] for name in names):
        link = f'<a href="slides.html{f"?plan={plan}" if plan else ""}#{slide.name}">{number}</a>'
        if slide.section.name == last:
            found[-1] += f", {link}"
        else:
            found.append(f"{inline(slide.section.name)}: {link}")
        last = slide.section.name
    return end.join(found)


def _before(lesson, kit, paper):
    machine = [
        f"Run it once: <code>python3 course.py run {lesson.number}</code> shows that it works here; "
        "<code>python3 course.py</code> opens it.",
        f"It takes {inline(lesson.told('Time'))}. To lead a meeting, reading is enough. "
        f"At most {need(lesson.number):g} GB of memory.",
        f"To the members, a week before: bring a pen; nobody needs a computer or has to install anything, and whoever "
        f"likes to run the lesson does it after the meeting. What helps: {inline(lesson.told('You need'))}.",
        f"Print <a href='handout.pdf'>handout.pdf</a> for each member, A4: {_stacks(paper)}. Print the "
        '<a href="#cards">crux cards</a>, the last page of this file, once a pair, and cut them out.',
        "In <a href='slides.html'>slides.html</a>, the links of a plan open its slides only: the arrows go from one "
        "to the next. <kbd>a</kbd> shows all of them, <kbd>n</kbd> the notes.",
    ]
    return _list([*machine, *map(inline, kit.before)], escaped=True)


def _stacks(paper):
    """Which sheets of the handout are given out when."""
    said = [
        f"{html.escape(name[0].lower() + name[1:])}, {_span('sheet', first, last)}"
        for name, first, last in paper.stacks
    ]
    return "; ".join(said)


def _span(word, first, last):
    return (
        f"{word} {first}"
        if first == last
        else f"{word}s {first} {'and' if last == first + 1 else 'to'} {last}"
    )


def _plan(kit, known, length):
    steps: tuple[Step, ...] = kit.plans[length]
    ends = list(accumulate(step.minutes for step in steps))
    rows = "".join(
        f'<tr><td class="when">{end - step.minutes} to {end}</td>'
        f"<td>{inline(step.do)}{_asks(kit, step)}{_stays(step, known)}</td>"
        f'<td class="show">{_links(step.slides, known, length) or "nothing new"}</td></tr>'
        for step, end in zip(steps, ends, strict=True)
    )
    head = '<tr><th scope="col" class="when">Minutes</th><th scope="col">What</th><th scope="col">Slides</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>{_reserve(kit, length)}"


def _stays(step, known):
    """A word to stay where the next slide answers what is asked on the last one."""
    number, slide = known[step.slides[-1]] if step.slides else (0, None)
    return f"<br><strong>Stay on slide {number}.</strong>" if slide and slide.asks else ""


def _reserve(kit, length):
    """The questions and cards that a plan has no time for."""
    steps = kit.plans[length]
    asked, dealt = {step.ask for step in steps}, {claim for step in steps for claim in step.cards}
    questions = [n for n in range(1, len(kit.questions) + 1) if n not in asked]
    links = ", ".join(f'<a href="#question-{n}">{n}</a>' for n in questions)
    said = [f"question {links}" if len(questions) == 1 else f"questions {links}"] if questions else []
    said += (
        [f"the cards of {', '.join(rest)}"] if (rest := [id for id in kit.cards if id not in dealt]) else []
    )
    return f"<p>In reserve, if there is time: {'; '.join(said)}.</p>" if said else ""


def _asks(kit, step):
    """The question that a step asks, and whose cards are dealt out."""
    said = ""
    if step.ask is not None:
        asked = html.escape(kit.questions[step.ask - 1].ask)
        said += f'<br><a href="#question-{step.ask}">Question {step.ask}:</a> <em>{asked}</em>'
    if step.cards:
        parted = ": half of the pairs take the one, half the other" if len(step.cards) > 1 else ""
        said += f"<br>The cards of {' and '.join(step.cards)}{parted}."
    return said


def _question(known, number, one):
    return (
        f'<div class="question" id="question-{number}"><h3>{number}. {html.escape(one.ask)}</h3>\n'
        f"<p>Turns on {html.escape(one.about)}. Slides: {_links(one.slides, known, end='; ')}.</p>\n"
        f'<div class="marks"><div><h4>✔ A strong answer</h4>{_list(one.strong)}</div>'
        f"<div><h4>✘ A weak one</h4>{_list(one.weak)}</div></div></div>\n"
    )


def written(value: float) -> str:
    """A number as the lesson has it: two decimals, or one where it has no more."""
    return f"{value:.1f}" if abs(value) >= 1 and value == round(value, 1) else f"{value:.2f}"


def _answers(lesson, kit, known):
    """For the eye of whoever leads: the numbers of each prediction, and what the lesson says of its riddles."""
    came, slides = measured(lesson), {name: n for n, one in known.values() for name in one.asks}
    rows = ""
    for name, (keys, unit) in lesson.asked.items():
        found = "; ".join(
            f"{html.escape(key)} {written(came[name, key])}"
            if (name, key) in came
            else f"{html.escape(key)}: no number"
            for key in keys
        )
        rows += f"<tr><th scope='row'>{name}, slide {slides[name]}</th><td>{found}{_in(unit)}</td></tr>"
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    return (
        "<p>For your eye only, before the meeting.</p>"
        + table
        + "".join(
            f'<div class="answer"><h3>{slide.heading} (slide {number})</h3>{slide.shown}</div>'
            for number, slide in (known[name] for name in kit.answers)
        )
    )


def _in(unit):
    return "" if unit == "share" else f", in {html.escape(unit)}"


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
    kit = f"python3 course.py kit {lesson.number}"
    return (
        "<p>What was written on paper: enter it into <code>members.csv</code> in this folder, a line for each member. "
        "The number in front, or a word that you type instead, tells who it is: what was said before and after the "
        "session may stand in two lines or two tables, and is one member's. Then</p>"
        f"<pre>{kit} --members kits/{lesson.path.stem}/members.csv</pre>"
        "<p>draws what the group predicted, beside what came out, and its credences before and after. What you have "
        "changed in this folder stays as it is.</p>"
        "<p>Whoever ran the lesson on a machine of his or her own writes a file of this lesson's answers with</p>"
        f"<pre>{kit} --mine</pre><p>and sends that one, not <code>predictions.jsonl</code>, which holds the answers to "
        "all lessons, the quizzes and own rules, and which whoever leads could read. Put all files into one folder, "
        "and name the folder after <code>--members</code>. No name comes into the figure. In a group of two each "
        "knows the other's answers.</p>"
    )


def _leans(lesson, card):
    """Where a card leans, with its slides: the card is printed."""
    numbers = [
        n for n, one in enumerate(deck(lesson), 1) if one.section.name == lesson.section(card.lean).name
    ]
    return f"{inline(lesson.section(card.lean).name)} ({_span('slide', numbers[0], numbers[-1])})"


def _cards(lesson, kit):
    cards = "".join(
        f'<div class="card"><h3>{html.escape(id)} · {SIDES[side]}</h3><p><em>{html.escape(claim(id).says)}</em></p>'
        f"<p>{inline(card.hold)}</p><p><strong>Lean on:</strong> {_leans(lesson, card)}.</p>"
        f"<p><strong>Crux:</strong> {inline(card.crux)}</p></div>\n"
        for id, sides in kit.cards.items()
        for side, card in sides.items()
    )
    return (
        "<p>Print, cut along the dashes. Whoever holds a card argues its side as well as it can be argued, says what "
        f'would move it, and asks the other side for its crux. Then swap.</p>\n<div class="cards">{cards}</div>'
    )
