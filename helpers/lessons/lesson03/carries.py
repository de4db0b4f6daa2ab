"""How far the verdicts of lesson 03 carry: what its rules say in each setting and in other mazes."""

import re

import pandas as pd

from helpers.kit.intervals import Interval
from helpers.kit.judged import Judged, judged
from helpers.kit.multiverse import by_setting
from helpers.kit.parts import spans
from helpers.lessons.lesson03.experiment import BY_DATA, BY_REWARD, goal_gap, on_the_climb
from helpers.lessons.lesson03.experiment import MEASURES as RULES
from helpers.lessons.lesson03.long_runs import SETTINGS


def settings(multiverse: pd.DataFrame, rule: str) -> pd.DataFrame:
    """What a rule says in each setting, from the lowest effect to the highest: its effect, and its word."""
    found = by_setting(multiverse, rule)
    return _table(dict(sorted(found.items(), key=lambda one: _mean(one[1])))).rename_axis("setting")


def reasons(multiverse: pd.DataFrame, rule: str) -> str:
    """What failed in each setting that has no word, and which were not run yet, as a list in Markdown."""
    found = by_setting(multiverse, rule)
    failed = [f"- *{name}*: {_first(one)}" for name, one in found.items() if not one.valid]
    missing = [f"- *{name}*: not run yet" for name in written_down(rule) if name not in found]
    return "\n".join([*failed, *missing])


def written_down(rule: str) -> list[str]:
    """The settings that are about a rule."""
    return [one["setting"] for one in SETTINGS if rule in one.get("rules", RULES)]


def other_mazes(fresh: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The same for sets of seeds, a thousand apart, each trained and tested in mazes of its own."""
    return _table(sets(fresh, rule))


def sets(fresh: pd.DataFrame, rule: str) -> dict[str, Judged]:
    """What a rule says of each of these sets."""
    mine = fresh[fresh.rule == rule]
    return {f"seeds {spans(rows.seed)}": judged(rows, rule) for _, rows in mine.groupby(mine.seed // 1000)}


def in_other_mazes(verdict, fresh: pd.DataFrame) -> str:
    """Whether the effect of a verdict, and its word, are found again in these sets; if not, what is in the way."""
    rule, found = verdict.rule, list(sets(fresh, verdict.rule.name).values())
    effects = [one.effect for one in found if one.effect]
    means = [effect.mean for effect in effects]
    sides = [effect.low > 0 or effect.high < 0 for effect in effects if effect.mean * verdict.effect.mean > 0]
    again = sum(rule.word(effect) == rule.word(verdict.effect) for effect in effects)
    failed = pd.Series([_gate(one) for one in found if not one.valid]).value_counts(sort=False)
    first = ", ".join(f"`{gate}` in {count}" for gate, count in failed.items())
    valid, of = sum(one.valid for one in found), len(found)
    said = (
        f"**The effect {'repeats' if sum(sides) == of else 'does not surely repeat'}.** In {of} other sets of mazes "
        f"it is {min(means):.2f} to {max(means):.2f} ({verdict.effect.mean:.2f} here), in {len(sides)} of them on the "
        f"same side of 0, in {sum(sides)} surely so. {_over_sets(means)}The numbers alone would say "
        f"{rule.word(verdict.effect)} in {again} of {of}.\n\n"
        f"**{_holds(verdict, found)}.** All gates hold in {valid} of {of} sets"
    )
    if not first:
        return f"{said}."
    others = [
        f"- *{name}*: {_first(one)}"
        for name, one in sets(fresh, rule.name).items()
        if not one.valid and _gate(one) != "both ways"
    ]
    return "\n".join(
        [f"{said}; what fails first is {first}. {_control(verdict, found)}".strip(), "", *others]
    ).strip()


def worth(verdict, runs: pd.DataFrame, fresh: pd.DataFrame) -> str:
    """How much the word of 03.C8 is worth, as a list in Markdown: other mazes, half of these, and what it could say."""
    found, climb = list(sets(fresh, verdict.rule.name).values()), on_the_climb(runs)
    there = [one.effect for one in found if one.effect]
    halves = [Interval.of(goal_gap(runs, half=f", half {half}").dropna()) for half in (1, 2)]
    ours, matters = climb[BY_DATA].mean(), verdict.rule.matters
    return "\n".join(
        [
            f"- *Other mazes:* in {len(found)} other sets of them the effect is {min(e.mean for e in there):.2f} to "
            f"{max(e.mean for e in there):.2f}; {_words(found)} (the table is below).",
            f"- *These mazes:* the interval is that of seeds. In one half of the mazes the effect is {halves[0]}, in "
            f"the other {halves[1]}; the whole is not their mean, since in a half the levels are reached at other "
            "moments.",
            f"- *SFT ahead?* On the climb its pupils are at {ours:.2f}. SUPPORTS would ask for a PPO below "
            f"{ours - matters:.2f}, and PPO's lowest seed is at {climb[BY_REWARD].min():.2f}.",
        ]
    )


def _control(verdict, found: list[Judged]) -> str:
    """What the comparison that is built to show a difference shows here, and where it shows too little."""
    shown = [re.match(r"both ways: built to show it: (\S+ \[.*?\])", one.why) for one in found]
    there = [one[1] for one in shown if one]
    here = [gate.says for gate in verdict.gates if gate.name == "both ways"]
    if not there or not here:
        return ""
    mine = re.search(r"built to show it: (\S+ \[.*?\])", here[0])[1]
    return (
        f"`both ways` asks that a comparison that is built to show a difference surely shows {verdict.rule.matters:g}, "
        f"so that the lower end of its interval lies above that. It shows {mine} here, and {', '.join(there)} where it "
        "fails."
    )


def _over_sets(means: list[float]) -> str:
    """The mean of the sets' effects with its interval: each set of mazes is one value, whatever its seeds."""
    if len(means) < 4:
        return ""
    return (
        f"With each set as one value, so that the interval is one of mazes, it is **{Interval.of(means)}**. "
    )


def _holds(verdict, found: list[Judged]) -> str:
    """Whether there is a word in all other sets, and the same."""
    if not all(one.valid for one in found):
        return "The word does not hold" if not any(one.valid for one in found) else "The word holds in some"
    words = {one.word for one in found}
    return "The word holds" if words == {verdict.word} else "There is a word in each, and not always the same"


def _words(found: list[Judged]) -> str:
    """How many sets say each word: "INCONCLUSIVE in 4, OPPOSITE in 1"."""
    counts = pd.Series([one.word for one in found]).value_counts(sort=False)
    return ", ".join(f"{word} in {count}" for word, count in counts.items())


def _table(found: dict[str, Judged]) -> pd.DataFrame:
    rows = {
        name: {
            "effect": "no value" if one.effect is None else str(one.effect),
            "word": one.word if one.valid else f"{one.word}: {_gate(one)}",
        }
        for name, one in found.items()
    }
    return pd.DataFrame(rows).T


def _gate(one: Judged) -> str:
    return one.why.partition(":")[0]


def _first(one: Judged) -> str:
    """The first reason; those behind it begin with the name of their gate, too."""
    return re.split(r"; (?=[a-z ]+: )(?!built not to)", one.why)[0]


def _mean(one: Judged) -> float:
    return float("inf") if one.effect is None else one.effect.mean
