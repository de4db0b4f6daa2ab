"""A learner's own rules and verdicts: stated first, run on fresh seeds, judged as the course judges, and kept.

A rule that is changed after a verdict is a new hypothesis: the seeds that it was seen on are no longer fresh.
"""

from collections.abc import Callable, Iterable

import pandas as pd
from IPython.display import Markdown, display

from helpers.checked import function, texts
from helpers.checked import seeds as seeds_of
from helpers.kit.gates import Gate
from helpers.kit.predictions import entries_of, keep_entry
from helpers.kit.rules import Rule, rule, rules
from helpers.kit.strips import show_strip
from helpers.kit.verdicts import Verdict, judge, stored_verdicts

STATED = ("says", "measure", "unit", "matters", "why")  # what a rule cannot do without


def my_rule(
    name: str, *, like: str, says, measure, unit, matters, why, neutral=None, scale=None
) -> Rule | None:
    """A rule of your own, stated before its runs: what must come out, the measure, its unit, and what matters and why.

    name: what it is called in your file, "00.mine".
    like: a rule of the course, "00.C8": yours is about the same claim, needs the same gates, and, where you say
          nothing else, has the same neutral value and scale.
    As long as something is left at None there is no rule, and a line says what is missing.
    Raises ValueError for a rule that could not be judged, such as one for which nothing is small enough not to matter.
    """
    given = dict(zip(STATED, (says, measure, unit, matters, why), strict=True))
    if missing := [key for key, value in given.items() if value is None or value is ... or value == ""]:
        print(
            f"Your rule is not stated yet: {', '.join(missing)} {'is' if len(missing) < 2 else 'are'} missing."
        )
        return None
    texts([says, measure, unit, why], "says, measure, unit and why")
    theirs = rule(like)
    if name in rules():
        raise ValueError(f"{name} is a rule of the course; call yours {name.partition('.')[0]}.mine")
    mine = Rule(
        str(name),
        theirs.about,
        **given,
        neutral=theirs.neutral if neutral is None else neutral,
        scale=scale or theirs.scale,
        needs=(*theirs.needs, "fresh"),
    )
    if (stated := _text(mine)) != _last(name, "rule"):
        keep_entry(f"rule {name}", {"rule": stated, "like": like})
    return mine


def my_verdict(mine: Rule | None, run: Callable, *, seeds, seen) -> None:
    """Run your rule on fresh seeds, judge it with gates like the course's, show the verdict, and keep it.

    mine:  what `my_rule` returned; without a rule nothing is run.
    run:   `(seeds) -> values, gates`: a value for each seed, and what was looked at before a word may be said.
    seeds: those to run; seen: those on which you saw anything before. Seeds of earlier forms of your rule are known.
    A verdict that fails a gate is NOT VALID, like the course's. All of them stay: see `my_verdicts`.
    """
    function(run, "run", "(seeds) -> values, gates")
    if mine is None:
        print("There is no rule yet to judge. State one above; the lesson goes on without it.")
        return
    fresh, before = seeds_of(seeds), _verdicts(mine.name)
    used = {seed for one in before if one["rule"] != _text(mine) for seed in one["seeds"]}
    verdict = _judged(mine, run, fresh, set(seeds_of(seen)) | used)
    facts = {key: value for key, value in verdict.facts().items() if key != "gates"}
    keep_entry(f"verdict {mine.name}", {"rule": _text(mine), "seeds": list(fresh), "verdict": facts})
    display(Markdown(verdict._repr_mimebundle_()["text/markdown"]))
    show_strip(verdict)
    if others := [one["verdict"]["verdict"] for one in before if one["rule"] != _text(mine)]:
        print(
            f"You have changed this rule. Earlier forms of it were judged: {', '.join(others)}. All are kept."
        )


def my_verdicts() -> pd.DataFrame:
    """Your verdicts, the latest of each form of each rule, and beside them the word of the course's rule."""
    course = stored_verdicts()
    words = {} if course.empty else dict(zip(course.name, course.verdict, strict=True))
    likes = {name.removeprefix("rule "): entry["like"] for name, entry in entries_of("rule ")}
    latest = {(name, entry["rule"]): entry for name, entry in entries_of("verdict ")}
    rows = [
        {
            "rule": (own := name.removeprefix("verdict ")),
            "says": entry["verdict"]["claim"],
            "verdict": entry["verdict"]["verdict"],
            **{key: entry["verdict"][key] for key in ("mean", "low", "high", "unit")},
            "seeds": len(entry["seeds"]),
            "like": (like := likes.get(own, "")),
            "the course's": words.get(like, ""),
        }
        for (name, _), entry in latest.items()
    ]
    columns = ["rule", "says", "verdict", "mean", "low", "high", "unit", "seeds", "like", "the course's"]
    return pd.DataFrame(rows, columns=columns).fillna("")


def _judged(mine, run, seeds, seen: set[int]) -> Verdict:
    known = sorted(seen & set(seeds))
    says = (
        f"{len(known)} of {len(seeds)} seeds were seen before, {known[0]} for one"
        if known
        else "no seed was seen"
    )
    done = run(seeds)
    values, gates = done if isinstance(done, tuple) and len(done) == 2 else (done, ())
    if len(values) != len(seeds):
        raise ValueError(
            f"run returns a value for each seed: got {len(values)} values for {len(seeds)} seeds"
        )
    return judge(mine, values, gates=[*_listed(gates), Gate("fresh", not known, says)])


def _listed(gates) -> list[Gate]:
    return [gates] if isinstance(gates, Gate) else list(gates) if isinstance(gates, Iterable) else [gates]


def _verdicts(name):
    return [entry for key, entry in entries_of("verdict ") if key == f"verdict {name}"]


def _last(name, key):
    found = [entry.get(key) for one, entry in entries_of("rule ") if one == f"rule {name}"]
    return found[-1] if found else None


def _text(mine: Rule) -> str:
    """All of a rule that a verdict hangs on, in one line: two rules that differ in it are two."""
    return " | ".join(
        [mine.says, mine.measure, mine.unit, f"{mine.matters:g}", mine.why, f"{mine.neutral:g}", mine.scale]
    )
