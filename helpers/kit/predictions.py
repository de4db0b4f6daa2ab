"""Keep what a learner predicted before a result was shown, in a plain local file, and set it beside the result.

The file is predictions.jsonl in the course's folder, or the one that INNER_ALIGNMENT_PREDICTIONS names. Every
prediction is a line of its own, added under a lock: two lessons that predict at once lose nothing, and of two
predictions under one name the later one counts. A line that cannot be read is set aside, never thrown away, and never
stops a lesson.
"""

import contextlib
import hashlib
import json
import os
import platform
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from helpers.checked import number, one_of, share
from helpers.files import told, write
from helpers.kit.as_it_comes import is_turned
from helpers.kit.frames import as_markdown, digits_for
from helpers.kit.rows import (
    BELIEVED,
    CAME_OUT,
    WITHIN,
    as_line,
    called,
    file_of,
    in_time,
    is_belief,
    is_within,
    left_open,
    lines_of,
    row_of,
)
from helpers.kit.units import is_share, per_cent

COURSE = Path(__file__).resolve().parents[2]
FILE = COURSE / os.path.expanduser(os.environ.get("INNER_ALIGNMENT_PREDICTIONS") or "predictions.jsonl")
PATIENCE = 20  # seconds to wait for another lesson that is writing
NOTES = "INNER_ALIGNMENT_NOTES"  # set to "off", nothing is noted by the way: for tests, runs without a reader
DROPPED = 'write {"SFT": 0.5} with numbers of yours, or leave confidence out'
DONE = "passed "  # how the names of exercises begin that passed their check
ANSWERED = "quiz "  # how the names of answers to a quiz begin
OTHERS = (CAME_OUT, DONE, ANSWERED, "believed ", "rule ", "verdict ")  # names of what is no prediction
_unkept = []  # what could not be written, for as long as this kernel runs
_told = set()  # faults that were said already


def predict(name: str, guesses, *, confidence=None, within: float = WITHIN, unit: str = "share") -> None:
    """Store numbers under a name such as "00.a". Guesses left at None are not stored, and nothing is said about them.

    confidence: the chance, from 0 to 1, that you give each of your numbers to lie `within` the measured one.
    unit:       what the numbers are. Shares lie from 0 to 1, so that 90 is taken for 90 % and asked about; numbers in
                any other unit, "nats" for one, are only looked at for being finite; in "share of episodes" or
                "accuracy" none lies beyond -1 or 1, unless the unit says that it is in per cent.
    Predicting again replaces the earlier numbers. Where nothing can be written, they are kept until the kernel stops.
    Raises TypeError or ValueError if a guess or the confidence is not such a number, if a confidence has no number
    that it is about, or for a name that begins as those of other things do that are kept in the same file.
    """
    if not isinstance(name, str) or not isinstance(guesses, Mapping):
        raise TypeError(
            f'predict("00.a", {{"SFT": 0.5}}) takes a name and guesses by name: got {name!r}, {guesses!r}'
        )
    if other := next((begins for begins in OTHERS if f"{name.lstrip()} ".startswith(begins)), None):
        raise ValueError(
            f"{name!r}: names that begin with {other.strip()!r} are kept for something else: call your prediction "
            'otherwise, "00.a" for one'
        )
    look = share if unit == "share" else number
    made = {}
    for key, guess in guesses.items():
        if guess is not None:
            if called(key) in made:
                raise ValueError(
                    f"two of your guesses would have one name, {called(key)!r}: got {list(guesses)}"
                )
            made[called(key)] = found = look(guess, f"your guess for {key!r}")
            if is_share(str(unit)) and abs(found) > 1:
                raise ValueError(
                    f"your guess for {key!r} is in {unit}, of which none lies beyond -1 or 1: got "
                    f"{found:g}{per_cent(found)}"
                )
    confidence = None if confidence is None else share(confidence, "confidence")
    row = {
        "name": name,
        "guesses": made,
        "confidence": confidence,
        "within": number(within, "within", above=0),
        "unit": str(unit),
    }
    if confidence is not None and not made:
        raise ValueError(f"{name}: how sure you are is kept with a number, and there is none: {DROPPED}")
    if made:
        if gone := left_open(_last(name), row):
            print(f"Of your answer before, no longer counted: {', '.join(gone)}.")
        _keep(row)


def keep_credence(name: str, when: str, credence: float) -> None:
    """Store how much a claim is believed, from 0 to 1: `name` is lesson and claim, `when` "before" or "after".

    Once the lesson's results were shown, what counts as before stays: see `in_time`.
    """
    credence = share(credence, f"how much you believe {name}")
    row = {"name": f"{BELIEVED[one_of(when, BELIEVED, 'when')]}{name}", "guesses": {"believed": credence}}
    if row not in in_time([*_all(), row]) and (first := credences().before[name]) != credence:
        print(f"The lesson's results were shown by then: what counts as before it stays {first:.0%}.")
    _keep(row)


def keep_entry(name: str, entry: Mapping) -> None:
    """Store something else in the same file, as plain numbers and text: a rule of one's own, a verdict on it."""
    _keep({"name": name, "guesses": {}, "entry": dict(entry)})


def note(name: str, entry: Mapping) -> None:
    """Store something by the way, without a word and never in the way: an exercise done, an answer, a result.

    What stands there already as the last under this name is not stored again.
    """
    if os.environ.get(NOTES) == "off":
        return
    with contextlib.suppress(TypeError, ValueError):
        entry = json.loads(as_line(dict(entry)))  # as it will be read back
        if entry not in [found for other, found in entries_of(name) if other == name][-1:]:
            _keep({"name": name, "guesses": {}, "entry": entry}, quietly=True)


def entries_of(begins: str) -> list[tuple[str, dict]]:
    """What `keep_entry` has stored under names that begin so, the oldest first."""
    return [
        (row["name"], row["entry"]) for row in _all() if row["name"].startswith(begins) and row.get("entry")
    ]


def credences() -> pd.DataFrame:
    """How much each claim was believed, a row for each lesson and claim: the columns before and after.

    A later one counts, but for what `in_time` leaves out. So who does a lesson a second time, a year later in a copy
    that reads the same file, keeps what was believed before the first time, beside the latest after. Where the copy has
    a new file, all begins anew.
    """
    found = {when: {} for when in BELIEVED}
    for row in in_time(_all()):
        for when, begins in BELIEVED.items():
            if row["name"].startswith(begins) and is_belief(row):
                found[when][row["name"].removeprefix(begins)] = row["guesses"]["believed"]
    return pd.DataFrame(found, dtype=float).sort_index()


def guesses_of(name: str | None) -> dict[str, float]:
    """What was predicted last under a name, key -> number; nothing where nothing was."""
    return _last(name)["guesses"]


def confidence_of(name: str | None) -> float | None:
    """How sure the last prediction under a name was; None where that was not said."""
    return _last(name)["confidence"]


def beside(name: str | None, results) -> pd.DataFrame:
    """The results as a table; under a name that has predictions, with your numbers and whether they held.

    results: name -> number, a mapping or a Series. What was not predicted has nothing beside it.
    Raises TypeError for results that are no numbers by name, ValueError where two have one name, 1 and "1.0".
    """
    if not isinstance(results, Mapping | pd.Series):
        raise TypeError(f'beside("00.a", {{"SFT": 0.5}}) takes results by name: got {results!r:.60}')
    made, names = _last(name), [called(key) for key in dict(results)]
    if twice := {one for one in names if names.count(one) > 1}:
        raise ValueError(f"two results would have one name, {min(twice)!r}: got {[*dict(results)]}")
    table = pd.DataFrame({"measured": pd.Series(dict(results), dtype=float)})
    there = {called(key): value for key, value in table.measured.items() if isfinite(value)}
    if name is not None and there:  # of what was not predicted by now, what is said later comes too late
        note(f"{CAME_OUT}{name}", {"measured": there} | ({"turned": True} if is_turned(name) else {}))
    if made["guesses"]:
        if names and not {*names} & {*made["guesses"]}:
            print(f"None of these is what you predicted under {name} ({', '.join(made['guesses'])}).")
        known = {called(key) for key in table.index}
        table = table.reindex([*table.index, *(name for name in made["guesses"] if name not in known)])
        guessed = [made["guesses"].get(called(key)) for key in table.index]
        table.insert(0, "you predicted", pd.Series(guessed, table.index, dtype=float))
        known = table["you predicted"].notna() & table.measured.notna()
        near = (table["you predicted"] - table.measured).abs().map(lambda off: is_within(off, made["within"]))
        table[f"within {made['within']:g}"] = near.map({True: "yes", False: "no"}).where(known, "")
        if made["confidence"] is not None:
            table["your confidence"] = pd.Series(made["confidence"], table.index).where(
                table["you predicted"].notna()
            )
    return table


def beside_in_words(name: str | None, results) -> str:
    """`beside` as a table in Markdown, in as many digits as are asked for; a result that has no number says so."""
    table = beside(name, results)
    known = table.measured.notna()
    shown = table.assign(measured=table.measured.astype(object).where(known, "no value"))
    return as_markdown(shown, digits_for(_last(name)["within"]))


def rows() -> list[dict]:
    """All that was kept, in order: name, guesses, confidence, within; with `unit`, `entry`, `at` (UTC) where known."""
    return _all()


def _keep(row, quietly=False):
    """Write a row and say so; where nothing can be written, keep it as long as the kernel runs, and try it again."""
    row = {**row, "at": datetime.now(UTC).isoformat(timespec="minutes")}
    as_line(row)  # what cannot be written at all is not tried again and again
    _unkept.append({"confidence": None, "within": WITHIN, **row})
    try:
        while _unkept:  # in the order in which they were made: of two under one name, the later one counts
            _add(_unkept[0])
            del _unkept[0]
    except (OSError, NotImplementedError, Timeout) as error:
        said = (
            f"{FILE} could not be written. {told(error, FILE.parent, 1)}. Your answer is kept until this kernel "
            "stops; your next one writes both if that can be. To keep it longer, let INNER_ALIGNMENT_PREDICTIONS name "
            "a file in a folder of yours, and start the lesson again."
        )
    else:
        said = f"Kept in {FILE.name}."
    if not quietly:
        print(said)


def _last(name):
    """The last row under a name, an empty one if there is none."""
    found = (row for row in reversed(_all()) if row["name"] == name)
    return next(found, {"guesses": {}, "confidence": None, "within": WITHIN})


def _all():
    return [*_rows(), *_unkept]


def _add(row):
    """Append a line, whole, after whatever another kernel has written; lines that cannot be read are moved away."""
    real = Path(os.path.realpath(FILE))  # where it is a link, the file behind it: the link stays one
    real.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{real}.lock", timeout=PATIENCE):
        _set_aside(real)
        before = real.read_bytes() if real.exists() else b""
        line = as_line(
            {**row, "file": _mark(before, real)}
        )  # by it a reading group tells members' files apart
        with real.open("ab") as file:
            file.write(line if not before or before.endswith(b"\n") else b"\n" + line)


def _mark(before, real):
    """The mark of a file's last line; another one, drawn by chance, where that was written in another place.

    Who begins with a copy of somebody's file has a mark of their own. Nobody can read the place out of it.
    """
    place = f"{platform.node().partition('.')[0]} {real}"
    of = lambda drawn: f"{drawn}{hashlib.sha256(f'{drawn} {place}'.encode()).hexdigest()[:8]}"
    last = next(filter(None, map(file_of, reversed(before.splitlines()))), "")
    return last if last and last == of(last[:8]) else of(secrets.token_hex(4))


def _set_aside(real):
    """Move lines that cannot be read into a file beside: first kept there, then gone here, whole or not at all."""
    data = real.read_bytes() if real.exists() else b""
    lines = lines_of(data)
    bad = [line for line in lines if line.strip() and row_of(line) is None]
    other = b"".join(lines) != data  # another program's encoding
    if bad:
        with real.with_suffix(".set-aside").open("ab") as file:
            file.write((data if other else b"".join(bad)).rstrip(b"\r\n") + b"\n")
        print(f"{len(bad)} lines of {FILE.name} could not be read: they now stand in {real.stem}.set-aside.")
    if bad or other:
        write(real, b"".join(line.rstrip(b"\r\n") + b"\n" for line in lines if row_of(line) is not None))


def _rows():
    """All predictions that can be read, in the order in which they were made."""
    try:
        lines = lines_of(FILE.read_bytes()) if FILE.exists() else []
    except OSError as error:
        say_once(f"{FILE} cannot be read ({error}): no predictions are shown.")
        return []
    rows = [row_of(line) for line in lines if line.strip()]
    if None in rows:
        say_once(f"Line {rows.index(None) + 1} of {FILE.name} cannot be read and is left out.")
    return [row for row in rows if row is not None]


def say_once(text: str) -> None:
    """Print a fault that is seen again and again, the first time only."""
    if text not in _told:
        _told.add(text)
        print(text)
