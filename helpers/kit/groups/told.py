"""What a lesson came to, told in its own words: its rules, its verdicts, what to take along, what is misunderstood."""

import re
from pathlib import Path

from helpers.kit import tables
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.markup import paragraphs
from helpers.kit.rules import NOT_VALID, rules

COURSE = Path(__file__).resolve().parents[3]
CARRIES = "**How far it carries.**"
KEPT = ("**Why there is no word", "- ", "**Effect", CARRIES, "**Registered")
TAKE = re.compile(
    r"\*\*(?:Three lines to take along|Remember)\.?\*\*\s*(.+?)(?=\n\n(?:\*\*|#)|\Z)", re.DOTALL
)
MISUNDERSTOOD = re.compile(r"\*\*\w+ misunderstandings\.\*\*\s*(.+)", re.DOTALL)


def verdict(lesson: Lesson, name: str) -> tuple[str, list[str]]:
    """(the headline of a verdict, what it says) as the lesson has stored them, in Markdown; its gates are left out.

    How far it carries is told in the words of the ledger where the lesson's card does not say it.
    """
    head, *said = paragraphs(lesson.verdicts[name].markdown[0])
    head = head.lstrip("# ")
    until = next((n for n, one in enumerate(said) if one.startswith("**Gates")), len(said))
    kept = [one for one in said[:until] if one.startswith(KEPT) or one == rules()[name].says]
    if not any(one.startswith(CARRIES) for one in kept) and (carries := how_far(name)):
        kept.append(f"{CARRIES} {carries[0].upper()}{carries[1:]}.")
        head += f", {_row(name)['settings']}" if lesson.verdicts[name].verdict["verdict"] != NOT_VALID else ""
    return head, kept


def how_far(name: str) -> str:
    """How far a verdict carries, as the ledger has it: "in 12 of 17 settings; NOT VALID with: ..."; "" for unknown."""
    row = _row(name)
    return "; ".join(part for part in (row["settings"], row["others"]) if part)


def _row(name):
    return tables.stored("ledger").set_index("rule").loc[name]


def ledger(name: str) -> dict[str, str]:
    """What the ledger says of a rule beside its verdict: the weakest link and the next experiment."""
    row = _row(name)
    return {"Weakest link": row["weakest link"], "The next experiment": row["next experiment"]}


def sides() -> dict[str, str]:
    """What the two sides of the argument hold, "One" and "The other", in the words of the README."""
    text = re.sub(r"(?m)^> ?", "", (COURSE / "README.md").read_text(encoding="utf-8"))
    found = {who: re.search(rf"(?s)\*{who}:\*\s*(.+?)\n\n", text) for who in ("One", "The other")}
    return {who: " ".join(said[1].split()) for who, said in found.items()}


def rule(name: str) -> dict[str, str]:
    """A rule for whoever will judge by it: what it says, measures, and counts as mattering."""
    one, (below, above) = rules()[name], rules()[name].zones
    return {
        "It says": one.says,
        "Measured": f"{one.measure}, in {one.unit}.",
        "What matters": f"{one.matters:g}: {one.why}.",
        "Words": f"SUPPORTS above {above:g}, OPPOSITE below {below:g}, {one.middle} between them; each asks that the "
        "whole 95 % interval lies there. INCONCLUSIVE otherwise, and NOT VALID if a gate fails.",
    }


def take_along(lesson: Lesson) -> str:
    """The lines that end the lesson, as Markdown."""
    found = next(match for part in reversed(lesson.parts) if (match := TAKE.search(part.says)))
    return re.sub(r"(?m)^> ?", "", found[1]).strip()


def misunderstood(lesson: Lesson) -> str:
    """The misunderstandings that the lesson names, as Markdown."""
    found = next(match for part in reversed(lesson.parts) if (match := MISUNDERSTOOD.search(part.says)))
    return re.split(r"\n\n(?=\*\*|>|<)", found[1])[0].strip()
