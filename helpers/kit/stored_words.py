"""Whether a stored verdict still stands: made by the rule as it is now, with a word that follows from its numbers."""

from collections.abc import Mapping
from math import isnan
from numbers import Real

import pandas as pd

from helpers.kit.intervals import Interval
from helpers.kit.rules import NOT_VALID, WORDS, Rule

NOT_YET = "not judged yet"  # no verdict is stored, or one of another form of the rule
# Facts of a verdict that are those of its rule, and what they are called.
STATES = {
    "about": "what it is about",
    "says": "what it says",
    "measure": "the measure",
    "hash": "the code of its measure",
    "unit": "the unit",
    "matters": "what matters",
    "neutral": "the neutral value",
    "scale": "the scale",
}
STORED_AS = {"says": "claim"}


def standing(rule: Rule, facts: Mapping | None) -> tuple[str, list[str], Interval | None]:
    """The word that counts now, why there is none, and the interval, of the facts that a notebook has stored.

    A verdict of an earlier form of the rule is not judged yet. One whose gates failed or are missing, or whose word is
    not that of its own interval, is NOT VALID.
    """
    if facts is None:
        return NOT_YET, [], None
    changed = [
        what for key, what in STATES.items() if _told(facts, STORED_AS.get(key, key)) != getattr(rule, key)
    ]
    if changed:
        return (
            NOT_YET,
            [f"its stored verdict is of an earlier form of the rule: {', '.join(changed)} changed"],
            None,
        )
    reasons, gates = [], facts.get("gates")
    gates = [one for one in gates if isinstance(one, Mapping)] if isinstance(gates, list) else []
    reasons += [f"{one.get('name')}: {one.get('says')}" for one in gates if one.get("passed") is not True]
    seen = {one.get("name") for one in gates}
    reasons += [f"{name}: was not looked at" for name in rule.needs if name not in seen]
    word = facts.get("verdict")
    reasons = list(dict.fromkeys([*_reasons(facts), *reasons]))
    if word not in WORDS:
        reasons.append(f"its stored word is none of a rule: {word!r}")
    try:
        effect = _interval(rule, facts)
    except (TypeError, ValueError) as error:
        return NOT_VALID, [*reasons, f"its stored interval is none: {error}"], None
    if word == NOT_VALID:
        return NOT_VALID, reasons or ["it does not say why"], effect
    seen, out = (count_of(facts, key) for key in ("seen", "left_out"))
    if effect is not None and seen is not None and effect.seeds + (out or 0) != seen:
        reasons.append(f"seeds: its interval is of {effect.seeds}, and its gates saw {seen}")
    if effect is None:
        reasons.append("a word is stored without an interval")
    elif effect.fault:
        reasons.append(f"seeds: {effect.fault}")
    elif word in WORDS and word != rule.word(effect):
        reasons.append(f"its stored word, {word}, is not that of its interval, {effect}: {rule.word(effect)}")
    return NOT_VALID if reasons else word, reasons, effect


def one_each(verdicts: pd.DataFrame) -> dict[str, dict]:
    """The stored facts of each rule, by its name. Raises ValueError for two verdicts of one rule that differ."""
    found = {}
    for one in verdicts.to_dict("records"):
        name = _told(one, "name")
        if not isinstance(name, str):
            raise ValueError(f"a verdict is stored that does not say by which rule it was made: {one!r:.120}")
        if name in found and not _alike(found[name], one):
            both = f"{found[name].get('verdict')} and {one.get('verdict')}"
            raise ValueError(
                f"two verdicts of {name} are stored, {both}: nobody can tell which one counts; keep one"
            )
        found[name] = one
    return found


def count_of(facts: Mapping, key: str = "seeds") -> int | None:
    """A whole number that is stored, None where there is none. In a table of several verdicts 64 is 64.0."""
    value = facts.get(key)
    if isinstance(value, bool) or not isinstance(value, Real) or not float(value).is_integer() or value < 0:
        return None
    return int(value)


def _reasons(facts) -> list[str]:
    """The reasons that are stored, as texts: whatever stands there instead is one, too."""
    stored = _told(facts, "reasons")
    stored = [] if stored is None else stored if isinstance(stored, list) else [stored]
    return [one if isinstance(one, str) else f"a stored reason is none: {one!r:.60}" for one in stored]


def _told(facts, key):
    """A stored fact, None where there is none: in a table of several verdicts a gap is NaN."""
    value = facts.get(key)
    return None if isinstance(value, float) and isnan(value) else value


def _alike(first, second):
    return all(str(first.get(key)) == str(second.get(key)) for key in {*first, *second})


def _interval(rule, facts) -> Interval | None:
    mean, low, high = (_told(facts, key) for key in ("mean", "low", "high"))
    seeds = count_of(facts)
    if low is None and high is None:
        return None
    if None in (mean, low, high, seeds):
        raise ValueError(f"mean {mean}, low {low}, high {high}, seeds {facts.get('seeds')!r}")
    return Interval(mean, low, high, seeds, (), rule.scale, alike=facts.get("alike") is True)
