"""The claims of the debate and what was published about them: `data/claims.json`, looked at when it is read.

python -m helpers.kit.claims register 00     fill in what measures each rule of lesson 00 (see `registered`)
"""

import argparse
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.checked import one_of
from helpers.kit.entries import DATA, entries, fields
from helpers.kit.works import Work, work

DIRECTIONS = {  # what a published result says about a claim, as it is put
    "for": "speaks for it",
    "against": "speaks against it",
    "both": "speaks for it in some settings and against it in others",
    "beside": "was not made to test it",
}
COURSE = "course"  # what a rule is about that no claim of the debate names


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
class Said:
    """What a published result says about a claim: one of `DIRECTIONS`, and under which conditions, or why "beside"."""

    says: str
    under: str


def claim(id: str) -> Claim:
    """What a rule is about: a claim by its number, "C8"; a published result by its name; or "course", its own question.

    Raises ValueError with the claims that there are.
    """
    if id == COURSE:
        return Claim("The course's own question", "No claim of the debate says it.", "the course", ())
    if id in results():
        known = published(id)
        by = f"{known.who} {known.year}, {known.source}"
        return Claim(known.called or known.who, known.found, by, ())
    return claims()[one_of(id, claims(), "claim")]


def published(id: str) -> Work:
    """A published result by its name, "langosco-2022". Raises ValueError with those that there are."""
    return work(one_of(id, results(), "published result"))


def claims() -> dict[str, Claim]:
    """All claims of the debate, in order."""
    return _read(DATA / "claims.json")[0]


def results() -> dict[str, dict[str, Said]]:
    """All published results that the course sets beside its own: name -> claim -> what it says about that."""
    return _read(DATA / "claims.json")[1]


def bibliography() -> pd.DataFrame:
    """The published results as a table: who, year, source, what was found, and to which claims it speaks."""
    rows = [
        {
            "who": published(id).who,
            "year": published(id).year,
            "source": published(id).source,
            "found": published(id).found,
            "claims": ", ".join(f"{claim} ({said.says})" for claim, said in about.items()),
            "looked up": published(id).seen_on is not None,
        }
        for id, about in results().items()
    ]
    return pd.DataFrame(rows, index=list(results()))


@functools.cache
def _read(path: Path) -> tuple[dict[str, Claim], dict[str, dict[str, Said]]]:
    """Both tables, checked entry by entry; an error names the file and the entry."""
    data = entries(path, {"claims", "published"})
    known, found = {}, {}
    for id, entry in data["claims"].items():
        fields(path, id, entry, {"says": str, "who": str, "lessons": list}, {"beside": str})
        known[id] = Claim(id, **{**entry, "lessons": tuple(entry["lessons"])})
    for id, entry in data["published"].items():
        try:
            work(id)
        except ValueError as error:
            raise ValueError(f"{path.name}, {id}: {error}") from error
        fields(path, id, entry, {}, dict.fromkeys(known, dict))
        for about, said in entry.items():
            fields(path, f"{id}, {about}", said, {"says": str, "under": str})
            one_of(said["says"], DIRECTIONS, f"{path.name}, {id}, {about}: says")
        found[id] = {about: Said(**said) for about, said in entry.items()}
    return known, found


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
