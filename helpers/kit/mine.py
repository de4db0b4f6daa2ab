"""A learner's own rules and verdicts: stated first, run on fresh seeds, judged as the course judges, and kept.

A rule that is changed after a verdict is a new hypothesis: the seeds that it was seen on are no longer fresh.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import getclosurevars, unwrap
from math import isfinite
from types import FunctionType

import pandas as pd
from IPython.display import Markdown, display

from helpers.checked import function, texts
from helpers.checked import seeds as seeds_of
from helpers.kit.gates import Gate
from helpers.kit.intervals import per_seed
from helpers.kit.kept import kept, ran, same_result, stopped, told_apart, what_runs
from helpers.kit.measures import asks_for_a_rule, must_be_like
from helpers.kit.outcomes import read_by
from helpers.kit.predictions import entries_of, keep_entry, note
from helpers.kit.rules import Rule, rule, rules, withdrawn
from helpers.kit.strips import show_strip
from helpers.kit.tables import stored
from helpers.kit.verdicts import judge

STATED = ("says", "measure", "unit", "matters", "why")  # what a rule cannot do without
NAME = r"[0-9]{2}\.\w[\w.-]*"  # a lesson's two digits, a dot, and what you call it

TIMES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True)
class MyRule(Rule):
    """A rule of a learner's own; `like` is the rule of the course whose claim and gates it has."""

    like: str = ""


def my_rule(
    name: str, *, like: str, says, measure, unit, matters, why, neutral=None, scale=None
) -> MyRule | None:
    """A rule of your own, stated before its runs: what must come out, the measure, its unit, and what matters and why.

    name: what it is called in your file, "00.mine".
    like: a rule of the course, "00.C8": yours is about the same claim, needs the same gates, and, where you say
          nothing else, has the same neutral value and scale.
    As long as something is left at None there is no rule, and a line says what is missing.
    Raises ValueError for a rule that could not be judged, such as one for which nothing is small enough not to matter.
    """
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise ValueError(f'name is "00.mine": a lesson, a dot and a name without spaces: got {name!r:.60}')
    if name in rules() or name in withdrawn():
        raise ValueError(f"{name} is a rule of the course; call yours {name.partition('.')[0]}.mine")
    given = dict(zip(STATED, (says, measure, unit, matters, why), strict=True))
    given = {key: value.strip() if isinstance(value, str) else value for key, value in given.items()}
    if missing := [key for key, value in given.items() if value is None or value is ... or value == ""]:
        print(
            f"Your rule is not stated yet: {', '.join(missing)} {'is' if len(missing) < 2 else 'are'} missing."
        )
        return None
    texts([given[key] for key in STATED if key != "matters"], "says, measure, unit and why")
    theirs = rule(like)
    mine = MyRule(
        name,
        theirs.about,
        **given,
        neutral=theirs.neutral if neutral is None else neutral,
        scale=scale or theirs.scale,
        needs=(*theirs.needs, "fresh"),
        like=like,
    )
    if (stated := _text(mine)) != _last(name, "rule"):
        keep_entry(f"rule {name}", {"rule": stated, "like": like})
    return mine


def my_verdict(mine: MyRule | None, run: Callable, *, seeds, seen) -> None:
    """Run your rule on fresh seeds, judge it with gates like the course's, show the verdict, and keep it.

    mine:  what `my_rule` returned; without a rule nothing is run.
    run:   `(seeds) -> values, gates`: a value for each seed, and what was looked at before a word may be said. A Series
           has the seeds in its index; an array or a list has them in their order. What the course has for that
           measures one of its rules: `mine` must be like that one, and be handed to it, since its gates ask for what
           matters to it.
    seeds: those to run; seen: those on which you saw anything before. Seeds of all your verdicts in this lesson are
           known, from the moment at which they run. The same rule may be run again on the very same seeds, if the
           same comes out: where it does not, what is run was changed, and that is another rule. So it is where a run
           was stopped, and what is run has other lines or other numbers since; an error in it may be mended.
    A verdict that fails a gate is NOT VALID, like the course's. All of them stay: see `my_verdicts`. Whoever judges the
    same form again is told how often that was.
    Raises ValueError, before anything is run, for a run of the course that measures another rule than `mine` is like,
    or is handed another rule, or none.
    """
    function(run, "run", "(seeds) -> values, gates")
    if mine is None:
        print("There is no rule yet to judge. State one above; the lesson goes on without it.")
        return
    if not isinstance(mine, MyRule):
        raise TypeError(f"mine is what `my_rule` returned: got {mine!r:.60}")
    must_be_like(mine, run)
    _one_rule(mine, run)
    fresh = seeds_of(seeds)
    if isinstance(seen, Iterable) and not isinstance(seen, str | bytes | Mapping):
        seen = [*{str(one): one for one in seen}.values()]  # seen twice is seen
    seen = seeds_of(seen, "seen") if seen != [] else ()
    before = [entry for name, entry in kept() if name == mine.name]
    again = [one for one in before if _is_run(one, mine, fresh)]
    used, began = _seen_before(mine, fresh), [one for name, one in ran() if name == mine.name]
    begun = {"rule": _text(mine), "like": mine.like, "seeds": list(fresh), "runs": what_runs(run)}
    other = stopped([one for one in began if _is_run(one, mine, fresh)], begun["runs"])
    note(f"rule {mine.name}", begun)
    try:
        row, verdict = _judged(mine, run, fresh, set(seen) | used, again[0] if again else None, other)
    except Exception:
        note(f"rule {mine.name}", {**begun, "error": True})  # whoever mends it may run the same seeds
        raise
    facts = {key: value for key, value in verdict.facts().items() if key != "gates"}
    entry = {**begun, "verdict": facts, "values": _plain(row)}
    keep_entry(f"verdict {mine.name}", entry)
    display(Markdown(verdict._repr_mimebundle_()["text/markdown"]))
    show_strip(verdict)
    if others := [one["verdict"]["verdict"] for one in before if one["rule"] != _text(mine)]:
        print(
            f"You have changed this rule. Earlier forms of it were judged: {', '.join(others)}. All are kept."
        )
    words = told_apart(one for one in [*before, entry] if one["rule"] == _text(mine))
    if len(words) > 1:
        time = TIMES[len(words) - 1] if len(words) <= len(TIMES) else f"{len(words)}th"
        said = ", ".join(one["verdict"]["verdict"] for one in words)
        print(
            f"This rule was judged for the {time} time: {said}. Whoever goes on until a word comes will get it by "
            "chance some day: what counts is all of them together."
        )
    if len({one["runs"] for one in words if one.get("runs")}) > 1:
        print(
            "What ran for it was not the same each time: another line, or another number, name or world that it was "
            "given. Where the rule's words do not fit what runs now, state it as a rule of its own."
        )


def _one_rule(mine, run):
    """Raises ValueError where what runs hands no rule, or another of the learner's, to gates that ask for one."""
    given = [again() for again, _ in read_by(run).values()]
    if isinstance(inner := unwrap(run), FunctionType):
        given += getclosurevars(inner).nonlocals.values()
    held = {one.name for one in _rules_in(given)}
    if held == {mine.name} or not (held or asks_for_a_rule(run)):
        return
    other = min(held - {mine.name}, default="no rule")
    raise ValueError(
        f"{mine.name} is judged, and what runs for it hands {other} to the gates, which ask for what matters to the "
        "rule that they are handed. Hand over the one that is judged, as mine=... Nothing was run; no seed was seen"
    )


def _rules_in(given):
    """The learner's rules among things, and in lists, tuples and mappings of them."""
    for one in given:
        if isinstance(one, MyRule):
            yield one
        elif isinstance(one, list | tuple | Mapping):
            yield from _rules_in(one.values() if isinstance(one, Mapping) else one)


def my_verdicts() -> pd.DataFrame:
    """Your verdicts, the latest of each form of each rule, and beside them the word of the course's rule.

    times: how often this form was judged, on other seeds or with another result; `words` has what was said each time.
    """
    course = stored("ledger")  # not what stands in notebooks/, which may be a learner's own
    words = dict(zip(course.rule, course.word, strict=True))
    forms = {}
    for name, entry in kept():
        forms.setdefault((name, entry["rule"]), []).append(entry)
    rows = [
        {
            "rule": name,
            "says": (latest := every[-1])["verdict"]["claim"],
            **{key: latest["verdict"][key] for key in ("verdict", "mean", "low", "high", "unit")},
            "seeds": len(latest["seeds"]),
            "times": len(judged := told_apart(every)),
            "words": ", ".join(one["verdict"]["verdict"] for one in judged),
            "like": latest["like"],
            "the course's": words.get(latest["like"], ""),
        }
        for (name, _), every in forms.items()
    ]
    columns = ["rule", "says", "verdict", "mean", "low", "high", "unit", "seeds", "times", "words"]
    return pd.DataFrame(rows, columns=[*columns, "like", "the course's"]).fillna("")


def _seen_before(mine: MyRule, seeds) -> set[int]:
    """The seeds of all that ran in the lesson before this very rule first ran on these very seeds.

    What ran and was stopped, or ended in an error, is among them: its runs may have shown something.
    """
    used = set()
    for name, one in ran():
        if name == mine.name and _is_run(one, mine, seeds):
            break
        if _lesson(name, one) == mine.like[:2]:
            used |= set(one["seeds"])
    return used


def _is_run(entry, mine, seeds) -> bool:
    """Whether this is an earlier run of the very same rule on the very same seeds."""
    return entry["rule"] == _text(mine) and set(entry["seeds"]) == set(seeds)


def _lesson(name, entry):
    """The two digits of the lesson that a kept verdict is about."""
    return (entry["like"] or name)[:2]


def _judged(mine, run, seeds, seen: set[int], first: Mapping | None, other: bool):
    """A value for each seed, and the verdict on them, with a gate on whether the seeds are fresh.

    first: what was kept when the same rule was judged on them, if it was.
    other: something else ran on them for it, and was stopped.
    """
    known = sorted(seen & set(seeds))
    says = (
        f"{len(known)} of {len(seeds)} seeds were seen before, {known[0]} for one"
        if known
        else "no seed was seen"
    )
    done = run(seeds)
    values, gates = done if isinstance(done, tuple) and len(done) == 2 else (done, ())
    row = per_seed(values, "what run returns")
    if len(row) != len(seeds):
        raise ValueError(f"run returns a value for each seed: got {len(row)} values for {len(seeds)} seeds")
    if isinstance(values, pd.Series):
        if others := [seed for seed in values.index if seed not in set(seeds)]:
            raise ValueError(
                f"run returns a value for each seed that it was asked for, {seeds[0]} to {seeds[-1]}: got one for "
                f"{others[0]} (a Series has the seeds in its index; an array or a list has them in their order)"
            )
        row = per_seed(values.reindex(list(seeds)), "what run returns")
    judged = pd.Series(row, index=pd.Index(seeds, name="seed"))
    verdict = judge(mine, judged, gates=[*_listed(gates), Gate("fresh", not known, says)])
    now = {"seeds": seeds, "verdict": verdict.facts(), "values": _plain(row)}
    if not (known or first is None or same_result(first, now)):
        means = [one["verdict"]["mean"] for one in (first, now)]
        before, after = ("no value" if mean is None else f"{mean:.3g}" for mean in means)
        before = "other values for its seeds" if before == after else before
        says = f"the same rule on the same seeds had {before} before: what is run was changed, or draws by itself"
    elif other and not known:
        says = "what is run was changed after it was stopped on these seeds, which may have shown something"
    else:
        return row, verdict
    says = f"{says}. State it as a rule of its own, on fresh seeds"
    return row, judge(mine, judged, gates=[*_listed(gates), Gate("fresh", False, says)])


def _plain(row) -> list[float | None]:
    """Values as they are kept, with None for no number."""
    return [float(value) if isfinite(value) else None for value in row]


def _listed(gates) -> list[Gate]:
    return [gates] if isinstance(gates, Gate) else list(gates) if isinstance(gates, Iterable) else [gates]


def _last(name, key):
    found = [entry.get(key) for one, entry in entries_of("rule ") if one == f"rule {name}"]
    return found[-1] if found else None


def _text(mine: MyRule) -> str:
    """All of a rule that a verdict hangs on, in one line: two rules that differ in it are two."""
    return " | ".join(
        [
            mine.says,
            mine.measure,
            mine.unit,
            _exactly(mine.matters),
            mine.why,
            _exactly(mine.neutral),
            mine.scale,
            f"like {mine.like}",
        ]
    )


def _exactly(value: float) -> str:
    """A number with all its digits: 5 for 5.0, and 0.1 is not 0.1000001."""
    return repr(float(value)).removesuffix(".0")
