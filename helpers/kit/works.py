"""The bibliography: every work that the course cites, once, in `data/bibliography.json`, looked at when it is read."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from helpers.checked import one_of
from helpers.kit.entries import DATA, each, fields

ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
OTHERS = "others"  # at the end of a list of authors: there are more


@dataclass(frozen=True)
class Work:
    """A published work: who wrote it, where it stands, and what it found, in a sentence of the course's own.

    authors:    "Surname, Given name" each; "others" at the end if there are more.
    address:    "arXiv:2504.13837" or a web address.
    conditions: under which it was found, and what of it was seen elsewhere than `seen_in`.
    called:     the short name by which it is known, such as "ProRL".
    seen_on:    the day on which the sentence was last compared with the source, and `seen_in`: with what of it; None
                and "" for a work that was not looked up, which is then known from what it was `told` by.
    """

    id: str
    authors: tuple[str, ...]
    year: int
    title: str
    where: str
    address: str
    found: str
    conditions: str = ""
    called: str = ""
    told: str = ""
    seen_on: date | None = None
    seen_in: str = ""

    @property
    def who(self) -> str:
        """By whom: "Turner", "Hutto and Gilbert", "Yue et al."."""
        names = [author.partition(",")[0] for author in self.authors]
        if len(names) == 2 and names[1] != OTHERS:
            return " and ".join(names)
        return names[0] if len(names) == 1 else f"{names[0]} et al."

    @property
    def source(self) -> str:
        """Where to find it: "arXiv 2504.13837", or the kind of place it stands in."""
        number = ARXIV.fullmatch(self.address)
        return f"arXiv {number[1]}" if number else self.where

    @property
    def link(self) -> str:
        """Its web address."""
        number = ARXIV.fullmatch(self.address)
        return f"https://arxiv.org/abs/{number[1]}" if number else self.address

    @property
    def cited(self) -> str:
        """Who, when and where: "Langosco et al. (2022, arXiv 2105.14111)"."""
        called = f"{self.called}, " if self.called else ""
        return f"{called}{self.who} ({self.year}, {self.source})"

    @property
    def unseen(self) -> str:
        """What is said of a work that was not looked up; "" for the others."""
        told = f"; known from {self.told}" if self.told else ""
        return "" if self.seen_on else f"(Not looked up in the source{told}.)"

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.cited}:", self.found, self.conditions, self.unseen) if part)


def work(id: str) -> Work:
    """A work by its name, "langosco-2022". Raises ValueError with those that there are."""
    return works()[one_of(id, works(), "work of the bibliography")]


def works() -> dict[str, Work]:
    """All works that the course cites."""
    return read(DATA / "bibliography.json")


def read(path: Path) -> dict[str, Work]:
    """All works of a file, checked entry by entry, and that none stands there twice."""
    found, places = each(path, _work), {}
    for id, one in found.items():
        if (before := places.setdefault(one.address, id)) != id:
            raise ValueError(f"{path.name}, {id}: it has the address of {before}: each work stands here once")
    return found


def _work(path, id, entry) -> Work:
    required = {"authors": list, "year": int, "title": str, "where": str, "address": str, "found": str}
    optional = {"conditions": str, "called": str, "told": str, "seen": dict}
    fields(path, id, entry, required, optional)
    facts = {key: value for key, value in entry.items() if key != "seen"}
    if not entry["authors"] or not all(isinstance(one, str) and one.strip() for one in entry["authors"]):
        raise ValueError(f"{path.name}, {id}: authors are names, at least one")
    if not ARXIV.fullmatch(entry["address"]) and not entry["address"].startswith(("https://", "http://")):
        raise ValueError(f"{path.name}, {id}: the address is arXiv:NNNN.NNNNN or begins with https://")
    if "seen" in entry:
        fields(path, id, entry["seen"], {"on": str, "where": str})
        try:
            facts |= {
                "seen_on": date.fromisoformat(entry["seen"]["on"]),
                "seen_in": entry["seen"]["where"],
            }
        except ValueError as error:
            raise ValueError(f"{path.name}, {id}: seen on a day such as 2026-11-25") from error
    return Work(id, **{**facts, "authors": tuple(entry["authors"])})
