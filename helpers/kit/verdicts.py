"""From a result to a verdict: judge by a rule that was stated before, and read all verdicts back as a ledger."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from helpers.kit.frames import as_markdown
from helpers.kit.intervals import Interval
from helpers.kit.predictions import beside

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
VERDICT = (
    "application/vnd.inner-alignment.verdict+json"  # the kind of output under which notebooks store a verdict
)


@dataclass(frozen=True)
class Rule:
    """How a claim will be judged, stated before the experiment.

    name:    lesson and claim, such as "00.C8"; the ledger of all claims is kept under it.
    claim:   what is claimed.
    measure: the one number, computed for each seed, on which it hangs.
    supports_above, against_below: SUPPORTS if the whole interval lies above the first, AGAINST if it lies below the
             second, INCONCLUSIVE otherwise.
    published: the published result that ours is set beside, with its source.
    """

    name: str
    claim: str
    measure: str
    supports_above: float
    against_below: float
    published: str = ""

    def judge(
        self,
        values: Iterable[float],
        *,
        measured: Mapping[str, float] | pd.Series | None = None,
        predicted: str | None = None,
        does_not_show: Sequence[str] = (),
    ) -> "Verdict":
        """The verdict on one value for each seed.

        measured:      further results by name, set beside the learner's prediction called `predicted`.
        does_not_show: what must not be read into it.
        """
        interval = Interval.of(values)
        further = {} if measured is None else {name: float(value) for name, value in measured.items()}
        return Verdict(self.word(interval), interval, self, further, predicted, tuple(does_not_show))

    def word(self, interval: Interval) -> str:
        """What the rule says about an interval."""
        if interval.low > self.supports_above:
            return "SUPPORTS"
        return "AGAINST" if interval.high < self.against_below else "INCONCLUSIVE"

    def _repr_markdown_(self) -> str:
        return (
            f"**Claim {self.name}.** {self.claim}\n\n**Measure.** {self.measure}.\n\n"
            f"**Rule.** SUPPORTS if the whole 95 % interval lies above {self.supports_above:g}, "
            f"AGAINST if it lies below {self.against_below:g}, INCONCLUSIVE otherwise."
        )


@dataclass(frozen=True)
class Verdict:
    """What a rule said about a result. A notebook stores it for readers and for machines."""

    word: str
    effect: Interval
    rule: Rule
    measured: dict[str, float]
    predicted: str | None
    does_not_show: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.word}: {self.effect} over {self.effect.seeds} seeds"

    def facts(self) -> dict:
        """The verdict as plain numbers and text, for the ledger of all claims."""
        return {
            "name": self.rule.name,
            "claim": self.rule.claim,
            "measure": self.rule.measure,
            "verdict": self.word,
            **asdict(self.effect),
            "supports_above": self.rule.supports_above,
            "against_below": self.rule.against_below,
            "measured": self.measured,
            "predicted": self.predicted,
        }

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/markdown": self._markdown(), "text/plain": str(self), VERDICT: self.facts()}

    def _markdown(self):
        parts = [
            f"### {self.rule.name}: {self.word}",
            self.rule.claim,
            f"**Effect.** {self.rule.measure}: **{self.effect}** "
            f"(mean and 95 % interval, {self.effect.seeds} seeds).",
        ]
        if self.measured:
            parts.append(as_markdown(beside(self.predicted, self.measured)))
        if self.does_not_show:
            parts.append(
                "**What it does not show.**\n\n" + "\n".join(f"- {one}" for one in self.does_not_show)
            )
        if self.rule.published:
            parts.append(f"**Published beside ours.** {self.rule.published}")
        return "\n\n".join(parts)


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
