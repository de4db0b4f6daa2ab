"""A lesson read as a group goes through it: headings, prose, questions, results, rules and verdicts, in their order."""

import ast
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

from helpers import files
from helpers.kit.as_given import cells_as_given
from helpers.kit.glossary import Term, linked, terms
from helpers.kit.groups.markup import anchor
from helpers.kit.verdicts import LESSONS, VERDICT

DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
HELP = re.compile(r"Hint|Solution")  # what stands folded below an exercise
NUMBERED = re.compile(r"^\d+ · | · \d+ minutes.*$")
HEADING = re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE)
PARTS = ("text", "exercise", "folded", "ask", "believe", "rule", "result", "verdict")
UNTOLD = ("Your `", "Your rule is not stated", "There is no rule yet", "○ Not attempted", "Side by side")


@dataclass(frozen=True)
class Part:
    """One piece of a lesson: its `kind` (one of PARTS), its prose as Markdown, and what its cell has shown.

    title:  of what is folded, its summary; else "".
    asked:  what is predicted or believed, by name -> keys; `unit` is that of what is predicted.
    shown:  the outputs of its cell, as the notebook stores them, without what no group looks at.
    beside: the predictions beside which its cell sets a result.
    drawn:  those that it draws into a figure of what came out.
    """

    kind: str
    says: str
    title: str = ""
    asked: dict = field(default_factory=dict)
    unit: str = "share"
    shown: tuple = ()
    beside: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()

    @property
    def tells(self) -> set[str]:
        """The names of the predictions of which it says what came out."""
        judged = self.verdict and self.verdict["predicted"]
        return {*self.beside, *self.drawn, *([judged] if judged else [])}

    @property
    def pictures(self) -> list[tuple[str, str]]:
        """(PNG in base64 as the notebook has it, text alternative) of each figure."""
        return [
            (_text(one["data"]["image/png"]).strip(), _text(one["data"].get("text/plain", "")))
            for one in self.shown
            if "image/png" in one.get("data", {})
        ]

    @property
    def verdict(self) -> dict | None:
        """The facts of its verdict, if it is one."""
        return next((one["data"][VERDICT] for one in self.shown if VERDICT in one.get("data", {})), None)

    @property
    def markdown(self) -> list[str]:
        """What its cell has shown as Markdown, without the line that hides it and without what is folded."""
        found = [one["data"].get("text/markdown") for one in self.shown if "data" in one]
        return [DETAILS.sub("", re.sub(r"<!--.*?-->", "", _text(one))).strip() for one in found if one]


@dataclass(frozen=True)
class Section:
    """What stands below a heading. Its name has no number and no minutes: "A hint", "Exercise 1 · A teacher"."""

    name: str
    level: int
    parts: list[Part]

    @property
    def anchor(self) -> str:
        """What a link to it is called."""
        return anchor(self.name)


@dataclass(frozen=True, eq=False)  # one that was read is itself, and what is made of it is kept
class Lesson:
    """A lesson: its two digits, its file, the sections in order; the first one is the title's.

    What goes on after an exercise is a section of its own, with the name of the one before and the level 0.
    """

    number: str
    path: Path
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """As its first heading has it: "03 · Same score, other goal"."""
        return self.sections[0].name

    @property
    def question(self) -> str:
        """The question of the lesson, as Markdown."""
        text = self.sections[0].parts[0].says
        return re.search(r"\*\*The question\.\*\*\s*(.+)", text)[1]

    def told(self, row: str) -> str:
        """A row of the table below the title, "Time" for one, as Markdown."""
        return re.search(rf"\|\s*\*\*{row}\*\*\s*\|\s*(.+?)\s*\|\n", self.sections[0].parts[0].says + "\n")[1]

    @property
    def parts(self) -> list[Part]:
        """All parts, in order."""
        return [part for section in self.sections for part in section.parts]

    @property
    def asked(self) -> dict[str, tuple[list[str], str]]:
        """What is predicted: name -> (keys, unit)."""
        found = [one for one in self.parts if one.kind == "ask"]
        return {name: (list(keys), one.unit) for one in found for name, keys in one.asked.items()}

    @property
    def believed(self) -> list[str]:
        """The names under which it asks how much a claim is believed, "00.C8"."""
        return list(dict.fromkeys(name for one in self.parts if one.kind == "believe" for name in one.asked))

    @property
    def verdicts(self) -> dict[str, Part]:
        """The verdicts that it stores, by the names of their rules."""
        return {one.verdict["name"]: one for one in self.parts if one.verdict}

    @property
    def words(self) -> list[Term]:
        """The words of the glossary that it introduces or links, in the order of the alphabet."""
        anchors = {anchor for one in self.parts for _, anchor in linked(one.says)}
        return [one for one in terms().values() if one.first == self.number or one.anchor in anchors]

    def section(self, name: str) -> Section:
        """The section with this heading, without its number and minutes, or with the last part of it, "A teacher".

        Raises ValueError, with the headings that there are, where none or more than one is called so.
        """
        there = [one for one in self.sections if one.level]
        found = [one for one in there if name in (one.name, one.name.split(" · ")[-1])]
        if len(found) != 1:
            known = "; ".join(one.name for one in there)
            raise ValueError(f"lesson {self.number} has {len(found)} headings {name!r}; there are: {known}")
        return found[0]


def lesson(number: str, folder: Path = LESSONS) -> Lesson:
    """The lesson with these two digits, with the course's own results. Raises ValueError, with those that there are."""
    there = files.lessons(folder)
    if number not in there:
        raise ValueError(
            f"There is no lesson {number}; there are: {', '.join(there) or 'none yet'}; or say all."
        )
    return _read(there[number])


@functools.cache
def _read(path):
    cells = cells_as_given(path)
    sections, above = [], None  # `above`: the section to which one comes back after an exercise
    for number, cell in enumerate(cells):
        text = _text(cell["source"])
        if cell["cell_type"] == "code":
            sections[-1].parts.extend(_of_code(cell, text))
            continue
        if number and set(_tags(cells[number + 1 :])) & {"imports", "parameters"}:
            continue  # about the two cells for whoever works at a keyboard
        pieces = re.split(r"(?m)^(?=#{1,3} )", text)
        for piece in filter(str.strip, pieces):
            if heading := HEADING.match(piece):
                name = heading[2] if len(heading[1]) == 1 else NUMBERED.sub("", heading[2])
                sections.append(Section(name, len(heading[1]), []))
                above = sections[-1] if len(heading[1]) < 3 else above
                piece = piece[heading.end() :]
            elif sections[-1].level == 3 and above is not None:
                sections.append(Section(above.name, 0, []))  # the same section goes on
            sections[-1].parts.extend(_of_prose(piece))
    return Lesson(path.name[:2], path, tuple(sections))


def _tags(cells):
    return cells[0].get("metadata", {}).get("tags", []) if cells else []


def _of_prose(text):
    folded = DETAILS.findall(text)
    prose = re.sub(r"</?div[^>]*>", "", DETAILS.sub("", text)).strip()
    helps = any(HELP.match(title) for title, _ in folded)
    if prose:
        yield Part("exercise" if helps else "text", prose)
    for title, inside in folded:
        if not HELP.match(title):
            yield Part("folded", inside.strip(), title=title.strip())


def _of_code(cell, source):
    """What a code cell asks or shows; nothing for one that a group does not look at."""
    for name in ("ask", "believe"):
        if source.startswith(f"{name}("):
            keys, how = _called(source)
            asked = {keys[0]: keys[1]} if name == "ask" else dict.fromkeys(keys, ())
            yield Part(name, "", asked=asked, unit=how.get("unit", "share"))
            return
    shown = tuple(one for one in cell.get("outputs", []) if _is_told(one, source))
    if not shown:
        return
    kind = "verdict" if any(VERDICT in one.get("data", {}) for one in shown) else "result"
    beside = tuple(re.findall(r'beside\("([^"]+)"', source))
    drawn = tuple(re.findall(r'guessed="([^"]+)"', source))
    kind = "rule" if re.match(r"(display\()?rule\(", source) else kind
    yield Part(kind, "", shown=shown, beside=beside, drawn=drawn)


def _called(source):
    """The arguments of a call that is written with plain values."""
    call = ast.parse(source).body[0].value
    plain = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
    return [ast.literal_eval(one) for one in call.args], plain


def _is_told(output, source) -> bool:
    """Whether a group looks at an output: no source of helpers, no form, no word to whoever works alone."""
    data = output.get("data", {})
    text = _text(output.get("text", data.get("text/plain", "")))
    lines = [line for line in text.splitlines() if line.strip()]
    if "NBVAL" in source or not lines or all(line.startswith(UNTOLD) for line in lines):
        return False
    if output["output_type"] == "stream":
        return "print(" in source
    return bool({"image/png", "text/markdown"} & set(data)) or "<table" in _text(data.get("text/html", ""))


def _text(source) -> str:
    return source if isinstance(source, str) else "".join(source)
