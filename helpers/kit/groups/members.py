"""The members' prediction files of one group, joined without names: what was guessed, and believed before and after."""

import html
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.people import LEAST, people
from helpers.kit.groups.sent import members_of, of_several
from helpers.kit.groups.typed import WHEN, lines_of_table
from helpers.kit.predictions import FILE
from helpers.kit.rows import (
    CAME_OUT,
    Said,
    in_time,
    lines_of,
    own_of,
    results_of,
    rows_of,
    said_of,
    unknowing,
)
from helpers.kit.units import is_share

ENDS = (
    ".jsonl",
    ".json",
    ".txt",
    ".csv",
)  # how members send their files; a table is what was typed off paper
DRAWN = ("group.png", "group.txt")  # in a folder of the course's, what it drew itself of a group
LATER = re.compile(r"(_new|_\d+)+(?=\.\w+$)")  # how it calls another one of a name that is taken
ONE = "if two are one member's, from two copies of the course, take one of them out or join them"
BOTH = "Files and a table are counted together: take out of the table whoever has sent a file, or they count twice."
FEW = 3  # of fewer members each can tell what the other said


@dataclass(frozen=True)
class Group:
    """What a group said about one lesson.

    guesses:   name, key, unit, guess: a row for each guess, in the order of its size, so that no row tells whose it is.
    credences: claim, before, after: a row for each member and claim, in the order of `before`; NaN where not said.
    members:   how many files said something about this lesson.
    faults:    what could not be read, a sentence each.
    """

    guesses: pd.DataFrame
    credences: pd.DataFrame
    members: int
    faults: tuple[str, ...]


def files_in(places: Iterable[Path]) -> list[Path]:
    """The files that are named, and those in the folders that are named. Raises ValueError where there is nothing."""
    found = []
    for place in map(Path, places):
        inside = [path for path in _in(place) if path.suffix.lower() in ENDS and not _is_ours(path, DRAWN)]
        inside = sorted(inside, key=lambda path: (ENDS.index(path.suffix.lower()), path))
        inside = inside if place.is_dir() else [place]
        if not inside or not all(path.is_file() for path in inside):
            raise ValueError(
                f"{place}: there is no file of predictions ({', '.join(f'*{end}' for end in ENDS)})"
            )
        found += inside
    return found


def not_read(places: Iterable[Path], files: Iterable[Path], ours: Iterable[str] = ()) -> list[Path]:
    """What else lies in the folders that are named: files with other endings than members' files have."""
    known, ours = {*files}, {*DRAWN, *ours}
    return [
        path
        for place in map(Path, places)
        for path in _in(place)
        if path not in known and not _is_ours(path, ours)
    ]


def _in(place):
    """The files in a folder, but those that a system hides there."""
    return [path for path in sorted(place.rglob("*")) if path.is_file() and not path.name.startswith(".")]


def _is_ours(path, names):
    """Whether the course calls a file of its own so, or the next one of its name: `slides.html`, `slides_new.html`."""
    return LATER.sub("", path.name) in names


def group(lesson: Lesson, files: Sequence[Path]) -> Group:
    """Join the files. Of a member's several answers to one question the last counts; a file that comes twice, once.

    Which files are one member's, `sent` says, and who is who in tables, `people`. Raises ValueError for a table of
    something else.
    """
    guesses, credences, members, stored, sent = [], [], 0, measured(lesson), {}
    contents = [path.read_bytes() for path in files if not _is_table(path)]
    typed, faults = _typed([path for path in files if _is_table(path)], lesson)
    numbered, same = members_of(contents)
    faults += same
    if numbered and typed:
        faults.append(BOTH)
    for number, data in [*numbered, *enumerate(typed, len(contents) + 1)]:
        rows, bad = rows_of(data)
        if bad:
            faults.append(f"{bad} line{'s' * (bad > 1)} of file {number} cannot be read and are left out.")
        last, said = {row["name"]: row for row in in_time(rows)}, said_of(rows)
        faults += [*_of_another(number, last, lesson), *of_several(number, data)]
        told = _untold(lesson, said, results_of(rows)[0], stored)
        faults += _late(number, said, told)
        mine = [
            {"name": name, "key": key, "unit": lesson.asked[name][1], "guess": one.row["guesses"][key]}
            for (name, key), one in told.items()
            if one is not None
        ]
        units = {at: one.row.get("unit") for at, one in told.items() if one is not None}
        odd = [one for one in mine if not _is_in(units[one["name"], one["key"]], one["unit"], one["guess"])]
        mine = [one for one in mine if one not in odd]
        if odd:
            named = ", ".join(dict.fromkeys(one["name"] for one in odd))
            faults.append(
                f"{len(odd)} number{'s' * (len(odd) > 1)} of file {number} ({named}) in another unit than asked "
                "for, left out."
            )
        believed = [_believed(last, name) for name in lesson.believed]
        believed = [one for one in believed if not math.isnan(one["before"]) or not math.isnan(one["after"])]
        if number <= len(contents):
            sent[number] = {(one["name"], one["key"]): one["guess"] for one in mine} | {
                (one["claim"], when): one[when]
                for one in believed
                for when in WHEN
                if not math.isnan(one[when])
            }
        guesses, credences, members = guesses + mine, credences + believed, members + bool(mine or believed)
    faults += _alike(sent)
    guesses = pd.DataFrame(guesses, columns=["name", "key", "unit", "guess"])
    credences = pd.DataFrame(credences, columns=["claim", "before", "after"])
    # In the order of the values, a place in the table tells nothing of whose file it was.
    order = {"kind": "stable", "ignore_index": True}
    return Group(
        guesses.sort_values(["name", "key", "guess"], **order),
        credences.sort_values(["claim", "before", "after"], **order),
        members,
        tuple(faults),
    )


def _is_table(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _typed(tables: Sequence[Path], lesson: Lesson) -> tuple[list[bytes], list[str]]:
    """(what each person said in typed tables, what is to be said of them)."""
    several = len(tables) > 1
    read = [
        lines_of_table(path.read_bytes(), lesson, f"table {number}" if several else "the table")
        for number, path in enumerate(tables, 1)
    ]
    in_order = sorted(range(len(tables)), key=lambda at: _age(tables[at]))
    said, faults = people([read[at][0] for at in in_order], lesson, measured(lesson))
    return said, [*(one for _, odd in read for one in odd), *faults]


def _age(path: Path) -> tuple[int, int, int]:
    """What sorts files as they were saved: of one minute, a browser's "members (1).csv" comes after "members.csv"."""
    saved, copy = path.stat().st_mtime_ns, re.search(r"\((\d+)\)$", path.stem)
    return saved // 60_000_000_000, int(copy[1]) if copy else 0, saved


def _of_another(number: int, last: Mapping, lesson: Lesson) -> list[str]:
    """What a file says that is not asked for: nothing of this lesson at all, or another version's numbers."""
    said = [name for name in lesson.asked if last.get(name, {}).get("guesses")]
    if not said and not any(
        f"believed {when} {name}" in last for when in ("before", "after") for name in lesson.believed
    ):
        return [f"File {number} says nothing about lesson {lesson.number}: it is not counted."]
    odd = [name for name in said if set(last[name]["guesses"]) - set(lesson.asked[name][0])]
    if not odd:
        return []
    return [
        f"File {number} has numbers that this version of the lesson does not ask for ({', '.join(odd)}): left out."
    ]


def _alike(sent: Mapping[int, Mapping[tuple[str, str], float]]) -> list[str]:
    """What is asked where files that count as two members' say the same, or one says before what one says after.

    They say the same where every number that both have is the same in both, and these are several.
    """
    both = lambda one, other: sent[one].keys() & sent[other].keys()
    pairs = [
        f"{one} and {other}"
        for one, other in itertools.combinations(sent, 2)
        if len(both(one, other)) >= LEAST
        and all(sent[one][key] == sent[other][key] for key in both(one, other))
    ]
    halves = {one: {"after" == key for _, key in said} for one, said in sent.items() if said}
    after, before = (
        [one for one, half in halves.items() if half == {is_after}] for is_after in (True, False)
    )
    said = [f"Files {' and '.join(pairs)} say the same numbers: {ONE}."] if pairs else []
    if after and before:
        said.append(
            f"{len(before)} of the files say nothing after the session, and {len(after)} nothing before it: {ONE}."
        )
    return said


def _untold(lesson, said, results, stored) -> dict[tuple[str, str], Said | None]:
    """What somebody said of each number before its result, or nearly that, was told; None where it was told before."""
    found = {}
    for at in [(name, key) for name, (keys, _) in lesson.asked.items() for key in keys]:
        if one := said.get(at[0], {}).get(at[1]):
            own = own_of(results.get(at[0], {}).get(at[1]), stored.get(at))
            found[at] = unknowing(one, stored.get(at) if own is None else own) if one.early else None
    return found


def _late(number: int, said: Mapping, told: Mapping) -> list[str]:
    """Of which numbers a file has only what was said when its own result had been shown, or nearly that."""
    late = [name for (name, key), one in told.items() if one is None and not said[name][key].early]
    knew = [name for (name, key), one in told.items() if one is None and said[name][key].early]
    why = {"the result was shown": late, "a run with turned numbers showed nearly the result": knew}
    return [
        f"{len(names)} number{'s' * (len(names) > 1)} of file {number} ({', '.join(dict.fromkeys(names))}) said after "
        f"{shown}, left out."
        for shown, names in why.items()
        if names
    ]


def mine(lesson: Lesson, file: Path = FILE) -> bytes:
    """Of a learner's own file the lines about one lesson's predictions and claims, for whoever leads a group.

    With what came out of them on the learner's machine, so that `group` sees what was said after that.
    """
    names = {
        *(f"{begins}{name}" for begins in ("", CAME_OUT) for name in lesson.asked),
        *(f"believed {when} {name}" for when in ("before", "after") for name in lesson.believed),
    }
    lines = lines_of(file.read_bytes()) if file.exists() else []
    read = [(line.strip(), row) for line in lines for row in rows_of(line)[0]]
    timely = {id(row) for row in in_time(row for _, row in read)}
    kept = [(line, row) for line, row in read if row["name"] in names and id(row) in timely]
    if all(row["name"].startswith(CAME_OUT) for _, row in kept):
        raise ValueError(f"{file} has no prediction and no credence of lesson {lesson.number} yet")
    return b"".join(line + b"\n" for line, _ in kept)


def _is_in(unit: str | None, asked: str, guess: float) -> bool:
    """Whether a guess is in the unit that is asked for; older files do not say the unit. A change may be below 0."""
    return unit in (None, asked) and (not is_share(asked) or -(asked != "share") <= guess <= 1)


def _believed(last, name):
    said = {
        when: last.get(f"believed {when} {name}", {"guesses": {}})["guesses"].get("believed", math.nan)
        for when in ("before", "after")
    }
    return {"claim": name, **{when: one if 0 <= one <= 1 else math.nan for when, one in said.items()}}


def measured(lesson: Lesson) -> dict[tuple[str, str], float]:
    """What came out as the lesson stores it, by the name of a prediction and its key; only where there is a number."""
    return {key: float(text) for key, text in written(lesson).items()}


def written(lesson: Lesson) -> dict[tuple[str, str], str]:
    """The same as it is written there: a table has few digits."""
    found = {}
    for part in lesson.parts:
        if part.verdict and part.verdict["predicted"]:
            values = part.verdict["measured"].items()
            found |= {(part.verdict["predicted"], key): repr(one) for key, one in values if one is not None}
        for name in part.beside:
            for output in part.shown:
                rows = table("".join(output.get("data", {}).get("text/html", "")))
                if rows and rows[0][-1] == "measured":
                    found |= {(name, row[0]): row[-1] for row in rows[1:] if row[-1] not in ("", "NaN")}
    return found


def table(page: str) -> list[list[str]]:
    """The rows of the tables in a piece of HTML, as texts."""
    rows = re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]
