"""Where a learner stands, read from the one local file: exercises, predictions with their scores, beliefs, verdicts.

Nothing is asked of the file but that its lines can be read; what is odd is left out, and nothing here writes.
"""

import ast
import contextlib
import functools
import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pandas as pd

from helpers import files
from helpers.kit.frames import digits_for, in_digits
from helpers.kit.groups.lesson import lesson as read_lesson
from helpers.kit.groups.members import measured, written
from helpers.kit.mine import my_verdicts
from helpers.kit.predictions import ANSWERED, CAME_OUT, DONE, OTHERS, credences, rows
from helpers.kit.quizzes import CONCEPTS, questions
from helpers.kit.rows import (
    ALIKE,
    WITHIN,
    first_of,
    is_of_turned,
    measured_in,
    own_of,
    results_of,
    said_of,
    unknowing,
)
from helpers.kit.scores import scored
from helpers.kit.tables import stored

LESSONS = files.NOTEBOOKS
CHECK = re.compile(r"^check_\w+\((\w+)\)", re.MULTILINE)
PAUSE = timedelta(minutes=30)  # between two things that were kept: whoever takes longer was elsewhere
WAITS, LATE = "waits for its result", "said after the result: no score"
TURNED = "came out with turned numbers: no score"
WIDER = "wider than the lesson asks: no score"
KNOWN = "said after a run with turned numbers showed the same: no score"
OTHERWISE = "the lesson has {} stored, by which it would count otherwise: no score"


@functools.cache
def exercises() -> dict[str, tuple[str, ...]]:
    """The functions that each lesson asks to be written, by its two digits, as they stand in its checks."""
    return {lesson: tuple(CHECK.findall("\n".join(code))) for lesson, code in _code().items()}


@functools.cache
def widths() -> dict[str, float]:
    """How near each prediction is to lie that a lesson asks for, by its name, as its form says."""
    found = {}
    for source in (one for code in _code().values() for one in code if one.startswith("ask(")):
        with contextlib.suppress(SyntaxError, ValueError):  # a width that is computed is not known here
            call = ast.parse(source).body[0].value
            given = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
            found[ast.literal_eval(call.args[0])] = given.get("within", WITHIN)
    return found


def _code():
    """The cells of code of each lesson, by its two digits."""
    found = {}
    for digits, path in files.lessons(LESSONS).items():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[digits] = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return found


def done() -> set[str]:
    """The exercises whose check has passed at least once."""
    return {row["name"].removeprefix(DONE) for row in rows() if row["name"].startswith(DONE)}


def predicted() -> pd.DataFrame:
    """Every number that was predicted, a row each, with what came out beside it, and its scores.

    The columns: prediction, what, you said, came out, within, how sure, held, Brier, interval score, unit, remark.
    What counts is the last prediction before a result was first seen. One that was made afterwards has no score.
    What came out with turned numbers is not the lesson's result: it is shown where there is no other, without a score.
    Where all of it is what the lesson has stored, no number that was turned had a part in it, and it counts.
    Where that was as near as a prediction has to be, whoever predicted after it knew the result: what was said before
    it counts.
    Of results that differ, the one nearest to what the lesson has stored is its own. One that is farther from it than
    two machines are apart has no score where the stored one would change whether the number held.
    """
    kept = [_unturned(row) for row in rows()]
    results, turned = results_of(kept)
    found = [
        _line(name, what, one, results.get(name, {}).get(what), turned.get(name, {}).get(what))
        for name, of in said_of(kept).items()
        if not name.startswith(OTHERS)
        for what, one in of.items()
    ]
    columns = ["prediction", "what", "you said", "came out", "within", "how sure"]
    return pd.DataFrame(found, columns=[*columns, "held", "Brier", "interval score", "unit", "remark"])


def believed() -> pd.DataFrame:
    """How much each claim was believed before and after its lesson, and how far that moved: a row a claim."""
    table = credences()
    table = table.loc[sorted(table.index, key=_in_order)]
    return table.assign(moved=table.after - table.before).rename_axis("claim").reset_index()


def words() -> dict[str, str]:
    """Rule -> the course's word on it and how far that carries, for each claim that you judged after its lesson."""
    table = stored("ledger").set_index("rule")
    said = credences().after.dropna().index
    return {
        name: f"{table.word[name]} {table.settings[name]}".strip() for name in said if name in table.index
    }


def own_verdicts() -> pd.DataFrame:
    """Your verdicts beside the course's; empty where there are none, or where what is kept of them is not whole."""
    try:
        return my_verdicts()[
            ["rule", "says", "verdict", "mean", "low", "high", "unit", "like", "the course's"]
        ]
    except (KeyError, TypeError, AttributeError):
        return pd.DataFrame()


def answered() -> dict[str, bool]:
    """Each question that was answered -> whether that was right: by the first answer, since it is told the reason.

    Of what is asked before the course ("before concepts.1"), where nothing is told, the last answer counts that was
    given before the same questions were asked after it, with reasons.
    """
    found, told = {}, False
    for row in rows():
        name, right = row["name"].removeprefix(ANSWERED), row.get("entry", {}).get("right")
        if row["name"].startswith(ANSWERED) and isinstance(right, bool):
            told = told or name.startswith("after ")
            if not name.startswith("before "):
                found.setdefault(name, right)
            elif not told:
                found[name] = right
    return found


def understood() -> pd.DataFrame:
    """The questions about the whole course, by what they are keyed to: whether they were right before it, and after."""
    answers = answered()
    word = {True: "right", False: "not yet", None: ""}
    table = [
        {"misunderstanding": one.keyed_to}
        | {when: word[answers.get(f"{when} {name}")] for when in ("before", "after")}
        for name, one in questions().items()
        if name.startswith(f"{CONCEPTS}.")
    ]
    known = any(name.startswith(("before ", "after ")) for name in answers)
    return pd.DataFrame(table if known else [], columns=["misunderstanding", "before", "after"])


def minutes() -> dict[str, float]:
    """Minutes between what was kept in a lesson, by its two digits; pauses of over half an hour are left out.

    It is less than what the lesson took: nobody looks at a clock before the first thing is kept, or after the last.
    """
    of = {name: lesson for lesson, names in exercises().items() for name in names}
    times = {}
    for row in rows():
        name = row["name"]
        lesson = of.get(name.removeprefix(DONE)) if name.startswith(DONE) else _lesson(name)
        when = _when(row.get("at"))
        if lesson and when:
            times.setdefault(lesson, []).append(when)
    return {
        lesson: sum((gap for gap in _gaps(sorted(several)) if gap <= PAUSE), timedelta()).total_seconds() / 60
        for lesson, several in times.items()
    }


def overview() -> pd.DataFrame:
    """A row for each lesson: exercises done, predictions that held, right first answers in its quiz, minutes."""
    solved, numbers, quiz, spent = done(), predicted(), answered(), minutes()
    table = []
    for lesson, names in exercises().items():
        mine = numbers[numbers.prediction.str.startswith(f"{lesson}.")]
        known = mine[mine.remark == ""]
        answers = [right for name, right in quiz.items() if name.startswith(f"{lesson}.")]
        table.append(
            {
                "lesson": lesson,
                "exercises done": f"{len(solved & set(names))} of {len(names)}",
                "numbers predicted": len(mine) or "",
                "of them held": f"{int(known.held.sum())} of {len(known)}" if len(known) else "",
                "quiz, right at first": f"{sum(answers)} of {len(answers)}" if answers else "",
                "minutes, at least": round(spent.get(lesson, 0)) or "",
            }
        )
    return pd.DataFrame(table)


def _line(name, what, said, values, turned):
    """The table's line of one number; values, turned: what came out, with the lesson's numbers and with others."""
    stored = _stored(name, what)
    value = own_of(values, stored)
    before = unknowing(said, value)
    said = before or first_of(said)
    row = said.row
    guess, sure = row["guesses"][what], row["confidence"]
    within, unit = row["within"], row.get("unit", "")
    line = {"prediction": name, "what": what, "you said": guess, "came out": value}
    line |= {"within": within, "how sure": sure, "unit": unit}
    if value is None and turned:
        return line | {"came out": turned[0], "remark": TURNED}
    if value is None or not said.early:
        return line | {"remark": WAITS if value is None else LATE}
    if within > widths().get(name, within):
        return line | {"remark": WIDER}
    if before is None:
        return line | {"remark": KNOWN}
    scores = scored(guess, sure, within, value, unit)
    if stored is not None and scored(guess, sure, within, stored, unit)["held"] != scores["held"]:
        if abs(value - stored) > _alike(name, what):
            return line | {"remark": OTHERWISE.format(in_digits(stored, digits_for(within)))}
    return line | scores | {"remark": ""}


def _unturned(row):
    """The row, without the mark of turned numbers where all that came out is what the lesson has stored."""
    if not row["name"].startswith(CAME_OUT) or not is_of_turned(row):
        return row
    name, found = row["name"].removeprefix(CAME_OUT), measured_in(row)
    own = {what: _stored(name, what) for what in found}
    if any(own[what] is None or abs(one - own[what]) > _alike(name, what) for what, one in found.items()):
        return row
    return {**row, "entry": {**row["entry"], "turned": False}}


def _stored(name, what):
    """What the lesson has stored for a number; None for a number that no lesson asks for."""
    there = name[2:3] == "." and name[:2] in files.lessons(LESSONS)
    return measured(read_lesson(name[:2])).get((name, what)) if there else None


def _alike(name, what):
    """So far may a number be from the lesson's stored one, which is written with few digits, and be the same."""
    text = written(read_lesson(name[:2])).get((name, what), "0")
    return max(ALIKE, 0.5 * 10.0 ** Decimal(text).as_tuple().exponent + 1e-9)


def _lesson(name):
    """The two digits of the lesson that a name speaks of: "believed before 00.C8" speaks of 00."""
    found = re.search(r"(?:^| )(\d\d)\.", name)
    return found[1] if found else None


def _when(text):
    try:
        when = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return when if when and when.tzinfo else None


def _in_order(name):
    """C8 before C18."""
    return [(len(part), part) if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _gaps(times):
    return [later - one for one, later in pairwise(times)]
