"""The claims of the debate and what was published about them: `data/claims.json`, looked at when it is read.

python -m helpers.kit.claims register 00     fill in what measures each rule of lesson 00 (see `registered`)
"""

import argparse
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.checked import one_of

DATA = Path(__file__).resolve().parents[2] / "data"
DIRECTIONS = {  # what a published result says about a claim, as it is put
    "for": "speaks for it",
    "against": "speaks against it",
    "both": "speaks for it in some settings and against it in others",
    "beside": "was not made to test it",
}


@dataclass(frozen=True)
class Claim:
    """A claim of the debate, with its qualifiers: `says` is the course's wording and never a quotation."""

    id: str
    says: str
    who: str
    lessons: tuple[str, ...]
    beside: str = ""

    def __str__(self) -> str:
        return f"{self.id}: {self.says} ({self.who})"


@dataclass(frozen=True)
class Published:
    """A published result: what it says, under which conditions, and where it stands.

    seen:   whether the figures were seen in the source itself; the others are to be looked up before they are printed.
    claims: claim -> what the result says about it, one of `DIRECTIONS`.
    """

    id: str
    who: str
    year: int
    source: str
    says: str
    conditions: str
    seen: bool
    claims: Mapping[str, str]

    @property
    def cited(self) -> str:
        """Who, when and where: "Langosco et al. (2022, arXiv 2105.14111)"."""
        return f"{self.who} ({self.year}, {self.source})"

    def __str__(self) -> str:
        conditions = f" {self.conditions}" if self.conditions else ""
        unseen = "" if self.seen else " (Not looked up in the source yet.)"
        return f"{self.cited}: {self.says}{conditions}{unseen}"


def claim(id: str) -> Claim:
    """A claim by its number, "C8". Raises ValueError with the claims that there are."""
    return claims()[one_of(id, claims(), "claim")]


def published(id: str) -> Published:
    """A published result by its name, "langosco-2022". Raises ValueError with those that there are."""
    return results()[one_of(id, results(), "published result")]


def claims() -> dict[str, Claim]:
    """All claims of the debate, in order."""
    return _read(DATA / "claims.json")[0]


def results() -> dict[str, Published]:
    """All published results that the course sets beside its own."""
    return _read(DATA / "claims.json")[1]


def bibliography() -> pd.DataFrame:
    """The published results as a table: who, year, source, what it says, and to which claims it speaks."""
    rows = [
        {
            "who": one.who,
            "year": one.year,
            "source": one.source,
            "says": one.says,
            "claims": ", ".join(f"{claim} ({said})" for claim, said in one.claims.items()),
            "seen in the source": one.seen,
        }
        for one in results().values()
    ]
    return pd.DataFrame(rows, index=list(results()))


@functools.cache
def _read(path: Path) -> tuple[dict[str, Claim], dict[str, Published]]:
    """Both tables, checked entry by entry; an error names the file and the entry."""
    data = entries(path, {"claims", "published"})
    known = {}
    for id, entry in data["claims"].items():
        fields(path, id, entry, {"says": str, "who": str, "lessons": list}, {"beside": str})
        known[id] = Claim(id, **{**entry, "lessons": tuple(entry["lessons"])})
    found = {}
    required = {
        "who": str,
        "year": int,
        "source": str,
        "says": str,
        "conditions": str,
        "seen": bool,
        "claims": dict,
    }
    for id, entry in data["published"].items():
        fields(path, id, entry, required)
        for about, said in entry["claims"].items():
            if about not in known or said not in DIRECTIONS:
                raise ValueError(
                    f"{path.name}, {id}: {about!r}: {said!r} is no claim with one of {', '.join(DIRECTIONS)}"
                )
        found[id] = Published(id, **entry)
    return known, found


def entries(path: Path, parts: set[str] | None = None) -> dict:
    """What a data file holds: an object of named entries, none of them twice; `parts` are those that it must have."""

    def once(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{path.name}: {twice[0]!r} stands there twice")
        return dict(pairs)

    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is no JSON: line {error.lineno}, {error.msg}") from error
    if parts is not None and set(data) != parts:
        raise ValueError(f"{path.name} holds {', '.join(sorted(parts))}: got {', '.join(data)}")
    return data


def fields(
    path: Path, id: str, entry, required: Mapping[str, type], optional: Mapping[str, type] = {}
) -> None:
    """Look at one entry of a data file: every field that it must have, none that nobody reads, each of its kind."""
    if not isinstance(entry, dict):
        raise ValueError(f"{path.name}, {id}: an entry has fields, got {entry!r:.60}")
    known = {**required, **optional}
    for name in required:
        if name not in entry:
            raise ValueError(f"{path.name}, {id}: {name} is missing")
    for name, value in entry.items():
        if name not in known:
            raise ValueError(f"{path.name}, {id}: nobody reads {name!r}; there are {', '.join(known)}")
        kind = known[name]
        wrong = not isinstance(value, (int, float) if kind is float else kind)
        if wrong or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{path.name}, {id}: {name} is of kind {kind.__name__}, got {value!r:.60}")
        if kind is str and name in required and name != "conditions" and not value.strip():
            raise ValueError(f"{path.name}, {id}: {name} is empty")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: `register 00`, `register 00.C8 --because "..."`."""
    from helpers.kit.registered import register

    parser = argparse.ArgumentParser(prog="python -m helpers.kit.claims")
    parser.add_argument("command", choices=["register"])
    parser.add_argument("what", nargs="+", help="lessons or rules: 00, 00.C8")
    parser.add_argument(
        "--because", default="", help="why a rule was changed; kept beside it with its old form"
    )
    given = parser.parse_args(arguments)
    try:
        for what in given.what:
            print("\n".join(register(what, because=given.because)))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
