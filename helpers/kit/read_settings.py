"""Settings that a lesson reads out of its own runs, kept as the table `settings_NN` for the ledger.

Such a lesson has `for_the_ledger() -> {rule: Settings}` in its `settings.py`. What that says takes a while to compute;
so it is kept with a hash of all that decides it, and made anew where that changed: the code that says it, the lesson's
rules and stored runs, and how the course makes intervals and looks at gates.
"""

import hashlib
import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.kit import tables
from helpers.kit.intervals import Interval
from helpers.kit.judged import Judged
from helpers.kit.multiverse import Settings
from helpers.kit.registered import DECIDES, ROOT, code_of, source
from helpers.kit.rules import rule, rules

NOT_RUN = "not run yet"
JUDGING = ("helpers.kit.gates", "helpers.kit.intervals", "helpers.kit.spreads")


def has(lesson: str) -> bool:
    """Whether a lesson, "12", reads its settings itself."""
    return _of_code(lesson) is not None


def of(lesson: str, *, folder: Path = tables.RUNS) -> str:
    """A hash of what decides the words of a lesson in its settings: code, rules, and the runs that are judged."""
    runs, code = {}, _of_code(lesson)
    for module in JUDGING:
        code |= code_of(module)
    mine = {name: one for name, one in rules().items() if name.startswith(f"{lesson}.")}
    decide = {name: [*(getattr(one, key) for key in DECIDES), *one.needs] for name, one in mine.items()}
    for path in sorted(folder.glob("*.json")):
        note = json.loads(path.read_text(encoding="utf-8"))
        own = note.get("command", "").startswith(f"python -m helpers.kit.long_runs {lesson} ")
        if own and "judged" in note.get("seeds", {}):
            runs |= {file: told["sha256"] for file, told in note["tables"].items()}
    facts = json.dumps([sorted(found.items()) for found in (code, runs, decide)])
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def is_whole(lesson: str, *, folder: Path = tables.RUNS) -> bool:
    """Whether what is kept is of the code and the runs that there are now."""
    try:
        return tables.provenance(f"settings_{lesson}", folder=folder).get("of") == of(lesson, folder=folder)
    except ValueError:
        return False


def kept(lesson: str, *, folder: Path = tables.RUNS) -> dict[str, Settings]:
    """The settings of each rule of a lesson, as they are kept. Raises ValueError where they are not."""
    frame, found = tables.stored(f"settings_{lesson}", folder=folder), {}
    for name, rows in frame.groupby("rule", sort=False):
        there = rows[rows.word != NOT_RUN]
        said = {one.setting: Judged(one.word, _interval(one, name), one.why) for one in there.itertuples()}
        found[name] = Settings(said, len(rows) - len(there))
    return found


def keep(lesson: str, found: dict[str, Settings], command: str, *, folder: Path = tables.RUNS) -> None:
    """Keep what a lesson says, with its hash: a row for each rule and setting, and for each that is not run yet."""
    rows = []
    for name, settings in found.items():
        for setting, one in settings.said.items():
            numbers = {key: getattr(one.effect, key, np.nan) for key in ("mean", "low", "high")}
            rows.append({"rule": name, "setting": setting, "word": one.word, **numbers, "why": one.why})
            rows[-1]["seeds"] = one.effect.seeds if one.effect else 0
        for number in range(1, settings.missing + 1):
            rows.append(
                {"rule": name, "setting": f"{NOT_RUN}, {number}", "word": NOT_RUN, "why": "", "seeds": 0}
            )
    numbers = dict.fromkeys(("mean", "low", "high"), "float64")
    frame = pd.DataFrame(rows)[["rule", "setting", "word", *numbers, "seeds", "why"]]
    frame = tables.rounded(frame.astype(numbers), 4)
    data, file = tables.to_csv(frame), f"settings_{lesson}.csv"
    facts = {"sha256": tables.checksum(data), "rows": len(frame), "columns": tables.kinds(frame)}
    note = {"command": command, "of": of(lesson, folder=folder), "tables": {file: facts}}
    tables.write(folder / file, data, folder)
    tables.write(folder / f"settings_{lesson}.json", (json.dumps(note, indent=1) + "\n").encode(), folder)


def renew(lesson: str, command: str, *, folder: Path = tables.RUNS) -> bool:
    """Ask the lesson again where what is kept is of other code or other runs; returns whether that was so."""
    if is_whole(lesson, folder=folder):
        return False
    module = importlib.import_module(f"helpers.lessons.lesson{lesson}.settings")
    keep(lesson, module.for_the_ledger(), command, folder=folder)
    return True


def _of_code(lesson):
    """The code of a lesson's `for_the_ledger`, normalised; None where it has none."""
    if not (ROOT / f"helpers/lessons/lesson{lesson}/settings.py").exists():
        return None
    try:
        return source(f"helpers.lessons.lesson{lesson}.settings", "for_the_ledger")
    except ValueError:
        return None


def _interval(row, name):
    if np.isnan(row.mean):
        return None
    low, high = (None if np.isnan(end) else end for end in (row.low, row.high))
    return Interval(row.mean, low, high, int(row.seeds), (), rule(name).scale)
