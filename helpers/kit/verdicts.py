"""From a result to a verdict: what a rule says about it, with its gates, and what is stored of it in the notebook."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import display

from helpers import files
from helpers.kit.claims import published
from helpers.kit.gates import Gate
from helpers.kit.intervals import FEWEST, SCALES, Interval, interval_of, per_seed
from helpers.kit.judged import Judged
from helpers.kit.looked_at import elsewhere, those_that_were_seen
from helpers.kit.multiverse import Share, beside_own, carries
from helpers.kit.pictures import QUIET
from helpers.kit.predictions import beside_in_words
from helpers.kit.rules import NEITHER, NOT_VALID, Rule, rule, rules
from helpers.kit.stale import is_result, out_of_date, say_what_is_not_followed

__all__ = ["VERDICT", "Rule", "Verdict", "judge", "rule", "rules", "stored_verdicts"]

LESSONS = files.NOTEBOOKS
GATE = ("name", "passed", "says", "least")  # what is stored of one
VERDICT = "application/vnd.inner-alignment.verdict+json"  # the kind of output under which notebooks store one


@dataclass(frozen=True)
class Verdict:
    """What a rule said about a result. A notebook stores it for readers and for machines.

    effect:   the interval, None where fewer than two seeds were left.
    reasons:  why it is not valid; none where it is.
    left_out: seeds without a value, which the attrition gate has counted.
    share:    in how many settings of its multiverse the word holds, None where it was not looked at.
    own:      what the lesson's own numbers say, where this verdict differs from it; `share` then is about that word.
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
    share: Share | None = None
    own: Judged | None = None

    @property
    def valid(self) -> bool:
        """Whether every gate held, so that there is a word."""
        return not self.reasons

    def __str__(self) -> str:
        if not self.valid:
            return f"{self.word} ({'; '.join(self.reasons)})"
        return f"{self._said}: {self.effect} over {self.effect.seeds} seeds"

    @property
    def _said(self):
        if not (self.share and self.valid):
            return self.word
        own = f" (with the lesson's own numbers {self.own.word}" if self.own else ""
        return f"{self.word}{own}, {self.share.short}{')' * bool(own)}"

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
            "needs": list(self.rule.needs),
            "hash": self.rule.hash,
            "verdict": self.word,
            "reasons": list(self.reasons),
            **effect,
            "scale": self.rule.scale,
            "left_out": self.left_out,
            "seen": len({seed for gate in self.gates for seed in gate.seeds or ()}) or None,
            "neutral": self.rule.neutral,
            "matters": self.rule.matters,
            "gates": [{key: getattr(gate, key) for key in GATE} for gate in self.gates],
            "younger": self.rule.younger,
            "share": None if self.share is None else dict(self.share.words),
            "published": {id: self.rule.compared(id, self.word) for id in self.rule.beside or {}},
            "measured": self.measured,
            "predicted": self.predicted,
        }

    def _ipython_display_(self) -> None:
        """The verdict in words, and below it the interval on a line."""
        from helpers.kit.strips import show_strip

        display(self._repr_mimebundle_(), raw=True)
        show_strip(self)

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/markdown": self._markdown(), "text/plain": str(self), VERDICT: self.facts()}

    def _markdown(self):
        rule, below_above = self.rule, " to ".join(f"{edge:g}" for edge in self.rule.zones)
        parts = [f"### {rule.name}: {self._said}", rule.says]
        if self.reasons:
            parts.append("**Why there is no word.**\n\n" + _lines(self.reasons))
        if self.effect:
            seeds = f"{self.effect.seeds} seeds" + (f", {self.left_out} left out" if self.left_out else "")
            kind = "mean and 95 % interval" if self.effect.known else "mean and values"
            kind += ", all seeds alike, so that 3 in n others may differ" if self.effect.alike else ""
            parts.append(
                f"**Effect.** {rule.measure}, in {rule.unit}: **{self.effect}** ({kind}, {seeds}). "
                f"From {below_above} {'the word is NEITHER' if rule.middle == NEITHER else 'it would not matter'}."
            )
        if self.share:
            parts.append(f"**How far it carries.** {carries(self.share, self.own)}")
        if rule.younger:
            parts.append(f"**Registered.** {rule.younger}")
        if held := [gate for gate in self.gates if gate.passed]:  # the others stand among the reasons
            some = " that held" if len(held) < len(self.gates) else ""
            parts.append(f"**Gates{some}.**\n\n" + _lines(held))
        if self.measured:
            parts.append(beside_in_words(self.predicted, self.measured))
        if self.does_not_show:
            parts.append(f"**What it does not show.**\n\n{self.does_not_show}")
        if rule.beside:
            lines = [
                f"- {published(id)} **Beside ours: {rule.compared(id, self.word)}.**" for id in rule.beside
            ]
            parts.append("**Published.**\n\n" + "\n".join(lines))
        if rule.was:  # not with the rule: a reason for a change may tell what comes out
            earlier = "\n".join(f"- {one}" for one in rule.was)
            parts.append(f"<details><summary>Earlier forms of this rule</summary>\n\n{earlier}\n\n</details>")
        return "\n\n".join([QUIET, *parts])


is_result(Verdict)


def judge(
    rule: Rule,
    values,
    *,
    gates=(),
    measured=None,
    predicted: str | None = None,
    does_not_show="",
    multiverse=None,
) -> Verdict:
    """The verdict on one value for each seed, or on an interval that was made of them.

    gates:         what was looked at before; one that failed, or that the rule needs and is not there, and fewer
                   than four seeds, make the verdict NOT VALID.
                   What `complete` saw must be what is judged: the same seeds, where the values name theirs.
    measured:      further results by name, set beside the learner's prediction called `predicted`.
    does_not_show: what must not be read into it, as Markdown.
    multiverse:    the table `multiverse_NN`; the word is then printed with the share of its settings.
    Raises TypeError for a mapping or a table of values, ValueError for rows that are no seeds. NaN is refused with
    ValueError, unless an attrition gate has counted the seeds that did not get there; those are then left out, and the
    verdict says how many.
    """
    if isinstance(gates, Gate | str) or not isinstance(gates, Iterable):
        raise TypeError(f"gates are a list: write gates=[moved(...)]: got {gates!r:.60}")
    gates = tuple(gates)
    for gate in gates:
        if not isinstance(gate, Gate):
            raise TypeError(f"gates are what `moved`, `complete`, ... return: got {gate!r:.60}")
    if not isinstance(does_not_show, str):
        raise TypeError("does_not_show is one text in Markdown: write a list as lines that begin with '- '")
    those_that_were_seen(rule.name, values, gates)
    left_out, effect = _effect(rule, values, any(gate.name == "attrition" for gate in gates))
    reasons = (*_reasons(rule, gates, left_out, effect), *elsewhere(gates, values))
    say_what_is_not_followed()
    word = NOT_VALID if reasons else rule.word(effect)
    found = (None, None) if multiverse is None else beside_own(multiverse, rule, word, effect)
    said = (_further(measured), predicted, does_not_show, *found)
    return Verdict(word, effect, rule, gates, reasons, left_out, *said)


def _lines(sentences) -> str:
    """A list in Markdown; what has the look of a tag, as the control word <good> of lesson 10, is shown as it is."""
    return "\n".join(f"- {str(one).replace('<', '&lt;')}" for one in sentences)


def _reasons(rule, gates, left_out, effect) -> tuple[str, ...]:
    """Why there is no word; none where there is one."""
    reasons = [f"out of date: {one}" for one in out_of_date()]
    reasons += [f"{gate.name}: {gate.says}" for gate in gates if not gate.passed]
    seeds = left_out + (effect.seeds if effect else 0)
    least = max((gate.least for gate in gates if gate.least is not None), default=0)
    said = {gate.name for gate in gates if not gate.passed}
    lost = left_out > (1 - least) * seeds  # each arm may have lost few, and the pairs many
    if lost and "attrition" not in said:
        reasons.append(f"attrition: {left_out} of {seeds} seeds have no value in every arm that is compared")
    missing = [name for name in rule.needs if name not in {gate.name for gate in gates}]
    reasons += [f"{name}: was not looked at" for name in missing]
    if effect is None and not any(reason.startswith("seeds:") for reason in reasons):
        reasons.append(f"seeds: an interval needs {FEWEST}, there are {seeds - left_out}")
    elif effect is not None and effect.fault:
        reasons.append(f"seeds: {effect.fault}")
    return tuple(reasons)


def _effect(rule, values, attrition: bool) -> tuple[int, Interval | None]:
    """How many seeds are left out, and the interval of the others (None: fewer than two are left)."""
    if isinstance(values, Interval):
        if values.scale != rule.scale:
            raise ValueError(
                f"{rule.name} judges {SCALES[rule.scale]}: got an interval of {SCALES[values.scale]}"
            )
        rule.looked_at(np.array([values.mean]))
        return 0, values
    if isinstance(values, pd.Series) and _is_column(values):
        raise ValueError(
            f"{rule.name} judges one number for each seed: got the column `{values.name}` of a frame, whose rows may "
            "be anything. Take final(frame, metric)['RL'], or set_index('seed') where each seed has one row"
        )
    row = rule.looked_at(per_seed(values, f"what {rule.name} judges"))
    there = np.isfinite(row)
    if np.isinf(row).any() or (not there.all() and not attrition):
        raise ValueError(
            f"{rule.name}: {(~there).sum()} of {len(row)} seeds have no finite value. If they did not reach what "
            "is compared, hand in gates=[attrition(...)], which says so; never drop them silently"
        )
    return int((~there).sum()), interval_of(row[there], rule.scale) if there.sum() > 1 else None


def _is_column(values) -> bool:
    """Whether this is the column of a frame that nobody gave an index: its rows are numbered, and may be no seeds."""
    numbered = values.index.equals(pd.RangeIndex(len(values))) or values.name == "value"
    return values.name is not None and values.index.names == [None] and numbered


def stored_verdicts(notebooks: Iterable[Path] | None = None) -> pd.DataFrame:
    """Every verdict that is stored in the lessons, a row each: name, claim, verdict, mean, low, high, seeds, ..."""
    lessons = files.lessons(LESSONS).values() if notebooks is None else notebooks
    return pd.DataFrame([facts for lesson in lessons for facts in _stored_in(Path(lesson))])


def _stored_in(lesson: Path) -> list[dict]:
    """The verdicts of a notebook, those that it shows twice once. Raises ValueError for a file that is no notebook."""
    try:
        cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        found = [output["data"][VERDICT] for output in outputs if VERDICT in output.get("data", {})]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{lesson} cannot be read as a notebook ({type(error).__name__}: {error})"
        ) from error
    if odd := [facts for facts in found if not isinstance(facts, dict) or "name" not in facts]:
        raise ValueError(f"{lesson}: what stands there as a verdict is none: {odd[0]!r:.60}")
    return [facts for place, facts in enumerate(found) if facts not in found[:place]]


def _further(measured) -> dict[str, float | None]:
    """Further results as plain numbers; what there is not is None."""
    if measured is None:
        return {}
    if not isinstance(measured, Mapping | pd.Series):
        raise TypeError(f"measured is numbers by name, {{'SFT': 0.9}}: got a {type(measured).__name__}")
    found = {}
    for name, value in measured.items():
        if str(name) in found:
            raise ValueError(f"measured: two results would have one name, {str(name)!r}")
        try:
            number = np.nan if value is None else float(value)
        except (TypeError, ValueError, RuntimeError) as error:
            raise TypeError(f"measured: {str(name)!r} is one number: got {value!r:.60}") from error
        found[str(name)] = number if np.isfinite(number) else None
    return found
