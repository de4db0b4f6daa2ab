"""The one runner of runs that take longer than a lesson.

    python -m helpers.kit.long_runs --list                    what there is, and how much of it is finished
    python -m helpers.kit.long_runs 03                        the table that lesson 03 reads
    python -m helpers.kit.long_runs 03 fresh --jobs 2         another plan of that lesson, in two processes
    python -m helpers.kit.long_runs 12 matched --so-far       what is finished as a table; the rest can go on later
    python -m helpers.kit.long_runs 12 --on tcp://host:8786   on the workers of a dask scheduler
    python -m helpers.kit.long_runs 03 --anew --only PPO      run these parts again; what they were stays until then

A lesson says in its `long_runs.PLANS` what is to be run; here it is run, part by part. A part that is finished is kept
at once, so whatever stops the runner, the same command goes on where it was. When all parts are there they are joined,
in the order of the plan, into `data/runs/NAME.csv`, with a note of where they came from. A part whose setting has
changed is another part: what was made with the old setting is never mixed in.
"""

import argparse
import hashlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import filelock
import pandas as pd
from tqdm import tqdm

from helpers.checked import function, one_of, whole
from helpers.core.progress import progress
from helpers.files import told
from helpers.kit.fits import Unfit, refuse_together
from helpers.kit.judged import values_of
from helpers.kit.parts import Store, spans
from helpers.kit.tables import RUNS
from helpers.kit.workers import Lost, finished_by

__all__ = ["Part", "Plan", "main", "make", "overview", "plans", "values_of"]

LESSONS = Path(__file__).resolve().parents[1] / "lessons"
GOES_ON = "what is finished is kept, the same command (without --anew) goes on"


@dataclass(frozen=True)
class Part:
    """What is run in one go: a setting with some seeds."""

    setting: dict
    columns: dict

    @property
    def seeds(self) -> list[int]:
        """The seeds that it trains."""
        return self.setting["seeds"]

    @property
    def name(self) -> str:
        """What it is, for people: "PPO, together 0.9, seeds 100-163"."""
        values = [
            value if isinstance(value, str) else f"{key} {value:g}" for key, value in self.columns.items()
        ]
        return ", ".join([*values, f"seed{'s' * (len(self.seeds) > 1)} {spans(self.seeds)}"])

    @property
    def key(self) -> str:
        """A hash of the setting, seeds included: another setting has another."""
        return hashlib.sha256(json.dumps(self.setting, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Plan:
    """A grid of settings x seeds, the function that runs one of them, and the table that is made of all.

    table:   the table's name: `data/runs/NAME.csv`.
    run:     `(**setting, seeds) -> DataFrame` with the column `seed`; importable by its name, since other processes
             call it. With further tables (`also`), a dict of all of them, name -> DataFrame.
    also:    the names of further tables that each run makes, such as sample texts.
    grid:    the settings, in the table's order: dicts of numbers, texts and lists of them. A row's `seeds` are its own.
    seeds:   those that are judged.
    trial:   those on which rates, grids and levels were chosen; `--trial` runs these instead, into `{table}_trial`.
             Raises ValueError if one of them is judged, too: what was chosen on some seeds is judged on others.
    choosing: the seeds of this plan are there to choose by, and judged nowhere; its note then says `trial` of them.
    at_once: so many seeds are trained stacked, in one part; None: all.
    shared:  what is the same in all settings, and part of each.
    columns: which keys of the grid become the table's first columns; None: all.
    digits:  to which numbers are rounded.
    zipped:  whether the tables are packed, `.csv.gz`.
    picture: `(table) -> Axes`, kept as `{table}.png`.
    about:   one line for `--list`.
    """

    table: str
    run: Callable
    seeds: Sequence[int]
    also: Sequence[str] = ()
    grid: Sequence[Mapping] = ({},)
    trial: Sequence[int] = ()
    choosing: bool = False
    at_once: int | None = None
    shared: Mapping = field(default_factory=dict)
    columns: Sequence[str] | None = None
    digits: int = 3
    zipped: bool = False
    picture: Callable | None = None
    about: str = ""

    def __post_init__(self):
        function(self.run, "run", "(**setting, seeds) -> DataFrame")
        for seeds in [self.seeds, *(row["seeds"] for row in self.grid if "seeds" in row)]:
            if both := sorted(set(seeds) & set(self.trial)):
                what = "seeds on which something was chosen are not judged"
                raise ValueError(f"{what}: {both} are both in {self.table!r}")
            if len(set(seeds)) < len(seeds):
                raise ValueError(f"a seed of {self.table!r} comes twice")
        told_apart = {json.dumps([part.columns, part.seeds]) for part in self.parts()}
        if not told_apart or len(told_apart) < len(self.parts()):
            raise ValueError(
                f"the plan of {self.table!r} has no part, or two with the same {self.columns or 'grid'} and seeds"
            )

    def parts(self, *, trial: bool = False) -> list[Part]:
        """Everything that is to be run, in the order of the table."""
        parts = []
        for row in self.grid:
            own = self.trial if trial else row.get("seeds", self.seeds)
            seeds = [whole(seed, "a seed", least=0) for seed in own]
            size = self.at_once or max(len(seeds), 1)
            told = {key: row[key] for key in self.columns or row if key != "seeds"}
            groups = [seeds[first : first + size] for first in range(0, len(seeds), size)]
            parts += [Part({**self.shared, **row, "seeds": group}, told) for group in groups]
        return parts


def make(
    plan: Plan,
    *,
    folder: Path = RUNS,
    command: str = "",
    jobs: int = 1,
    on: str | None = None,
    only: Sequence[str] = (),
    trial: bool = False,
    anew: bool = False,
    adopt: bool = False,
    so_far: bool = False,
    say: Callable[[str], None] | None = None,
) -> bool:
    """Run what is missing of a plan, then join all parts into its table. Returns whether the table is whole.

    jobs: processes on this machine. on: the address of a dask scheduler, "tcp://...", instead.
    only: run only the parts whose name contains one of these texts.
    anew: run the parts again, those of `only` if it names some. What each was is kept until it is finished again.
    adopt: first take the stored table, made by an older program, as finished parts.
    so_far: run nothing, and join what is finished into a table that says how many parts it lacks.
    A part that raises does not stop the others; it is said at the end, and tried again by the next call.
    What makes no sense together ends in SystemExit with a sentence, before anything is touched.
    """
    store, say = Store(plan, folder, trial=trial), say or _say
    table = store.table
    try:
        refuse_together(only=only, anew=anew, adopt=adopt, so_far=so_far)
        with store.lock():
            wanted = store.parts
            if not wanted:
                raise SystemExit(f"{table}: the plan has no trial seeds")
            if unmet := [text for text in only if not any(text in part.name for part in wanted)]:
                unmet = " or ".join(map(repr, unmet))
                raise SystemExit(f"{table}: no part has {unmet} in its name; --list shows all parts")
            chosen = [part for part in wanted if not only or any(text in part.name for text in only)]
            if anew:
                store.forget(chosen)
            if adopt:
                say(f"{table}: {store.adopt()} of {len(wanted)} parts taken from the stored table")
            missing = [part for part in wanted if not store.has(part)]
            chosen = [part for part in chosen if part in missing]
            if so_far:
                if len(missing) == len(wanted) and not any(map(store.is_marked, missing)):
                    raise SystemExit(f"{table}: no part is finished yet")
                say(f"{store.join(command, so_far=True)}; {len(missing)} of {len(wanted)} parts are missing")
                return not missing
            say(f"{table}: {len(wanted)} parts, {len(wanted) - len(missing)} finished, {len(chosen)} to run")
            failed = _run(plan, chosen, store, jobs, on, say)
            if failed:
                reasons = "\n".join(f"\n{part.name}:\n{error}" for part, error in failed)
                say(f"{reasons}\n{table}: {len(failed)} parts failed, see above; {GOES_ON}")
            if len(failed) + len(missing) - len(chosen):
                say(f"{table}: the table waits for the parts that are missing; what is finished is kept")
                return False
            say(store.join(command))
            return True
    except filelock.Timeout:
        raise SystemExit(f"another runner is at work on {table}: let it finish, or stop it first") from None
    except Unfit as error:
        raise SystemExit(f"{table}: {error}") from error
    except OSError as error:  # no folder, one that cannot be written, a full disk
        raise SystemExit(f"{table}: what is finished is kept. {told(error, folder, 50)}") from error


def _say(text):
    tqdm.write(text)  # above the bar
    sys.stdout.flush()


def _run(plan, parts, store, jobs, on, say):
    """Run these parts and keep each as soon as it is finished; returns those that failed, with their error."""
    failed, tables = [], (plan.table, *plan.also)
    bar = progress(len(parts), plan.table, "part")
    try:
        results = finished_by(plan.run, tables, [part.setting for part in parts], jobs=jobs, on=on)
        for count, (place, found) in enumerate(results, 1):
            part = parts[place]
            if "error" in found:
                failed.append((part, found["error"]))
            else:
                store.keep(part, found)
            bar.update()
            word = "FAILED" if "error" in found else f"{found['seconds']:.0f} s"
            say(f"{count}/{len(parts)} {part.name}: {word}")
    except Lost as error:
        raise SystemExit(f"{error}; {GOES_ON}") from error
    finally:
        bar.close()
    return failed


def plans(lesson: str) -> dict[str, Plan]:
    """The plans of a lesson, the one that it reads first."""
    lessons = sorted(path.parent.name.removeprefix("lesson") for path in LESSONS.glob("lesson*/long_runs.py"))
    one_of(lesson, lessons, "a lesson with long runs")
    return importlib.import_module(f"helpers.lessons.lesson{lesson}.long_runs").PLANS


def overview(folder: Path = RUNS) -> pd.DataFrame:
    """All plans of all lessons: a row each, with how many parts are finished."""
    rows = []
    for path in sorted(LESSONS.glob("lesson*/long_runs.py")):
        lesson = path.parent.name.removeprefix("lesson")
        for name, plan in plans(lesson).items():
            store, parts = Store(plan, folder), plan.parts()
            done = sum(store.has(part) for part in parts)
            rows.append((lesson, name, plan.table, f"{done}/{len(parts)}", plan.about))
    return pd.DataFrame(rows, columns=["lesson", "plan", "table", "finished", "what"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 0 if the table is whole, 1 if parts are missing, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.kit.long_runs",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("lesson", nargs="?", help="its number: 03")
    parser.add_argument("plan", nargs="?", help="which of its plans; the first if none is named")
    parser.add_argument("--list", action="store_true", help="show all plans, or the parts of one")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="processes on this machine, a thread each"
    )
    parser.add_argument("--on", metavar="tcp://...", help="a dask scheduler whose workers do the work")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="parts with this in their name"
    )
    parser.add_argument("--trial", action="store_true", help="run the trial seeds, into a table of their own")
    parser.add_argument(
        "--anew", action="store_true", help="run again, all parts or those of --only; the old stay until then"
    )
    parser.add_argument("--so-far", action="store_true", help="run nothing, join what is finished")
    parser.add_argument(
        "--adopt", action="store_true", help="take an older program's table as finished parts"
    )
    parser.add_argument(
        "--into", type=Path, default=RUNS, metavar="FOLDER", help="another folder than data/runs"
    )
    given = parser.parse_args(arguments)
    if given.lesson is None:
        print(overview(given.into).to_string(index=False))
        return 0
    try:
        of_lesson = plans(given.lesson)
        name = one_of(given.plan or next(iter(of_lesson)), of_lesson, f"a plan of lesson {given.lesson}")
        whole(given.jobs, "--jobs")
    except (ValueError, TypeError) as error:
        parser.error(str(error))
    plan, store = of_lesson[name], Store(of_lesson[name], given.into, trial=given.trial)
    if given.list:
        for part in plan.parts(trial=given.trial):
            print("finished" if store.has(part) else "missing ", part.name)
        return 0
    how = {"jobs": given.jobs, "on": given.on, "only": given.only, "trial": given.trial, "anew": given.anew}
    command = " ".join(["python -m helpers.kit.long_runs", given.lesson, name, *["--trial"] * given.trial])
    try:
        done = make(plan, folder=given.into, command=command, adopt=given.adopt, so_far=given.so_far, **how)
    except KeyboardInterrupt:
        print(f"\nstopped; {GOES_ON}", file=sys.stderr)
        return 130
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
