"""Rules: how a claim will be judged, stated before the experiment, and the word that follows from an interval.

A rule has four words: SUPPORTS, OPPOSITE, NO RELEVANT DIFFERENCE, INCONCLUSIVE. One that judges no difference has two
limits and says NEITHER between them, in place of the third. Where a gate fails there is no word, and the verdict is NOT
VALID, with the reasons.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.checked import number, one_of, texts
from helpers.kit.claims import claim, published
from helpers.kit.entries import DATA, entries, fields
from helpers.kit.intervals import SCALES, Interval
from helpers.kit.registered import younger
from helpers.kit.units import is_share, per_cent

SUPPORTS, OPPOSITE, INCONCLUSIVE = "SUPPORTS", "OPPOSITE", "INCONCLUSIVE"
COMPARABLE = ("for", "against", "both")  # what a published result may say about a rule
NO_DIFFERENCE, NEITHER, NOT_VALID = "NO RELEVANT DIFFERENCE", "NEITHER", "NOT VALID"
WORDS = (SUPPORTS, OPPOSITE, NO_DIFFERENCE, NEITHER, INCONCLUSIVE, NOT_VALID)


@dataclass(frozen=True)
class Rule:
    """How a claim will be judged, stated before the experiment.

    name:    lesson and claim, such as "00.C8"; the ledger of all claims is kept under it.
    about:   what it tests: a claim of the debate, "C8", a published result, "razor-2025", or "course", our own.
    says:    what must come out if the claim holds here.
    measure: the one number, computed for each seed, on which it hangs.
    unit:    its unit.
    matters: the smallest effect that matters, in that unit, and `why`.
    neutral: the value that speaks for neither side; for a difference 0, for a ratio 1.
    scale:   what values the measure can take, one of `intervals.SCALES`; of a "ratio", `matters` is a factor.
    needs:   gates without which there is no word.
    beside:  published results set beside ours -> what they say about this rule ("for", "against", "both"), or the
             reason why the two cannot be compared.
    was:     the rule's earlier forms, each with the reason for the change.
    measured_by: the function that computes the measure, by its full name, and hash: see `registered`.
    judges:  the stored tables whose runs it judges; its fresh seeds and its multiverse are known by their names.
    sees:    how far the interval will reach to either side with the planned seeds, expected from trial seeds.
    withdrawn: why the rule is judged no longer, "" if it is; `rules` leaves it out, `withdrawn` has it.
    weakest: what the verdict hangs on most, and next: the experiment that would tell more; both for the ledger.
    """

    name: str
    about: str
    says: str
    measure: str
    unit: str
    matters: float
    why: str
    neutral: float = 0.0
    scale: str = "unbounded"
    needs: tuple[str, ...] = ()
    beside: Mapping[str, str] | None = None
    was: tuple[str, ...] = ()
    measured_by: str = ""
    hash: str = ""
    judges: tuple[str, ...] = ()
    sees: float | None = None
    withdrawn: str = ""
    weakest: str = ""
    next: str = ""

    def __post_init__(self):
        number(self.matters, f"{self.name}: matters", above=0)
        number(self.neutral, f"{self.name}: neutral")
        one_of(self.scale, SCALES, f"{self.name}: scale")
        if self.scale == "ratio" and not (self.neutral == 1 and self.matters > 1):
            raise ValueError(
                f"{self.name}: of a ratio the neutral value is 1, and what matters a factor above 1"
            )
        if _is_of_shares(self) and self.matters > 1:
            raise ValueError(
                f"{self.name}: of a {self.unit} nothing is larger than 1: got {self.matters:g}{per_cent(self.matters)}"
            )
        if self.sees is not None:
            number(self.sees, f"{self.name}: sees", above=0)
        for key in ("needs", "was", "judges"):
            object.__setattr__(self, key, tuple(texts(getattr(self, key), f"{self.name}: {key}")))
        claim(self.about)
        for id, said in (self.beside or {}).items():
            published(id)
            if not isinstance(said, str) or not said.strip():
                raise ValueError(
                    f"{self.name}, {id}: one of {', '.join(COMPARABLE)}, or why it cannot be compared"
                )

    def looked_at(self, values):
        """The same values, if they can be in the rule's unit. Raises ValueError for shares that are in per cent."""
        far = np.abs(values)
        if _is_of_shares(self) and (far > 1 + 1e-6).any():
            least, most = np.nanmin(values), np.nanmax(values)
            raise ValueError(
                f"{self.name} judges in {self.unit}, where no value and no difference of two lies beyond -1 or 1: got "
                f"values from {least:g} to {most:g}{per_cent(np.nanmax(far))}"
            )
        return values

    @property
    def zones(self) -> tuple[float, float]:
        """Between these two values an effect does not matter."""
        if self.scale == "ratio":
            return 1 / self.matters, self.matters
        return self.neutral - self.matters, self.neutral + self.matters

    @property
    def middle(self) -> str:
        """The word between the two limits: no relevant difference, or, of what is no difference, neither."""
        return NEITHER if self.neutral and self.scale != "ratio" else NO_DIFFERENCE

    @property
    def younger(self) -> str:
        """Says which stored runs were made before the rule was registered as it is now; "" if none were."""
        tables = younger(self.name, self.hash, self.judges)
        return f"This rule is younger than the runs that it judges: {', '.join(tables)}." if tables else ""

    def judge(self, values, **how):
        """The verdict on one value for each seed, or on an interval that was made of them: see `verdicts.judge`."""
        from helpers.kit.verdicts import judge

        return judge(self, values, **how)

    def word(self, effect: Interval) -> str:
        """What the rule says about an interval."""
        below, above = self.zones
        if effect.fault:
            return INCONCLUSIVE
        if effect.low > above:
            return SUPPORTS
        if effect.high < below:
            return OPPOSITE
        return self.middle if effect.low > below and effect.high < above else INCONCLUSIVE

    def p(self, effect: Interval) -> float:
        """How often chance alone would give the word that an effect has, or a stronger one; 1 without a word."""
        below, above = self.zones
        far = {SUPPORTS: [above], OPPOSITE: [below], self.middle: [below, above]}
        return max((effect.p(edge) for edge in far.get(self.word(effect), ())), default=1.0)

    def compared(self, id: str, word: str) -> str:
        """Whether a published result agrees with our word: "agrees", "disagrees", or "not comparable" and why."""
        said = (self.beside or {})[id]
        if said not in COMPARABLE:
            return f"not comparable: {said}"
        if word in (INCONCLUSIVE, NOT_VALID, NEITHER):
            return f"not comparable: ours is {word}"
        if said == "both":
            return "agrees in some of its settings and disagrees in others"
        return "agrees" if (said, word) in (("for", SUPPORTS), ("against", OPPOSITE)) else "disagrees"

    def _repr_markdown_(self) -> str:
        (below, above), needs = self.zones, ", ".join(self.needs)
        parts = [
            f"**Claim.** {claim(self.about)}",
            f"**Rule {self.name}.** {self.says}",
            f"**Measure.** {self.measure}, in {self.unit}. The smallest effect that matters is {self.matters:g}: "
            f"{self.why}.",
            f"**Words.** SUPPORTS if the whole 95 % interval lies above {above:g}, OPPOSITE if it lies below "
            f"{below:g}, {self.middle} if it lies between them, INCONCLUSIVE otherwise."
            + (f" NOT VALID if one of its gates fails, which are looked at first: {needs}." if needs else ""),
        ]
        if self.sees is not None:
            enough = "less" if self.sees < self.matters else "not less"
            parts.append(
                f"**What it can see.** With the planned seeds the interval should reach {self.sees:g} to either side "
                f"(as trial seeds tell), which is {enough} than what matters."
            )
        if self.younger:
            parts.append(f"**Registered.** {self.younger}")
        return "\n\n".join(parts)


def _is_of_shares(rule):
    """Whether a rule judges shares or chances, or a difference of two, as its unit says: then 50 is no value."""
    return rule.scale != "ratio" and is_share(rule.unit)


def rule(name: str) -> Rule:
    """A rule of the course by its name, "00.C8", from `data/rules.json`. Raises ValueError with the names there are."""
    return rules()[one_of(name, rules(), "rule")]


def matters_to(mine: Rule | None) -> dict[str, float]:
    """What gates are told of a rule of one's own: how much matters to it; nothing where the course's own is judged."""
    return {} if mine is None else {"matters": mine.matters}


def rules() -> dict[str, Rule]:
    """All rules of the course that are judged."""
    return {name: one for name, one in _read(DATA / "rules.json").items() if not one.withdrawn}


def as_rule(by) -> Rule:
    """A rule, or the one that a name stands for."""
    if isinstance(by, Rule):
        return by
    if not isinstance(by, str):
        raise TypeError(f'a rule, or the name of one, "00.C8": got {by!r:.60}')
    return rule(by)


def withdrawn() -> dict[str, Rule]:
    """The rules that are judged no longer, each with the reason."""
    return {name: one for name, one in _read(DATA / "rules.json").items() if one.withdrawn}


@functools.cache
def _read(path: Path) -> dict[str, Rule]:
    required = {"about": str, "says": str, "measure": str, "unit": str, "matters": float, "why": str}
    several = ("needs", "was", "judges")  # texts
    optional = {"neutral": float, "scale": str, "beside": dict, "sees": float} | dict.fromkeys(several, list)
    optional |= dict.fromkeys(("measured_by", "hash", "withdrawn", "weakest", "next"), str)
    found = {}
    for name, entry in entries(path).items():
        fields(path, name, entry, required, optional)
        rows = {key: tuple(entry[key]) for key in several if key in entry}
        try:
            found[name] = Rule(name, **{**entry, **rows})
        except ValueError as error:
            raise ValueError(f"{path.name}, {name}: {error}") from error
    return found
