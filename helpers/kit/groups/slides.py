"""Slides of a lesson: one HTML file that needs nothing from outside, for a projector, a keyboard and a printer."""

import html

from helpers.kit.groups import told
from helpers.kit.groups.deck import deck
from helpers.kit.groups.kits import Kit
from helpers.kit.groups.lesson import Lesson

STYLE = """
:root { color-scheme: light; --ink: #1a1a1a; --quiet: #595959; --line: #b3b3b3; --accent: #00558a; }
* { box-sizing: border-box; }
body { margin: 0; font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; color: var(--ink);
  background: white; line-height: 1.4; }
.slide { padding: 1.6em 2.4em; outline: none; font-size: calc(min(2.2vw, 3.9vh) * var(--fit, 1));
  border-bottom: 1px solid var(--line); }
h1, h2 { line-height: 1.15; margin: 0 0 .6em; color: var(--accent); }
h1 { font-size: 2em; } h2 { font-size: 1.25em; }
.question { font-size: 1.25em; } .claims { color: var(--quiet); }
img { display: block; max-width: 100%; max-height: 68vh; min-height: 34vh; flex: 0 1 auto; align-self: center;
  object-fit: contain; margin: .3em auto; }
.bare h2 { margin-bottom: .2em; } .bare img { max-height: 82vh; }
.verdict img { max-height: 26vh; min-height: 12vh; } .verdict h2 { font-size: 1.8em; }
pre { font-size: .8em; line-height: 1.25; margin: .4em 0; white-space: pre-wrap; }
table { border-collapse: collapse; margin: .5em auto; } th, td { padding: .2em .7em; border: 1px solid var(--line);
  text-align: left; vertical-align: top; font-size: .85em; }
.blanks td { width: 9em; } .blanks th { font-weight: normal; font-size: 1em; }
.table { font-size: .9em; overflow-x: auto; }
dfn { font-style: normal; border-bottom: 1px dotted var(--quiet); }
.formula { display: block; text-align: center; margin: .6em 0; }
.ask { background: #f3f7fa; } .folded h2::before { content: "Turned over: "; color: var(--quiet); }
.exercise h2::before { content: "Do: "; color: var(--quiet); }
.notes { display: none; color: var(--quiet); border-left: .3em solid var(--line); padding: 1em; background: white;
  font-size: calc(min(2.2vw, 3.9vh) * .66); }
.one.noted .now .notes { display: block; position: fixed; top: 0; right: 0; bottom: 2em; width: 34vw; overflow: auto; }
.one.noted .slide.now { padding-right: 37vw; }
.off, .one .off { display: none !important; }
.foot { position: fixed; right: 1em; bottom: .5em; font-size: 14px; color: var(--quiet); background: white;
  padding: 0 .3em; }
.foot kbd { border: 1px solid var(--line); border-radius: 3px; padding: 0 .3em; }
.one .slide { display: none; min-height: 100vh; max-height: 100vh; overflow: auto; border: 0; }
.one .slide.now { display: flex; flex-direction: column; }
.slide > * { flex-shrink: 0; }
@media print {
  @page { size: A4 landscape; margin: 10mm; }
  .slide, .one .slide { display: flex; flex-direction: column; min-height: 0; max-height: none; height: 188mm;
    overflow: hidden; border: 0; padding: 4mm; font-size: calc(17pt * var(--fit, 1)); break-after: page;
    break-inside: avoid; background: white; }
  img { max-height: 118mm; min-height: 50mm; } .bare img { max-height: 150mm; }
  .verdict img { max-height: 45mm; min-height: 20mm; }
  .foot, .notes { display: none !important; }
}
"""
# Keys go through the slides; without a script all of them stand below each other.
SCRIPT = """
const slides = [...document.querySelectorAll('.slide')], said = document.getElementById('said');
const plan = new URLSearchParams(location.search).get('plan'); // slides.html?plan=60 goes through the slides of a plan
let all = !plan;
let at = 0;
function fit(slide) {
  let scale = 1;
  slide.style.setProperty('--fit', scale);
  while (scale > 0.45 && (slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1)) {
    scale -= 0.05; slide.style.setProperty('--fit', scale.toFixed(2));
  }
}
function go(to, remember = true) {
  at = Math.max(0, Math.min(slides.length - 1, to));
  slides.forEach((one, n) => one.classList.toggle('now', n === at));
  const mine = slides.filter(isIn);
  slides.forEach(one => one.classList.toggle('off', !all && !isIn(one)));
  slides[at].classList.remove('off');
  fit(slides[at]); slides[at].scrollTop = 0;
  said.textContent = `slide ${at + 1} of ${slides.length}` + (plan ? all ? ', all of them' :
    isIn(slides[at]) ? `, ${mine.indexOf(slides[at]) + 1} of ${mine.length} of the plan` : ', not of the plan' : '');
  if (remember) history.replaceState(null, '', '#' + slides[at].id);
}
function isIn(one) { return !plan || one.dataset.plans.split(' ').includes(plan); }
function move(step) { // to the next one of the plan, or to the next one
  let to = at + step;
  while (!all && slides[to] && !isIn(slides[to])) to += step;
  if (slides[to]) go(to);
}
function linked() {
  const to = slides.findIndex(one => one.id === decodeURIComponent(location.hash.slice(1)));
  go(to < 0 ? 0 : to, to >= 0);
}
const keys = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1};
let typed = '';
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const back = event.shiftKey && event.key === ' ';
  if (/^[0-9]$/.test(event.key)) { typed += event.key; said.textContent = `go to ${typed}`; return; }
  if (event.key === 'Enter' && typed) go(typed - 1);
  else if (event.key in keys) { move(back ? -1 : keys[event.key]); event.preventDefault(); }
  else if (event.key === 'Home') go(slides.findIndex(one => all || isIn(one)));
  else if (event.key === 'End') go(slides.findLastIndex(one => all || isIn(one)));
  else if (event.key === 'a') { all = !all; go(at); }
  else if (event.key === 'n') { document.body.classList.toggle('noted'); fit(slides[at]); }
  else if (typed) go(at);
  typed = '';
});
let touched = null;
document.addEventListener('touchstart', event => { touched = event.touches[0].clientX; });
document.addEventListener('touchend', event => {
  const moved = event.changedTouches[0].clientX - touched;
  if (Math.abs(moved) > 60) move(moved < 0 ? 1 : -1);
});
window.addEventListener('hashchange', linked);
window.addEventListener('resize', () => fit(slides[at]));
window.addEventListener('beforeprint', () => document.body.classList.remove('noted'));
document.body.classList.add('one');
slides.forEach(one => { one.classList.add('now'); fit(one); one.classList.remove('now'); });
linked();
"""


def slides(lesson: Lesson, kit: Kit) -> str:
    """The slides as one HTML file, each with its name as its anchor and the plans to which it belongs."""
    made = deck(lesson)
    plans = {length: set(kit.shown(length)) for length in kit.plans}
    parts = []
    for number, one in enumerate(made, 1):
        level = "h1" if one.kind == "title" else "h2"
        said = sides() if one.kind == "title" else one.notes
        notes = f'<aside class="notes" aria-label="notes">{said}</aside>' if said else ""
        mine = " ".join(str(length) for length, names in plans.items() if one.name in names)
        kind = f"{one.kind} bare" if one.shown.startswith("<img") else one.kind
        parts.append(
            f'<section class="slide {kind}" id="{one.name}" data-plans="{mine}" '
            f'aria-label="slide {number} of {len(made)}">\n'
            f"<{level}>{one.heading}</{level}>\n{one.shown}\n{notes}</section>"
        )
    return page(
        f"{lesson.title}: slides",
        STYLE,
        "<main>\n" + "\n".join(parts) + '\n</main>\n<div class="foot"><span id="said" role="status"></span> '
        "<kbd>←</kbd> <kbd>→</kbd> move, <kbd>Home</kbd> <kbd>End</kbd> ends, number and <kbd>Enter</kbd> go to it, "
        "<kbd>n</kbd> notes, <kbd>a</kbd> all or the plan's</div>",
        SCRIPT,
    )


def sides() -> str:
    """What the two sides of the argument hold, as HTML."""
    return "".join(f"<p><em>{who}:</em> {html.escape(said)}</p>" for who, said in told.sides().items())


def page(title: str, style: str, body: str, script: str = "") -> str:
    """A page that needs nothing from outside."""
    code = f"<script>{script}</script>\n" if script else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{style}</style>\n</head>\n'
        f"<body>\n{body}\n{code}</body>\n</html>\n"
    )
