"""A learner's own verdicts: a rule first, fresh seeds, gates like the course's, and all of it kept."""

import functools
import json
import sys
import types

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.kit import mine, predictions, verdicts
from helpers.kit.gates import Gate
from helpers.kit.kept import what_runs
from helpers.kit.mine import my_rule, my_verdict, my_verdicts
from helpers.kit.rules import rule
from helpers.kit.tables import stored

LIKE = "00.C8"


@pytest.fixture(autouse=True)
def shown(file, monkeypatch):
    found = []
    monkeypatch.setattr(mine, "display", found.append)
    monkeypatch.setattr(mine, "show_strip", found.append)
    yield found
    plt.close("all")


def stated(name="00.mine", **changes):
    parts = {"says": "SFT is faster.", "measure": "steps, RL less SFT", "unit": "steps", "matters": 5.0}
    return my_rule(name, like=LIKE, **{**parts, "why": "as many take a minute", **changes})


GATES = [Gate(name, True, "looked at") for name in rule(LIKE).needs]


def results(seeds, mean=9.0):
    return mean + 0.1 * (np.array(list(seeds)) % len(seeds)), GATES


def test_a_rule_that_holds_gets_its_word_on_fresh_seeds_and_is_kept(shown):
    my_verdict(stated(), results, seeds=range(5000, 5016), seen=range(100, 164))
    assert "00.mine: SUPPORTS" in shown[0].data and len(shown) == 2
    (row,) = my_verdicts().to_dict("records")
    assert (row["rule"], row["verdict"], row["seeds"], row["like"]) == ("00.mine", "SUPPORTS", 16, LIKE)


def test_a_stated_rule_stands_in_the_file_before_its_verdict():
    my_verdict(stated(), results, seeds=range(8), seen=[9])
    names = [json.loads(line)["name"] for line in predictions.FILE.read_text("utf-8").splitlines()]
    assert names == ["rule 00.mine", "verdict 00.mine"]
    stated()
    assert len(predictions.FILE.read_text("utf-8").splitlines()) == 2, "the same rule is not stated twice"


def handing_over(other):
    """Ways in which a notebook's cell hands a rule to its gates."""
    names = {"other": other, "results": results, "__name__": "__main__", "partial": functools.partial}
    exec("def named(seeds):\n    return other and results(seeds)", names)
    exec("def within():\n    run = named\n    return lambda seeds: run(seeds)\nthrough = within()", names)
    exec("given = partial(lambda seeds, rule: results(seeds), rule=other)", names)
    exec("usual = lambda seeds, rule=other: results(seeds)", names)
    return names


@pytest.mark.parametrize("way", ["named", "through", "given", "usual", "made"])
def test_gates_of_another_of_ones_own_rules_are_refused_before_anything_is_run(way, shown):
    """A cell that was copied: the rule has a new name, what is run still hands over the old one."""
    first, second = stated("00.mine"), stated("00.second", matters=50.0)
    made = (lambda rule: lambda seeds: rule and results(seeds))(first)
    run = made if way == "made" else handing_over(first)[way]
    with pytest.raises(ValueError, match=r"00.second is judged, .* hands 00.mine to the gates"):
        my_verdict(second, run, seeds=range(5000, 5016), seen=[9])
    assert not shown and "verdict" not in predictions.FILE.read_text("utf-8")
    my_verdict(first, run, seeds=range(5000, 5016), seen=[9])
    assert "00.mine: SUPPORTS" in shown[0].data


@pytest.mark.parametrize("missing", [{"matters": None}, {"says": ...}, {"why": "", "unit": None}])
def test_a_rule_that_is_not_stated_is_no_error_and_nothing_is_run(missing, capsys, shown):
    def never(seeds):
        raise AssertionError("nothing is to be run")

    nothing = stated(**missing)
    assert nothing is None
    my_verdict(nothing, never, seeds=range(8), seen=[9])
    said = capsys.readouterr().out
    assert all(key in said for key in missing) and "no rule yet" in said
    assert not shown and not predictions.FILE.exists() and my_verdicts().empty


def test_seeds_that_were_seen_give_no_word(shown):
    my_verdict(stated(), results, seeds=range(160, 176), seen=[*range(100, 164), *range(100, 124)])
    assert "NOT VALID" in shown[0].data and "4 of 16 seeds were seen before, 160 for one" in shown[0].data


def test_the_gates_of_the_course_are_asked_of_a_rule_of_ones_own(shown):
    my_verdict(stated(), lambda seeds: results(seeds)[0], seeds=range(8), seen=[9])
    assert "NOT VALID" in shown[0].data
    assert all(f"{name}: was not looked at" in shown[0].data for name in rule(LIKE).needs)


def test_a_rule_that_is_changed_after_a_verdict_needs_other_seeds_and_both_verdicts_stay(shown, capsys):
    my_verdict(stated(matters=20.0), results, seeds=range(16), seen=[99])
    my_verdict(stated(matters=20.0), results, seeds=range(16), seen=[99])
    assert "NO RELEVANT DIFFERENCE" in shown[2].data, "the same rule may be run again on its seeds"
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    assert "NOT VALID" in shown[4].data and "16 of 16 seeds were seen before" in shown[4].data
    assert "Earlier forms of it were judged: NO RELEVANT DIFFERENCE" in capsys.readouterr().out
    my_verdict(stated(), results, seeds=range(16, 32), seen=[99])
    assert list(my_verdicts().verdict) == ["NO RELEVANT DIFFERENCE", "SUPPORTS"]


@pytest.fixture
def noted(monkeypatch):
    """Runs are noted as in a lesson that somebody reads."""
    monkeypatch.delenv(predictions.NOTES, raising=False)


def stops(seeds):
    raise KeyboardInterrupt("the first seeds have shown enough")


def stopped_once():
    """A run that is stopped when it runs first."""
    pressed = [True]

    def run(seeds):
        if pressed:
            pressed.pop()
            stops(seeds)
        return results(seeds)

    return run


@pytest.mark.parametrize("changed", [{"matters": 1.0}, {"name": "00.mine2"}, {"neutral": 0.5}])
@pytest.mark.parametrize("again", [range(16), range(12, 28)])
@pytest.mark.parametrize("ends", [stops, lambda seeds: 1 / 0, lambda seeds: ([1.0], GATES)])
def test_seeds_that_ran_are_seen_whatever_came_of_it(changed, again, ends, noted, shown):
    with pytest.raises((KeyboardInterrupt, ZeroDivisionError, ValueError)):
        my_verdict(stated(), ends, seeds=range(16), seen=[99])
    my_verdict(stated(**changed), results, seeds=again, seen=[99])
    assert "NOT VALID" in shown[0].data and "seeds were seen before, " in shown[0].data
    my_verdict(stated(**changed), results, seeds=range(100, 116), seen=[99])
    assert "SUPPORTS" in shown[2].data


def test_the_same_rule_goes_on_after_a_stop_on_all_of_its_seeds_and_not_on_some(noted, shown):
    run = stopped_once()
    with pytest.raises(KeyboardInterrupt):
        my_verdict(stated(), run, seeds=range(16), seen=[99])
    my_verdict(stated(), run, seeds=range(12), seen=[99])
    my_verdict(stated(), run, seeds=range(15, -1, -1), seen=[99])
    assert "NOT VALID" in shown[0].data and "SUPPORTS" in shown[2].data


RUNS = {  # what is run, and what turns it
    "def go(seeds, k): return k\nrun = functools.partial(go, k=1)": "run = functools.partial(go, k=2)",
    "class R:\n    k = 1\n    def go(self, seeds): return self.k\nr = R()\nrun = r.go": "r.k = 2",
    "class R:\n    k = 1\n    def __call__(self, seeds): return self.k\nrun = R()": "run.k = 2",
    "A = np.ones(1)\ndef run(seeds): return A": "A[0] = 2",
    "A = types.SimpleNamespace(k=1)\ndef run(seeds): return A.k": "A.k = 2",
    "A = pd.Series([1, 2])\ndef go(): return A\ndef run(seeds): return go()": "A[1] = 3",
    "def run(seeds): return experiment.RATE": "experiment.RATE = 2",
    "run = functools.partial(experiment.go, 3)": "experiment.RATE = 2",
    "run = experiment.versus('PPO', 60)": "run = experiment.versus('PPO', 20)",
    "def run(seeds, k=[1]): return k": "run.__defaults__[0].append(2)",
    "def of():\n    k = [1]\n    def run(seeds): return k\n    return run\nrun = of()": (
        "run.__closure__[0].cell_contents.append(2)"
    ),
    "N = 1\n@functools.cache\ndef run(seeds): return N": "N = 2",
    "how = {'skew': .7, 'start': object()}\ndef run(seeds): return how": "how = {'skew': .9, 'start': object()}",
    "how = {'a': [object(), {'n': 1}]}\ndef run(seeds): return how": "how = {'a': [object(), {'n': 2}]}",
    "how = {'k': (1, object()), 2: object()}\ndef run(seeds): return how": "how = {'k': (2, object()), 2: object()}",
    "how = {'by': object(), 'of': np.mean}\ndef run(seeds): return how": "how = {'by': object(), 'of': np.median}",
    "how = {'by': object(), 'of': lambda n: 1}\ndef run(seeds): return how": "how['of'] = lambda n: 2",
    "def f(net, n, seeds): return n\nrun = functools.partial(f, object(), n=1)": "run = functools.partial(f, 0, n=2)",
    "def f(seeds, net=object(), n=1): return n\nrun = f": "def f(seeds, net=object(), n=2): return n\nrun = f",
}


@pytest.mark.parametrize("made, turned", RUNS.items(), ids=RUNS)
def test_whatever_is_run_is_known_again_in_another_kernel_and_told_from_what_was_turned(
    made, turned, monkeypatch
):
    def kernel():
        experiment = types.ModuleType("helpers.of_a_test")
        monkeypatch.setitem(sys.modules, experiment.__name__, experiment)
        exec("RATE = 1\ndef go(k, seeds): return RATE * k", vars(experiment))
        exec("def versus(arm, after):\n    return lambda seeds: (arm, after)", vars(experiment))
        there = {"__name__": "__main__", "np": np, "pd": pd, "functools": functools, "types": types}
        there["experiment"] = experiment
        exec(made, there)
        return there

    first, other = kernel(), kernel()
    before = what_runs(other["run"])
    assert before and before == what_runs(first["run"])
    exec(turned, other)
    assert what_runs(other["run"]) != before


@pytest.mark.parametrize("then, said", [(9.0, False), (8.0, True)])
def test_one_text_for_two_things_that_run_is_said_on_fresh_seeds_too(noted, capsys, then, said):
    made_for = lambda mean: lambda seeds: results(seeds, mean)
    my_verdict(stated(), made_for(9.0), seeds=range(16), seen=[99])
    my_verdict(stated(), made_for(then), seeds=range(200, 216), seen=[99])
    assert ("What ran for it was not the same each time" in capsys.readouterr().out) is said


def test_what_is_run_may_fill_a_dict_of_its_own(tmp_path):
    there, lines = (
        {"__name__": "__main__"},
        "kept = {}\ndef run(seeds):\n    kept[0] = [seeds]\n    return kept\n",
    )
    file = tmp_path / "cell.py"
    file.write_text(lines)
    exec(compile(lines, str(file), "exec"), there)
    before = what_runs(there["run"])
    there["run"](3)
    assert what_runs(there["run"]) == before


def test_another_network_of_the_same_settings_is_the_same_that_runs():
    told = lambda: what_runs(
        eval("lambda seeds: how", {"__name__": "__main__", "how": {"n": 1, "net": object()}})
    )
    assert told() == told() != ""


def test_what_is_run_may_not_be_changed_after_a_stop_and_may_be_mended_after_an_error(noted, shown):
    broken = lambda seeds: 1 / 0
    with pytest.raises(ZeroDivisionError):
        my_verdict(stated(), broken, seeds=range(16), seen=[99])
    run = stopped_once()
    with pytest.raises(KeyboardInterrupt):
        my_verdict(stated(), run, seeds=range(16), seen=[99])
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    assert "NOT VALID" in shown[0].data and "what is run was changed after it was stopped" in shown[0].data
    my_verdict(stated(), run, seeds=range(16), seen=[99])
    assert "SUPPORTS" in shown[2].data


def test_what_is_run_is_told_by_its_lines_and_by_the_numbers_and_functions_that_it_reads():
    lines = "N = 1\ndef part(n): return n + N\ndef run(seeds): return part(2)\n"

    def told(text):
        names = {"__name__": "__main__"}
        exec(text, names)
        return what_runs(names["run"])

    assert told(lines) == told(f"{lines}# a word") == told(f"\n{lines}M = 3")
    others = [lines.replace("N = 1", "N = 2"), lines.replace("n + N", "n - N"), lines.replace("(2)", "(3)")]
    assert len({told(lines), *map(told, others)}) == 4 and what_runs(print) == ""


def test_another_rule_that_ran_on_the_same_seeds_later_takes_no_word_away(noted, shown):
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    with pytest.raises(KeyboardInterrupt):
        my_verdict(stated(matters=20.0), stops, seeds=range(16), seen=[99])
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    assert "SUPPORTS" in shown[2].data


def test_what_gave_no_value_and_gives_one_now_was_changed(shown):
    needs = [*GATES, Gate("attrition", True, "looked at")]
    for values in (np.full(16, np.nan), results(range(16))[0]):
        my_verdict(stated(), lambda _, values=values: (values, needs), seeds=range(16), seen=[99])
    assert "the same rule on the same seeds had no value before: what is run was changed" in shown[-2].data


def test_a_rule_has_its_word_again_whatever_was_judged_on_its_seeds_later(shown):
    for matters in (20.0, 5.0, 20.0):
        my_verdict(stated(matters=matters), results, seeds=range(16), seen=[99])
    assert ["NOT VALID" in shown[at].data for at in (0, 2, 4)] == [False, True, False]


@pytest.mark.parametrize("turned", [lambda seeds: results(seeds, 2.0), lambda seeds: results(seeds, 9.001)])
def test_what_is_run_cannot_be_changed_under_a_rule_until_a_word_comes(turned, shown, capsys):
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    my_verdict(stated(), turned, seeds=range(16), seen=[99])
    assert "NOT VALID" in shown[2].data and "what is run was changed" in shown[2].data
    assert "for the second time: SUPPORTS, NOT VALID" in capsys.readouterr().out
    my_verdict(stated(), turned, seeds=range(15, -1, -1), seen=[99])
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    assert "NOT VALID" in shown[4].data and "SUPPORTS" in shown[6].data
    (row,) = my_verdicts().to_dict("records")
    assert (row["times"], row["words"]) == (2, "SUPPORTS, NOT VALID")


def test_the_same_seeds_in_another_order_are_no_new_try(shown, capsys):
    values = lambda seeds: (by_seed(range(16)), GATES)
    for seeds in (range(16), range(15, -1, -1), [*range(8, 16), *range(8)]):
        my_verdict(stated(), values, seeds=seeds, seen=[99])
    assert "time" not in capsys.readouterr().out and my_verdicts().times[0] == 1
    assert all("SUPPORTS" in shown[at].data for at in (0, 2, 4))


@pytest.mark.parametrize("seeds", [range(16), range(15), range(24), range(15, 31)])
@pytest.mark.parametrize("name", ["00.mine", "00.mine2", "01.mine"])
def test_seeds_of_any_verdict_in_the_lesson_are_seen(seeds, name, shown):
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    my_verdict(stated(name, matters=5.5), results, seeds=seeds, seen=[99])
    my_verdict(stated(name), results, seeds=seeds, seen=[99])
    says = "NOT VALID" if (name, seeds) != ("00.mine", range(16)) else "SUPPORTS"
    assert "NOT VALID" in shown[2].data and says in shown[4].data


def test_another_lesson_has_seeds_of_its_own(shown):
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    other = my_rule(
        "01.mine", like="01.C18", says="a", measure="b", unit="c", matters=5.0, why="d", scale="unbounded"
    )
    gates = [Gate(name, True, "looked at") for name in rule("01.C18").needs]
    my_verdict(other, lambda seeds: (results(seeds)[0], gates), seeds=range(16), seen=[99])
    assert "SUPPORTS" in shown[2].data


@pytest.mark.parametrize("changes", [{"matters": 5.0000001}, {"neutral": 1e-9}, {"says": "SFT is faster!"}])
def test_every_digit_and_letter_of_a_rule_makes_it_another_one(changes):
    assert mine._text(stated(**changes)) != mine._text(stated())
    assert "| 5 |" in mine._text(stated())  # as it stands in files that were written earlier


def test_one_value_for_each_seed_is_asked_for():
    with pytest.raises(ValueError, match="a value for each seed: got 3 values for 8 seeds"):
        my_verdict(stated(), lambda seeds: ([1.0, 2.0, 3.0], GATES), seeds=range(8), seen=[9])


@pytest.mark.parametrize("name", ["", "mine", "00.", "00.C8 ", " 00.mine", "00.my rule", "0.mine", LIKE])
def test_a_rule_has_a_name_of_a_lesson_and_of_its_own(name):
    with pytest.raises(ValueError, match=r"00\.mine"):
        stated(name)
    assert not predictions.FILE.exists()


def test_spaces_around_what_a_rule_says_make_no_other_rule_and_spaces_alone_no_rule(capsys):
    assert mine._text(stated(says=" SFT is faster. ")) == mine._text(stated())
    assert stated(says=" ", unit="\n") is None and "says, unit are missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes", [{"matters": 0.0}, {"matters": -1.0}, {"scale": "log"}, {"name": LIKE}, {"unit": 3}]
)
def test_a_rule_that_could_not_be_judged_is_refused(changes):
    with pytest.raises((TypeError, ValueError)):
        stated(**changes)
    assert not predictions.FILE.exists()


def test_verdicts_of_ones_own_are_no_predictions_and_survive_other_lines():
    my_verdict(stated(), results, seeds=range(8), seen=[9])
    predictions.predict("00.a", {"SFT": 0.5})
    assert predictions.guesses_of("verdict 00.mine") == {} and len(my_verdicts()) == 1
    assert predictions.guesses_of("00.a") == {"SFT": 0.5}


def by_seed(seeds):
    return pd.Series(9 + 0.01 * np.arange(len(seeds)), index=list(seeds))


@pytest.mark.parametrize("index", [range(16), range(201, 217), range(199, 215)])
def test_values_of_other_seeds_than_those_that_were_asked_for_are_refused(index, shown):
    values = by_seed(range(16)).set_axis(list(index))
    with pytest.raises(ValueError, match="for each seed that it was asked for, 200 to 215: got one for"):
        my_verdict(stated(), lambda _: (values, GATES), seeds=range(200, 216), seen=[9])
    assert not shown and my_verdicts().empty


def test_values_in_another_order_are_taken_by_their_seeds(shown):
    values = by_seed(range(200, 216)).iloc[::-1]
    my_verdict(stated(), lambda _: (values, GATES), seeds=range(200, 216), seen=[9])
    assert "SUPPORTS" in shown[0].data


@pytest.mark.parametrize("values", [(n for n in range(8)), None, {"a": 1.0}, "12345678", 3.0])
def test_what_is_no_row_of_numbers_is_said_to_be_none(values):
    with pytest.raises(TypeError, match="what run returns: one number for each seed"):
        my_verdict(stated(), lambda _: (values, GATES), seeds=range(8), seen=[9])
    with pytest.raises(TypeError, match="what run returns: one number for each seed"):
        my_verdict(stated(), lambda _: values, seeds=range(8), seen=[9])


@pytest.mark.parametrize("seen", [[], (), range(0)])
def test_whoever_saw_no_seed_says_so(seen, shown):
    my_verdict(stated(), results, seeds=range(8), seen=seen)
    assert "no seed was seen" in shown[0].data


def test_a_rule_that_is_judged_until_a_word_comes_is_counted_and_all_its_words_are_said(capsys):
    for time, mean in enumerate((0.0, -9.0, 9.0)):
        seeds = range(100 * time, 100 * time + 16)
        my_verdict(stated(), lambda seeds, mean=mean: results(seeds, mean), seeds=seeds, seen=[9999])
    said = capsys.readouterr().out
    assert "for the second time" in said and "for the third time: " in said
    assert "NO RELEVANT DIFFERENCE, OPPOSITE, SUPPORTS" in said
    my_verdict(stated(), results, seeds=range(200, 216), seen=[9999])
    assert "fourth" not in capsys.readouterr().out, "on the same seeds again it is no new try"
    (row,) = my_verdicts().to_dict("records")
    assert (row["times"], row["words"]) == (3, "NO RELEVANT DIFFERENCE, OPPOSITE, SUPPORTS")


def test_a_rule_like_another_one_is_another_rule_with_the_word_beside_that_belongs_to_it(shown):
    for like, seeds in ((LIKE, range(16)), ("01.C18", range(100, 116))):
        mine = my_rule(
            "00.mine", like=like, says="a", measure="b", unit="c", matters=5.0, why="d", scale="unbounded"
        )
        my_verdict(mine, results, seeds=seeds, seen=[9999])
    assert list(my_verdicts().like) == [LIKE, "01.C18"]


def test_the_courses_word_is_that_of_the_ledger_whatever_lies_among_the_lessons(monkeypatch, tmp_path):
    my_verdict(stated(), results, seeds=range(16), seen=[9999])
    word = my_verdicts()["the course's"][0]
    assert word == dict(zip(stored("ledger").rule, stored("ledger").word, strict=True))[LIKE]
    other = {"data": {verdicts.VERDICT: {"name": LIKE, "verdict": "OPPOSITE"}}}
    (tmp_path / "00_start_here.ipynb").write_text(json.dumps({"cells": [{"outputs": [other]}]}))
    monkeypatch.setattr(verdicts, "LESSONS", tmp_path)
    assert verdicts.stored_verdicts().verdict[0] == "OPPOSITE" and my_verdicts()["the course's"][0] == word


ODD = [
    {"rule": "x"},
    {"rule": "x", "seeds": None, "verdict": {}},
    {"rule": "x", "seeds": [1], "verdict": None},
    {"rule": ["x"], "seeds": [1], "verdict": {"verdict": "SUPPORTS"}},
    {"rule": "x", "seeds": [1], "verdict": {"verdict": "SUPPORTS", "claim": "x", "unit": "u"}},
    {"rule": "x", "like": 5, "seeds": ["a"], "verdict": {}},
    *(
        {"rule": "x", "seeds": [1], "verdict": {"claim": "x", "unit": "u", "verdict": word, **numbers}}
        for word, numbers in (
            ("SUPPORTS", {"mean": None, "low": "a", "high": 1.0}),
            ("SUPPORTS", {"mean": None, "low": None, "high": None}),
            ("NOT VALID", {"mean": 1.0, "low": True, "high": [1]}),
            ("MAYBE", {"mean": 1.0, "low": 0.0, "high": 2.0}),
        )
    ),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["verdict 00.mine", "verdict 00.other", "rule 00.mine"])
def test_an_odd_entry_in_the_file_costs_no_verdict(odd, name, shown, capsys):
    my_verdict(stated(), results, seeds=range(8), seen=[99])
    predictions.keep_entry(name, odd)
    my_verdict(stated(), results, seeds=range(100, 108), seen=[99])
    assert "SUPPORTS" in shown[2].data and list(my_verdicts().times) == [2]
    if name.startswith("verdict"):
        assert "cannot be read and is left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    "seen", [np.array([3, 3]), pd.Series([3, 3]), pd.Index([3, 3]), (one for one in (3, 3))]
)
def test_seeds_seen_twice_are_seen_in_whatever_they_stand(seen, shown):
    my_verdict(stated(), results, seeds=range(16), seen=seen)
    assert "1 of 16 seeds were seen before, 3 for one" in shown[0].data


def test_values_that_have_gone_to_other_seeds_are_another_result(shown, capsys):
    values = results(range(16))[0]
    my_verdict(stated(), lambda _: (values, GATES), seeds=range(16), seen=[99])
    my_verdict(stated(), lambda _: (values * (1 + 1e-9), GATES), seeds=range(16), seen=[99])
    my_verdict(stated(), lambda _: (values[::-1], GATES), seeds=range(15, -1, -1), seen=[99])
    assert [one["times"] for one in my_verdicts().to_dict("records")] == [1]
    my_verdict(stated(), lambda _: (np.roll(values, 1), GATES), seeds=range(16), seen=[99])
    assert ["NOT VALID" in shown[at].data for at in (0, 2, 4, 6)] == [False, False, False, True]
    assert "had other values for its seeds before: what is run was changed" in shown[6].data
    assert "for the second time: SUPPORTS, NOT VALID" in capsys.readouterr().out


@pytest.mark.parametrize("values", [None, "x", [], ["x"] * 16, [[]] * 16])
def test_a_verdict_that_an_older_course_kept_without_values_is_told_by_its_mean_and_ends(values, shown):
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    rows = [json.loads(line) for line in predictions.FILE.read_text("utf-8").splitlines()]
    for row in rows:
        row["entry"].pop("values", None)
        row["entry"] |= {} if values is None else {"values": values}
    predictions.FILE.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    my_verdict(stated(), results, seeds=range(16), seen=[99])
    assert "SUPPORTS" in shown[2].data and list(my_verdicts().times) == [1]
