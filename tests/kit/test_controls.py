"""What whoever sees nothing, or a dark page, or uses the keyboard alone, gets of forms and explorers."""

import re

import pytest

from helpers.kit.controls import STYLE, aloud, boxed, line, say_in, slider
from helpers.kit.legible import contrast

SHARES = [("no answer", ""), ("0 %", 0.0), ("50 %", 0.5)]


def test_a_line_is_read_out_when_it_changes_and_not_when_it_appears():
    shown = line("a < b")
    assert "a &lt; b" in shown.value and "role" not in shown.value
    say_in(shown, "kept\nhere")
    assert 'role="alert"' in shown.value and "kept<br>here" in shown.value
    assert shown.value.startswith('<div class="course-said"')  # where the browser test looks


def test_a_moved_slider_says_its_name_and_its_value_in_words():
    first, second = slider("How sure?", SHARES, ""), slider("C8 & C9", SHARES, "")
    heard = aloud(first, second)
    assert heard.value == ""
    for moved, says in ((first, "How sure? 50 %"), (second, "C8 &amp; C9 50 %")):
        moved.value = 0.5
        assert says in heard.value and 'role="alert"' in heard.value
    first.value = ""
    assert "How sure? no answer" in heard.value


def test_what_is_read_out_only_takes_no_place():
    one = slider("How sure?", SHARES, "")
    heard = aloud(one)
    one.value = 0.0
    assert (
        "position: absolute" in heard.value and "display: none" not in heard.value
    )  # that would not be read


@pytest.mark.parametrize("kind", ["form", "explorer", "quiz"])
def test_where_the_keyboard_is_shows_against_the_rules_of_the_page(kind):
    box = boxed(line(), kind=kind)
    assert {"course-controls", f"course-{kind}"} <= set(box._dom_classes)
    assert (
        box.children[0].value.startswith(STYLE) and "aria-label" in box.children[0].value
    )  # a name for sliders
    for part in ("outline: 3px solid", "outline-offset: 2px"):
        assert re.search(rf":focus-visible[^}}]*{part}[^;}}]*!important", STYLE)
    assert re.search(
        r"\.noUi-handle \{background: var\(--jp-brand-color1", STYLE
    )  # a slider is seen before, too
    assert re.search(r"input:focus [^}]*box-shadow: [^;}]*!important", STYLE)


@pytest.mark.parametrize("ground", ["#b2ebf2"])  # of a box of information, in light and dark themes
def test_a_box_of_information_is_legible(ground):
    letters = re.findall(r"\.alert-info(?: a)? \{color: (#\w{6})", STYLE)
    assert len(letters) == 2 and all(contrast(colour, ground=ground) > 7 for colour in letters)
