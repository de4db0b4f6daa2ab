"""A learner's own verdicts: a rule first, fresh seeds, gates like the course's, and all of it kept."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.kit import mine, predictions
from helpers.kit.gates import Gate
from helpers.kit.mine import my_rule, my_verdict, my_verdicts
from helpers.kit.rules import rule

LIKE = "00.C8"


@pytest.fixture(autouse=True)
def shown(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    monkeypatch.setattr(predictions, "_unkept", [])
    monkeypatch.setattr(mine, "display", found.append)
    monkeypatch.setattr(mine, "show_strip", found.append)
    yield found
    plt.close("all")


def stated(name="00.mine", **changes):
    parts = {"says": "SFT is faster.", "measure": "steps, RL less SFT", "unit": "steps", "matters": 5.0}
    return my_rule(name, like=LIKE, **{**parts, "why": "as many take a minute", **changes})


GATES = [Gate(name, True, "looked at") for name in rule(LIKE).needs]


def results(seeds, mean=9.0):
    return mean + 0.1 * np.arange(len(seeds)), GATES


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
    my_verdict(stated(), results, seeds=range(160, 176), seen=range(100, 164))
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


def test_one_value_for_each_seed_is_asked_for():
    with pytest.raises(ValueError, match="a value for each seed: got 3 values for 8 seeds"):
        my_verdict(stated(), lambda seeds: ([1.0, 2.0, 3.0], GATES), seeds=range(8), seen=[9])


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
