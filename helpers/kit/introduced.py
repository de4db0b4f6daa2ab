"""Whether a lesson introduces its words: which terms of the glossary it uses before it has told what they mean.

    python -m helpers.kit.introduced 00     each such term of lesson 00, with the sentence in which it first stands

A term is introduced where it is linked to the glossary, set in bold or italics, or said to be what something is called,
or by an earlier lesson. Looked at is what a reader sees without running anything: prose, and the rules that a cell
shows. Everyday words that are terms as well cannot be told from them and are left out.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import nbformat

from helpers import files
from helpers.checked import one_of
from helpers.kit.glossary import LINK, Term, terms
from helpers.kit.rules import rules

LESSONS = files.NOTEBOOKS
EVERYDAY = {
    "confidence",
    "critic",
    "drift",
    "group",
    "hint",
    "loss",
    "margin",
    "probe",
    "reference",
    "return",
    "reward",
    "rule",
    "teacher",
}
FORMS = {  # how a term may stand in a sentence, where its name with a plural s does not say it
    "Boltzmann policy": r"Boltzmann",
    "clipping": r"clip(?:s|ped|ping)?\b",
    "confidence interval": r"(?:confidence |95 % )intervals?\b",
    "goal misgeneralisation": r"misgeneralis\w+",
    "held-out": r"held[- ]out\b",
    "inner alignment": r"inner (?:mis)?align\w+",
    "KL divergence": r"KL\b",
    "off policy": r"off[- ]policy\b",
    "on policy": r"on[- ]policy\b",
    "outer alignment": r"outer (?:mis)?align\w+",
    "policy": r"polic(?:y|ies)\b",
    "proxy": r"prox(?:y|ies)\b",
    "reward hacking": r"reward hack\w+",
    "RL": r"(?:RL\b|[Rr]einforcement learning)",
    "SFT": r"(?:SFT\b|[Ss]upervised fine-tuning)",
}
SKIPPED = re.compile(r"<details>.*?</details>|```.*?```|`[^`]*`|\$[^$]*\$", re.DOTALL)
EMPHASIS = re.compile(r"(\*\*|\*)(?=\S)(.+?)(?<=\S)\1")
CALLED = re.compile(r"\bcalled (?:an? |the )?$")
SHOWN = re.compile(r"\brule\(\"(\d\d\.[\w.]+)\"\)\s*$", re.MULTILINE)  # a cell that shows a rule


@dataclass(frozen=True)
class Use:
    """The first use of a term that was not introduced: in which cell, and the words around it."""

    term: str
    cell: int
    around: str

    def __str__(self) -> str:
        return f"{self.term} (cell {self.cell}): ... {self.around} ..."


def early(cells: Sequence, number: str, known: dict[str, Term]) -> list[Use]:
    """The terms that a lesson's cells use before they are introduced, in the order of their first use.

    number: of the lesson, "03". known: the terms; those that an earlier lesson introduces are not looked at.
    """
    new = {name: one for name, one in known.items() if one.first >= number and name not in EVERYDAY}
    found, told = {}, set()
    for at, cell in enumerate(cells):
        text, linked = _read(cell)
        for name, one in new.items():
            if name in found or name in told:
                continue
            first = _form(name).search(text)
            if first is None:
                continue
            told_at = [place for place, anchor in linked if anchor.lower() == one.anchor.lower()]
            told_at += [
                emphasis.start() for emphasis in EMPHASIS.finditer(text) if _form(name).search(emphasis[2])
            ]
            told_at += [first.start()] * bool(CALLED.search(text[: first.start()]))
            if told_at and min(told_at) <= first.start():
                told.add(name)
            else:
                around = text[max(0, first.start() - 50) : first.end() + 30]
                found[name] = Use(name, at, " ".join(around.split()))
    return list(found.values())


def lesson(number: str) -> list[Use]:
    """The terms that a lesson uses before they are introduced."""
    path = files.lessons(LESSONS)[one_of(number, files.lessons(LESSONS), "lesson")]
    return early(nbformat.read(path, as_version=4).cells, number, terms())


def _form(name):
    plain = rf"{re.escape(name)}s?\b"
    return re.compile(rf"(?<![\w-]){FORMS.get(name, plain)}", 0 if name != name.lower() else re.IGNORECASE)


def _read(cell):
    """What a reader sees of a cell, and where in it links to the glossary stand: (place, anchor)."""
    if cell.cell_type != "markdown":
        shown = [rules()[name] for name in SHOWN.findall(cell.source) if name in rules()]
        return "\n".join(f"{one.says} {one.measure}. {one.why}." for one in shown), []
    text, linked = SKIPPED.sub(" ", cell.source), []
    while link := LINK.search(text):
        linked.append((link.start(), link[2]))
        text = text[: link.start()] + link[1] + text[link.end() :]
    return text, linked


def main(arguments: Sequence[str]) -> int:
    """The command line: what each lesson uses before it is introduced."""
    numbers = arguments or files.lessons(LESSONS)
    for number in numbers:
        uses = lesson(number)
        print(f"{number}: {len(uses)} terms are used before they are introduced" + ":" * bool(uses))
        print("\n".join(f"  {use}" for use in uses))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
