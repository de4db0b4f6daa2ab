"""From a result to a verdict: judge by a rule that was stated before, and read all verdicts back as a ledger.

A rule has four words: SUPPORTS, OPPOSITE, NO RELEVANT DIFFERENCE, INCONCLUSIVE. Where a gate fails there is no word,
and the verdict is NOT VALID, with the reasons.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.checked import number, one_of
from helpers.kit.claims import DATA, claim, entries, fields, published
from helpers.kit.frames import as_markdown
from helpers.kit.gates import Gate
from helpers.kit.intervals import FEWEST, SCALES, Interval, interval_of, per_seed
from helpers.kit.predictions import beside

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
VERDICT = "application/vnd.inner-alignment.verdict+json"  # the kind of output under which notebooks store one
SUPPORTS, OPPOSITE, INCONCLUSIVE = "SUPPORTS", "OPPOSITE", "INCONCLUSIVE"
COMPARABLE = ("for", "against", "both")  # what a published result may say about a rule
NO_DIFFERENCE, NOT_VALID = "NO RELEVANT DIFFERENCE", "NOT VALID"


@dataclass(frozen=True)
class Rule:
    """How a claim will be judged, stated before the experiment.

    name:    lesson and claim, such as "00.C8"; the ledger of all claims is kept under it.
    about:   the claim of the debate that it tests, such as "C8".
    says:    what must come out if the claim holds here.
    measure: the one number, computed for each seed, on which it hangs.
    unit:    its unit.
    matters: the smallest effect that matters, in that unit, and `why`.
    neutral: the value that speaks for neither side; for a difference 0.
    scale:   what values the measure can take: "unbounded", "share" or "positive" (see `Interval.of`).
    needs:   gates without which there is no word.
    beside:  published results set beside ours -> what they say about this rule ("for", "against", "both"), or the
             reason why the two cannot be compared.
    was:     the rule's earlier forms, each with the reason for the change.
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

    def __post_init__(self):
        number(self.matters, f"{self.name}: matters", above=0)
        number(self.neutral, f"{self.name}: neutral")
        one_of(self.scale, SCALES, f"{self.name}: scale")
        claim(self.about)
        for id, said in (self.beside or {}).items():
            published(id)
            if not isinstance(said, str) or not said.strip():
                raise ValueError(
                    f"{self.name}, {id}: one of {', '.join(COMPARABLE)}, or why it cannot be compared"
                )

    @property
    def zones(self) -> tuple[float, float]:
        """Between these two values an effect does not matter."""
        return self.neutral - self.matters, self.neutral + self.matters

    def judge(
        self,
        values,
        *,
        gates: Iterable = (),
        measured: Mapping | pd.Series | None = None,
        predicted: str | None = None,
        does_not_show="",
    ) -> "Verdict":
        """The verdict on one value for each seed, or on an interval that was made of them.

        gates:         what was looked at before; one that failed, or that the rule needs and is not there, and fewer
                       than four seeds, make the verdict NOT VALID.
        measured:      further results by name, set beside the learner's prediction called `predicted`.
        does_not_show: what must not be read into it, as Markdown.
        Raises TypeError for a mapping or a table of values. NaN is refused with ValueError, unless an attrition gate
        has counted the seeds that did not get there; those are then left out, and the verdict says how many.
        """
        gates = tuple(gates)
        for gate in gates:
            if not isinstance(gate, Gate):
                raise TypeError(f"gates are what `moved`, `complete`, ... return: got {gate!r:.60}")
        if not isinstance(does_not_show, str):
            raise TypeError(
                "does_not_show is one text in Markdown: write a list as lines that begin with '- '"
            )
        left_out, effect = self._effect(values, any(gate.name == "attrition" for gate in gates))
        reasons = [f"{gate.name}: {gate.says}" for gate in gates if not gate.passed]
        seeds = left_out + (effect.seeds if effect else 0)
        least = max((gate.least for gate in gates if gate.least is not None), default=0)
        if left_out > (1 - least) * seeds:  # each arm may have lost few, and the pairs many
            reasons.append(
                f"attrition: {left_out} of {seeds} seeds have no value in every arm that is compared"
            )
        missing = [name for name in self.needs if name not in {gate.name for gate in gates}]
        reasons += [f"{name}: was not looked at" for name in missing]
        if effect is None or not effect.known:
            reasons.append(f"seeds: an interval needs {FEWEST}, there are {seeds - left_out}")
        word = NOT_VALID if reasons else self.word(effect)
        further = {
            str(name): _finite(value) for name, value in dict({} if measured is None else measured).items()
        }
        return Verdict(word, effect, self, gates, tuple(reasons), left_out, further, predicted, does_not_show)

    def _effect(self, values, attrition: bool) -> tuple[int, Interval | None]:
        """How many seeds are left out, and the interval of the others (None: fewer than two are left)."""
        if isinstance(values, Interval):
            return 0, values
        row = per_seed(values, f"what {self.name} judges")
        there = np.isfinite(row)
        if np.isinf(row).any() or (not there.all() and not attrition):
            raise ValueError(
                f"{self.name}: {(~there).sum()} of {len(row)} seeds have no finite value. If they did not reach what "
                "is compared, hand in gates=[attrition(...)], which says so; never drop them silently"
            )
        return int((~there).sum()), interval_of(row[there], self.scale) if there.sum() > 1 else None

    def word(self, effect: Interval) -> str:
        """What the rule says about an interval."""
        below, above = self.zones
        if not effect.known:
            return INCONCLUSIVE
        if effect.low > above:
            return SUPPORTS
        if effect.high < below:
            return OPPOSITE
        return NO_DIFFERENCE if effect.low > below and effect.high < above else INCONCLUSIVE

    def compared(self, id: str, word: str) -> str:
        """Whether a published result agrees with our word: "agrees", "disagrees", or "not comparable" and why."""
        said = (self.beside or {})[id]
        if said not in COMPARABLE:
            return f"not comparable: {said}"
        if word in (INCONCLUSIVE, NOT_VALID):
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
            f"{below:g}, NO RELEVANT DIFFERENCE if it lies between them, INCONCLUSIVE otherwise."
            + (f" NOT VALID if one of its gates fails, which are looked at first: {needs}." if needs else ""),
        ]
        parts += [f"**Was.** {one}" for one in self.was]
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Verdict:
    """What a rule said about a result. A notebook stores it for readers and for machines.

    effect:   the interval, None where fewer than two seeds were left.
    reasons:  why it is not valid; none where it is.
    left_out: seeds without a value, which the attrition gate has counted.
    """

    word: str
    effect: Interval | None
    rule: Rule
    gates: tuple[Gate, ...]
    reasons: tuple[str, ...]
    left_out: int
    measured: dict[str, float | None]
    predicted: str | None
    does_not_show: str

    @property
    def valid(self) -> bool:
        """Whether every gate held, so that there is a word."""
        return not self.reasons

    def __str__(self) -> str:
        if not self.valid:
            return f"{self.word} ({'; '.join(self.reasons)})"
        return f"{self.word}: {self.effect} over {self.effect.seeds} seeds"

    def facts(self) -> dict:
        """The verdict as plain numbers and text, for the ledger of all claims; what there is not is None."""
        effect = (
            asdict(self.effect)
            if self.effect
            else dict.fromkeys(("mean", "low", "high"), None) | {"seeds": 0}
        )
        effect.pop("points", None)
        return {
            "name": self.rule.name,
            "about": self.rule.about,
            "claim": self.rule.says,
            "measure": self.rule.measure,
            "unit": self.rule.unit,
            "verdict": self.word,
            "reasons": list(self.reasons),
            **effect,
            "left_out": self.left_out,
            "neutral": self.rule.neutral,
            "matters": self.rule.matters,
            "gates": [asdict(gate) for gate in self.gates],
            "published": {id: self.rule.compared(id, self.word) for id in self.rule.beside or {}},
            "measured": self.measured,
            "predicted": self.predicted,
        }

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/markdown": self._markdown(), "text/plain": str(self), VERDICT: self.facts()}

    def _markdown(self):
        rule, below_above = self.rule, " to ".join(f"{edge:g}" for edge in self.rule.zones)
        parts = [f"### {rule.name}: {self.word}", rule.says]
        if self.reasons:
            parts.append("**Why there is no word.**\n\n" + "\n".join(f"- {one}" for one in self.reasons))
        if self.effect:
            seeds = f"{self.effect.seeds} seeds" + (f", {self.left_out} left out" if self.left_out else "")
            kind = "mean and 95 % interval" if self.effect.known else "mean and values"
            parts.append(
                f"**Effect.** {rule.measure}, in {rule.unit}: **{self.effect}** ({kind}, {seeds}). "
                f"From {below_above} it would not matter."
            )
        if self.gates:
            parts.append("**Gates.**\n\n" + "\n".join(f"- {gate}" for gate in self.gates))
        if self.measured:
            parts.append(as_markdown(beside(self.predicted, self.measured)))
        if self.does_not_show:
            parts.append(f"**What it does not show.**\n\n{self.does_not_show}")
        if rule.beside:
            lines = [
                f"- {published(id)} **Beside ours: {rule.compared(id, self.word)}.**" for id in rule.beside
            ]
            parts.append("**Published.**\n\n" + "\n".join(lines))
        return "\n\n".join(parts)


def rule(name: str) -> Rule:
    """A rule of the course by its name, "00.C8", from `data/rules.json`. Raises ValueError with the names there are."""
    return rules()[one_of(name, rules(), "rule")]


def rules() -> dict[str, Rule]:
    """All rules of the course."""
    return _read(DATA / "rules.json")


@functools.cache
def _read(path: Path) -> dict[str, Rule]:
    required = {"about": str, "says": str, "measure": str, "unit": str, "matters": float, "why": str}
    optional = {"neutral": float, "scale": str, "needs": list, "beside": dict, "was": list}
    found = {}
    for name, entry in entries(path).items():
        fields(path, name, entry, required, optional)
        several = {key: tuple(entry[key]) for key in ("needs", "was") if key in entry}
        try:
            found[name] = Rule(name, **{**entry, **several})
        except ValueError as error:
            raise ValueError(f"{path.name}, {name}: {error}") from error
    return found


def ledger(notebooks: Iterable[Path] | None = None) -> pd.DataFrame:
    """Every verdict that is stored in the lessons, a row each: name, claim, verdict, mean, low, high, seeds, ..."""
    lessons = sorted(LESSONS.glob("[0-9]*.ipynb")) if notebooks is None else notebooks
    stored = [
        output["data"][VERDICT]
        for lesson in lessons
        for cell in json.loads(Path(lesson).read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if VERDICT in output.get("data", {})
    ]
    return pd.DataFrame(stored)


def _finite(value) -> float | None:
    value = np.nan if value is None else float(value)
    return value if np.isfinite(value) else None
