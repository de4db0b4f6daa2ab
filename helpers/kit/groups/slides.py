"""Slides of a lesson: one HTML file that needs nothing from outside, for a projector, a keyboard and a printer."""

import html

from helpers.kit.groups.deck import deck
from helpers.kit.groups.lesson import Lesson

STYLE = """
:root { color-scheme: light; --ink: #1a1a1a; --quiet: #595959; --line: #b3b3b3; --accent: #00558a; }
* { box-sizing: border-box; }
body { margin: 0; font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; color: var(--ink);
  background: white; line-height: 1.4; }
.slide { padding: 1.6em 2.4em; font-size: calc(min(2.2vw, 3.9vh) * var(--fit, 1));
  border-bottom: 1px solid var(--line); }
h1, h2 { line-height: 1.15; margin: 0 0 .6em; color: var(--accent); }
h1 { font-size: 2em; } h2 { font-size: 1.25em; }
.question { font-size: 1.25em; } .claims { color: var(--quiet); }
img { display: block; max-width: 100%; max-height: 68vh; min-height: 34vh; flex: 0 1 auto; align-self: center;
  object-fit: contain; margin: .3em auto; }
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
.notes { display: none; font-size: .75em; color: var(--quiet); border-left: .3em solid var(--line); padding-left: 1em;
  margin-top: 1em; }
.noted .notes { display: block; }
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
  img { max-height: 118mm; min-height: 50mm; } .verdict img { max-height: 45mm; min-height: 20mm; }
  .foot, .notes { display: none !important; }
}
"""
# Keys go through the slides; without a script all of them stand below each other.
SCRIPT = """
const slides = [...document.querySelectorAll('.slide')], said = document.getElementById('said');
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
  fit(slides[at]); slides[at].scrollTop = 0;
  said.textContent = `${at + 1} of ${slides.length}`;
  if (remember) history.replaceState(null, '', '#' + slides[at].id);
}
function linked() {
  const to = slides.findIndex(one => one.id === decodeURIComponent(location.hash.slice(1)));
  go(to < 0 ? 0 : to, to >= 0);
}
const keys = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1};
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const back = event.shiftKey && event.key === ' ';
  if (event.key in keys) { go(at + (back ? -1 : keys[event.key])); event.preventDefault(); }
  else if (event.key === 'Home') go(0);
  else if (event.key === 'End') go(slides.length - 1);
  else if (event.key === 'n') { document.body.classList.toggle('noted'); fit(slides[at]); }
});
let touched = null;
document.addEventListener('touchstart', event => { touched = event.touches[0].clientX; });
document.addEventListener('touchend', event => {
  const moved = event.changedTouches[0].clientX - touched;
  if (Math.abs(moved) > 60) go(at + (moved < 0 ? 1 : -1));
});
window.addEventListener('hashchange', linked);
window.addEventListener('resize', () => fit(slides[at]));
window.addEventListener('beforeprint', () => document.body.classList.remove('noted'));
document.body.classList.add('one');
slides.forEach(one => { one.classList.add('now'); fit(one); one.classList.remove('now'); });
linked();
"""


def slides(lesson: Lesson) -> str:
    """The slides as one HTML file. The first slide of each section has the section's anchor as its name."""
    taken, made = set(), deck(lesson)
    parts = []
    for number, one in enumerate(made, 1):
        name = one.section.anchor if one.section.anchor not in taken else f"{one.section.anchor}-{number}"
        taken.add(name)
        level = "h1" if one.kind == "title" else "h2"
        notes = f'<aside class="notes" aria-label="notes">{one.notes}</aside>' if one.notes else ""
        parts.append(
            f'<section class="slide {one.kind}" id="{name}" aria-label="slide {number} of {len(made)}">\n'
            f"<{level}>{one.heading}</{level}>\n{one.shown}\n{notes}</section>"
        )
    return page(
        f"{lesson.title}: slides",
        STYLE,
        "<main>\n" + "\n".join(parts) + '\n</main>\n<div class="foot"><span id="said" role="status"></span> '
        "<kbd>←</kbd> <kbd>→</kbd> move, <kbd>n</kbd> notes</div>",
        SCRIPT,
    )


def page(title: str, style: str, body: str, script: str = "") -> str:
    """A page that needs nothing from outside."""
    code = f"<script>{script}</script>\n" if script else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{style}</style>\n</head>\n'
        f"<body>\n{body}\n{code}</body>\n</html>\n"
    )
