"""Words before they are used: what a lesson introduces, what it uses too early, and the lessons themselves."""

import nbformat
import pytest

from helpers.kit import introduced
from helpers.kit.glossary import Term, terms
from helpers.kit.introduced import LESSONS, early

NOTEBOOKS = sorted([*LESSONS.glob("[0-9][0-9]_*.ipynb"), *LESSONS.glob("solutions/[0-9][0-9]_*.ipynb")])
KNOWN = {
    name: Term(name, "x.", first)
    for name, first in {
        "arm": "00",
        "null arm": "00",
        "RL": "00",
        "nat": "01",
        "held-out": "03",
        "hint": "00",
    }.items()
}
NOT_YET = {  # lesson -> terms that it still uses before it introduces them; may only become fewer
    "00": {"arm", "batch", "episode", "gradient", "RL", "SFT", "verdict"},
    "01": {"baseline", "entropy", "leash", "nat", "reverse KL", "softmax", "total variation"},
}  # fmt: skip


def uses(*texts, number="00", known=KNOWN):
    cells = [nbformat.v4.new_markdown_cell(text) for text in texts]
    return [(use.term, use.cell) for use in early(cells, number, known)]


@pytest.mark.parametrize(
    "text",
    [
        "An **arm** is one way of training.",
        "An *arm* is one way of training; two arms are compared.",
        "An [arm](glossary.ipynb#arm) is one way of training.",
        "Two [arms](../glossary.ipynb#arm) are compared, and no other arm.",
        "One way of training is called an arm.",
        "`arm = 3` and a harmful alarm, in ```python\narm\n```.",
        "<details><summary>Hint</summary>\n\nan arm\n\n</details>",
    ],
)
def test_a_term_is_introduced_by_a_link_by_emphasis_or_by_being_called_so(text):
    assert uses(text, "Then an arm.") == ([("arm", 1)] if "`" in text or "details" in text else [])


def test_the_first_use_counts_and_an_introduction_behind_it_comes_too_late():
    assert uses("Two arms.", "An **arm** is one way of training.") == [("arm", 0)]
    assert uses("Two arms. An **arm** is one way of training.") == [("arm", 0)]


def test_a_longer_term_introduces_the_words_in_it():
    assert uses("A **null arm** changes nothing.", "An arm.") == []
    assert uses("A null arm.") == [("arm", 0), ("null arm", 0)]


def test_capitals_count_where_a_term_has_them_and_other_forms_are_known():
    assert uses("A url, and reinforcement learning.") == [("RL", 0)]
    assert uses("In nats.", "Mazes that were held out.", number="01") == [("nat", 0), ("held-out", 1)]


def test_what_an_earlier_lesson_introduces_is_known_and_everyday_words_are_left_out():
    assert uses("An arm, in nats, and a hint.", number="03") == []
    assert uses("A hint.") == []


def test_a_rule_that_a_cell_shows_is_read_too():
    cell = nbformat.v4.new_code_cell('rule("03.C8")')
    assert [use.term for use in early([cell], "03", {"goal index": terms()["goal index"]})] == ["goal index"]


def test_forms_and_everyday_words_are_those_of_terms():
    assert introduced.EVERYDAY | set(introduced.FORMS) <= set(terms())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_lesson_introduces_its_words_before_it_uses_them(path):
    found = early(nbformat.read(path, as_version=4).cells, path.name[:2], terms())
    assert [str(use) for use in found if use.term not in NOT_YET.get(path.name[:2], set())] == []
