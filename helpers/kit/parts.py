"""What the runner keeps: finished parts, each a file of its own, and the table into which they are joined."""

import contextlib
import hashlib
import io
import json
import zlib
from pathlib import Path

import filelock
import pandas as pd

from helpers.kit import tables
from helpers.kit.fits import Unfit, stacked, unlike
from helpers.kit.left_out import count, left_out

FACTS = ("commit", "date", "hardware", "versions")  # told of every part


class Store:
    """The finished parts of a plan: files in `{table}_parts/`, which git ignores, and the rows of the stored table.

    trial: the parts of the plan's trial seeds, and their table `{table}_trial`.
    All files are written whole or not at all; a file that is not whole (a full disk, an editor) counts as missing.
    """

    def __init__(self, plan, folder: Path, *, trial: bool = False):
        self.plan, self.trial, self.folder = plan, trial, Path(folder)
        self.names = {name: f"{name}_trial" if trial else name for name in (plan.table, *plan.also)}
        self.table = self.names[plan.table]
        self.scratch = self.folder / f"{self.table}_parts"
        self._stored = None

    @property
    def parts(self) -> list:
        """All parts that the table needs, in its order."""
        return self.plan.parts(trial=self.trial)

    def lock(self) -> filelock.FileLock:
        """For one runner at a time; the system opens it when the runner dies. Raises filelock.Timeout if taken."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self.scratch / ".lock", timeout=0)

    def has(self, part) -> bool:
        """Whether a part is finished, and not to be run again."""
        return part.key not in self._anew() and (part.key in self._in_table() or self._read(part) is not None)

    def keep(self, part, found: dict) -> None:
        """Keep a finished part, its numbers rounded as the plan says."""
        frames = {
            name: tables.rounded(pd.DataFrame(one), self.plan.digits) for name, one in found["tables"].items()
        }
        whole = {
            **found,
            "name": part.name,
            "tables": {name: one.to_dict("list") for name, one in frames.items()},
        }
        tables.write(self._file(part), json.dumps(whole).encode(), self.scratch)
        self._to_run_again(self._anew() - {part.key})

    def forget(self, parts) -> None:
        """Run these parts again: a mark is set, and they count as missing. What they were stays until they are kept."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        self._to_run_again(self._anew() | {part.key for part in parts})

    def adopt(self) -> int:
        """Take a table that an older program made as finished parts, with its note; returns how many there were.

        The settings of the plan must be those with which it was made: only a person can know. A part is taken if the
        table has rows of every seed of it. Raises Unfit, a ValueError, where there is no table with a note.
        """
        try:
            note = json.loads((self.folder / f"{self.table}.json").read_text(encoding="utf-8"))
            made_by = note["command"]
            read = lambda name: pd.read_csv(next(self.folder.glob(f"{name}.csv*")), keep_default_na=False)
            frames = {name: read(file) for name, file in self.names.items()}
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, StopIteration) as error:
            said = f"{type(error).__name__}: {error}".strip(": ")
            raise Unfit(
                f"no table {self.table!r} with its note in {self.folder} to adopt ({said})"
            ) from error
        taken = 0
        missing = [part for part in self.parts if not self.has(part)]
        made = {key: note.get(key, "unknown") for key in FACTS}
        seconds = 60 * note["minutes"] / len(self.parts) if isinstance(note.get("minutes"), int) else None
        for part in missing:
            rows = {name: _rows(frame, part) for name, frame in frames.items()}
            if all(set(one.seed) == set(part.seeds) for one in rows.values()):
                columns = {name: one.to_dict("list") for name, one in rows.items()}
                made["adopted from"] = made_by
                self.keep(part, {"tables": columns, "seconds": seconds, "made": made})
                taken += 1
        return taken

    def join(self, command: str, *, so_far: bool = False) -> str:
        """Join all parts into the table and its note, then clear them away; returns what was written, in words.

        so_far: join those that are finished; the note then says how many are missing, and whoever goes on takes the
                finished ones from the table. Raises KeyError if a part is missing.
        Raises Unfit for parts that have not the same columns, and where --so-far would lose what the table has.
        """
        parts = [part for part in self.parts if self.has(part)] if so_far else self.parts
        as_stored = self._in_table() and self._note.get("settings") == self._settings(parts)
        kept = [self._read(part) for part in parts]
        if as_stored and not any(kept):
            return f"{self.table}: the table is whole"
        if so_far:
            self._loses_nothing(parts)
        kept_aside = self._aside(parts)
        found = [(part, one or self._from_table(part)) for part, one in zip(parts, kept, strict=True)]
        for (part, one), had in zip(found, kept, strict=True):
            if not had:  # it hangs on the table that is about to be replaced
                tables.write(self._file(part), json.dumps(one).encode(), self.scratch)
        frames = {name: left_out(stacked(name, found)) for name in self.names}
        files, facts = {}, {}
        for name, frame in frames.items():
            data, file = tables.to_csv(frame), self.names[name] + (".csv.gz" if self.plan.zipped else ".csv")
            files[file] = tables.packed(data) if self.plan.zipped else data
            facts[file] = {
                "sha256": tables.checksum(data),
                "rows": len(frame),
                "columns": tables.kinds(frame),
            }
            if many := count(frame):
                facts[file]["words left out"] = many
        if self.plan.picture:
            files[f"{self.table}.png"] = _drawn(self.plan.picture, frames[self.plan.table])
        note = self._told(command, found) | {"tables": facts}
        if missing := len(self.parts) - len(parts):
            note["missing"] = missing
        files[f"{self.table}.json"] = (
            json.dumps(note, indent=1) + "\n"
        ).encode()  # last: it vouches for the others
        for file, data in files.items():
            tables.write(self.folder / file, data, self.scratch)
        self._clear()
        self._stored = None
        apart = unlike(note["made"])
        several = f"; its parts were made by {apart}: is it one experiment?" if apart else ""
        return f"{self.table}: written, {', '.join(files)}{kept_aside}{several}"

    def _aside(self, parts) -> str:
        """Where the stored table has parts of other settings, keep it, and its note, in a folder beside; says where."""
        others = self._in_table().keys() - {part.key for part in parts}
        if not others:
            return ""
        aside = self.scratch / f"before-{self._note['settings']}"
        aside.mkdir(parents=True, exist_ok=True)
        for file in (*self._note["tables"], f"{self.table}.json"):
            tables.write(aside / file, (self.folder / file).read_bytes(), self.scratch)
        return f"; the table before it, with {len(others)} parts of other settings, is kept in {aside}"

    def is_marked(self, part) -> bool:
        """Whether a part is to be run again."""
        return part.key in self._anew()

    def _loses_nothing(self, parts):
        """Refuse to replace the table by one that lacks what it has."""
        again = [part for part in self.parts if part.key in self._anew()]
        if again:
            raise Unfit(
                f"{len(again)} parts are to be run again, {again[0].name} for one, and the table would lose what they "
                f"were. Let them finish without --so-far; or delete {self._mark}, and the old ones count again"
            )
        if len(self._in_table()) > len(parts):
            raise Unfit(
                f"the stored table has {len(self._in_table())} parts, some of other settings, and would be replaced by "
                f"{len(parts)}: rename it and its note first, or run the others"
            )

    def _told(self, command, found):
        """Where the table came from. It hangs on the parts alone, so that joining twice writes the same."""
        groups = []  # parts that the same program made on the same machine
        for part, one in found:
            group = next((group for group in groups if group["by"] == one["made"]), None)
            if group is None:
                group = {"by": one["made"], "seconds": {}}
                groups.append(group)
            group["seconds"][part.key] = one["seconds"] and round(one["seconds"], 1)
        each = lambda fact: sorted({str(group["by"][fact]) for group in groups})
        seconds = [one["seconds"] for _, one in found]
        there = {seed for part, _ in found for seed in part.seeds}
        judged = {} if self.trial or self.plan.choosing else {"judged": there}
        trial = self.plan.seeds if self.plan.choosing else self.plan.trial
        return {
            "command": command,
            "commit": ", ".join(each("commit")),
            "date": each("date")[-1],
            "hardware": "; ".join(each("hardware")),
            "minutes": "unknown" if None in seconds else round(sum(seconds) / 60),
            "runs": len(found),
            "seeds": {name: spans(seeds) for name, seeds in {"trial": trial, **judged}.items()},
            "grid": [
                {key: spans(one) if key == "seeds" else one for key, one in row.items()}
                for row in self.plan.grid
            ],
            "shared": dict(self.plan.shared),
            "settings": self._settings([part for part, _ in found]),
            "made": groups,
        }

    @property
    def _mark(self):
        return self.scratch / "anew"

    def _anew(self) -> set:
        """The keys of the parts that are to be run again."""
        with contextlib.suppress(OSError, ValueError):
            return set(self._mark.read_text(encoding="utf-8").split())
        return set()

    def _to_run_again(self, keys):
        if keys:
            tables.write(self._mark, "\n".join(sorted(keys)).encode(), self.scratch)
        else:
            self._mark.unlink(missing_ok=True)

    def _file(self, part):
        return self.scratch / f"{part.key}.json"

    def _read(self, part):
        """A kept part, or None where there is none, or none that is whole."""
        try:
            found = json.loads(self._file(part).read_text(encoding="utf-8"))
            return found if _is_whole(found, part, self.names) else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def _settings(self, parts=None):
        """A hash of parts, in their order; of all of them if nothing is said."""
        parts = self.parts if parts is None else parts
        return hashlib.sha256("".join(part.key for part in parts).encode()).hexdigest()[:12]

    def _in_table(self) -> dict:
        """The parts whose rows stand in the stored table, by key: who made them, and how long it took."""
        if self._stored is None:
            self._stored = {}
            with contextlib.suppress(
                OSError, ValueError, KeyError, TypeError, AttributeError
            ):  # no such table, not the one that its note speaks of, or a note that is not whole
                self._frames = {n: tables.stored(file, folder=self.folder) for n, file in self.names.items()}
                self._note = tables.provenance(self.table, folder=self.folder)
                self._stored = {
                    key: ({**dict.fromkeys(FACTS, "unknown"), **group["by"]}, time)
                    for group in self._note["made"]
                    for key, time in group["seconds"].items()
                }
        return self._stored

    def _from_table(self, part):
        made, seconds = self._in_table()[part.key]
        rows = {name: _rows(frame, part).to_dict("list") for name, frame in self._frames.items()}
        return {"tables": rows, "seconds": seconds, "made": made, "name": part.name}

    def _clear(self):
        """Remove the parts of this plan; what was made with other settings stays."""
        for file in [*map(self._file, self.parts), *self.scratch.glob("*.scratch")]:
            file.unlink(missing_ok=True)


def spans(numbers) -> str:
    """Whole numbers as people write them: "0-2, 10"."""
    numbers = sorted(numbers)
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(str(start) if start == end else f"{start}-{end}" for start, end in pairs)


def _is_whole(found, part, names):
    """Whether this is a kept part: its tables, each of whole rows, those of its seeds; its seconds; who made it."""
    kept = found["tables"]
    lengths = [{len(values) for values in kept[name].values()} for name in names]
    seeds = set(kept[next(iter(names))]["seed"]) == set(part.seeds)
    made = all(fact in found["made"] for fact in FACTS) and isinstance(found["made"], dict)
    timed = isinstance(found["seconds"], int | float | None)
    return seeds and made and timed and all(len(one) == 1 for one in lengths)


def _rows(frame, part):
    """The rows of a part in a table, without the columns that its setting fills."""
    mine = frame.seed.isin(part.seeds)
    for name, value in part.columns.items():
        mine &= frame[name] == value
    return frame[mine].drop(columns=list(part.columns))


def _drawn(picture, frame) -> bytes:
    file = io.BytesIO()
    picture(frame).figure.savefig(file, format="png", dpi=150)
    return file.getvalue()
