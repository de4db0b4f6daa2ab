"""The claims and what was published about them: complete, in words that were said, and looked at entry by entry."""

import json
import re
from pathlib import Path

import pytest

from helpers.kit import claims as kit
from helpers.kit import rules as rules_kit

DATA = {
    "claims": {"C1": {"says": "It is so.", "who": "the critic", "lessons": ["02"]}},
    "published": {"yue-2025": {"C1": {"says": "for", "under": "a condition"}}},
}
RULE = {
    "about": "C8",
    "says": "So.",
    "measure": "a number",
    "unit": "apples",
    "matters": 0.1,
    "why": "it does",
}


def test_there_are_twenty_two_claims_each_with_a_speaker_and_lessons():
    assert list(kit.claims()) == [f"C{number}" for number in range(1, 23)]
    for one in kit.claims().values():
        assert one.who and one.lessons and all(re.fullmatch(r"\d\d", lesson) for lesson in one.lessons)


QUALIFIERS = {
    "C1": "good", "C2": "[Aa]s practised", "C4": "direct", "C5": "[Bb]y default", "C6": "could", "C8": "worry|fear",
    "C10": "unless", "C11": "approximately", "C13": "some", "C16": "would", "C17": "may",
}  # fmt: skip
LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("**/[0-9][0-9]_*.ipynb"))


def prose(path):
    """The text of a lesson's Markdown cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def test_wording_keeps_its_qualifiers():
    for id, qualifier in QUALIFIERS.items():
        assert re.search(qualifier, kit.claim(id).says), id


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_lesson_that_words_a_claim_keeps_its_qualifier(path):
    for id, said in re.findall(r"\*\*(C\d+)\*\*: ([^·|\n]+)", prose(path)):
        assert re.search(QUALIFIERS.get(id, ""), said), f"{id}: {said}"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_words_of_a_claim_stand_between_quotation_marks_in_a_lesson(path):
    """They are the course's words: nobody in the debate said them so."""
    fours = lambda text: set(
        zip(*(re.findall(r"[a-z']+", text.lower())[at:] for at in range(4)), strict=False)
    )
    claimed = set().union(*(fours(one.says) for one in kit.claims().values()))
    for quoted in re.findall(r'"([^"\n]+)"|“([^”]+)”', prose(path)):
        assert not fours("".join(quoted)) & claimed, quoted


def test_nothing_stands_between_quotation_marks_but_what_was_said():
    said = {
        "SGD or RL",
        "no RL",
        "do not build it",
    }  # the labels that claims.md itself puts between quotation marks
    for one in kit.claims().values():
        assert set(re.findall('"([^"]+)"', one.says)) <= said, one.id
    for one in rules_kit.rules().values():
        assert '"' not in one.says


def test_every_claim_but_those_said_to_have_none_has_something_published():
    spoken = {claim for about in kit.results().values() for claim in about}
    assert set(kit.claims()) - spoken == {"C14", "C16", "C21", "C22"}


def test_every_published_result_says_how_it_speaks_and_under_which_conditions():
    for id, about in kit.results().items():
        assert about, id
        for said in about.values():
            assert said.says in kit.DIRECTIONS and said.under.strip()


def test_work_with_one_arm_or_on_another_question_speaks_only_beside_c9():
    for id in ("scalerl-2025", "mccoy-2020", "damour-2022", "henderson-2018", "razor-2025"):
        assert kit.results()[id]["C9"].says == "beside", id


def test_what_is_set_beside_a_rule_speaks_to_its_claim():
    for rule in rules_kit.rules().values():
        for id in rule.beside or {} if rule.about in kit.claims() else {}:
            assert rule.about in kit.results()[id], (
                f"{rule.name}: claims.json says nothing on {rule.about} by {id}"
            )


def test_what_a_rule_says_of_a_published_result_does_not_contradict_the_claim():
    """A rule may be narrower than its claim, but for and against exclude each other."""
    opposed = {"for": "against", "against": "for"}
    for rule in rules_kit.rules().values():
        for id, said in (rule.beside or {}).items():
            of_claim = kit.results()[id].get(rule.about)
            assert of_claim is None or of_claim.says != opposed.get(said), (rule.name, id)


def test_the_bibliography_has_a_row_for_each_published_result():
    table = kit.bibliography()
    assert list(table.index) == list(kit.results()) and table.year.between(2015, 2026).all()


def test_a_rule_may_be_about_a_published_result_or_the_course_itself():
    assert str(kit.claim("razor-2025")).startswith("RL's Razor: At equal accuracy")
    assert "No claim of the debate" in str(kit.claim("course"))


def test_unknown_names_are_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="claim is one of C1, C2"):
        kit.claim("C0")
    with pytest.raises(ValueError, match="published result is one of yue-2025"):
        kit.published("nobody-2020")


def claims_of(tmp_path, text):
    path = tmp_path / "claims.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return kit._read(path)


def changed(*where, to=None):
    data = json.loads(json.dumps(DATA))
    *inner, last = where
    at = data
    for key in inner:
        at = at[key]
    if to is None:
        del at[last]
    else:
        at[last] = to
    return data


ONE = ("published", "yue-2025", "C1")


@pytest.mark.parametrize(
    "data, says",
    [
        (changed("claims", "C1", "who"), "claims.json, C1: who is missing"),
        (changed("claims", "C1", "says", to=""), "C1: says is empty"),
        (changed("claims", "C1", "lessons", to="02"), "C1: lessons is of kind list, got '02'"),
        (changed("claims", "C1", to="text"), "C1: an entry has fields"),
        (changed("claims", "C1", "lesson", to=["02"]), "C1: nobody reads 'lesson'"),
        (changed("published"), "claims.json holds claims, published: got claims"),
        (
            changed("published", "nobody-2020", to={}),
            "nobody-2020: work of the bibliography is one of yue-2025",
        ),
        (changed("published", "yue-2025", "C2", to={}), "yue-2025: nobody reads 'C2'"),
        (changed(*ONE, "under"), "yue-2025, C1: under is missing"),
        (changed(*ONE, "under", to=" "), "yue-2025, C1: under is empty"),
        (changed(*ONE, "says", to="maybe"), "yue-2025, C1: says is one of for, against, both, beside"),
        ('{"claims": {}, "published": {', "claims.json is no JSON: line 1"),
        ('{"claims": {"C1": {}, "C1": {}}, "published": {}}', "claims.json: 'C1' stands there twice"),
    ],
)
def test_a_fault_in_the_data_names_its_entry(tmp_path, data, says):
    assert len(claims_of(tmp_path, DATA)[0]) == 1
    kit._read.cache_clear()
    with pytest.raises(ValueError, match=re.escape(says)):
        claims_of(tmp_path, data)


@pytest.mark.parametrize(
    "change, says",
    [
        ({"matters": 0}, "00.C0: matters is a number above 0"),
        ({"matters": "0.1"}, "00.C0: matters is of kind float"),
        ({"why": ""}, "00.C0: why is empty"),
        ({"about": "C99"}, "claim is one of"),
        ({"beside": {"nobody": "for"}}, "rules.json, 00.C0: published result is one of"),
        ({"supports_above": 0.1}, "00.C0: nobody reads 'supports_above'"),
    ],
)
def test_a_fault_in_a_rule_names_the_rule(tmp_path, change, says):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"00.C0": {**RULE, **change}}), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(says)):
        rules_kit._read(path)


def test_a_whole_number_may_stand_for_what_matters(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"00.C0": {**RULE, "matters": 1}}), encoding="utf-8")
    assert rules_kit._read(path)["00.C0"].matters == 1
