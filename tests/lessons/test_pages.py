"""How a lesson's page is made: short cells, imports from a few doors, numbers to turn, whole strings and formulas."""

import ast
import io
import json
import re
import tokenize
from itertools import pairwise
from pathlib import Path

import pytest

from helpers.kit.gaps import GAP, SOLUTION

LESSONS = sorted((Path(__file__).parents[2] / "notebooks/solutions").glob("[0-9]*.ipynb"))
DOORS = r"helpers\.(core|kit|worlds(\.\w+)?|lm(\.\w+)?|lessons\.lesson{number})"
OLD_WORDS = r"\bAGAINST\b|supports_above|against_below"


def cells_of(path):
    """Kind, source, tags and metadata of every cell."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        yield cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []), cell["metadata"]


def code_of(path, tag=None):
    """The sources of code cells, of those with a tag if one is named."""
    return [text for kind, text, tags, _ in cells_of(path) if kind == "code" and (tag is None or tag in tags)]


def prose_of(path):
    """All Markdown of a lesson."""
    return "\n\n".join(text for kind, text, *_ in cells_of(path) if kind == "markdown")


def cut_strings(source):
    """Strings that stand side by side and are joined without a word."""
    strings = (tokenize.STRING, getattr(tokenize, "FSTRING_END", -1))
    begins = (tokenize.STRING, getattr(tokenize, "FSTRING_START", -1))
    quiet = (tokenize.NL, tokenize.COMMENT)
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in quiet]
    return [
        second.string for first, second in pairwise(tokens) if first.type in strings and second.type in begins
    ]


def broken_formulas(text):
    """Formulas with a command behind two backslashes: a line break and a word instead of the sign."""
    formulas = re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", text, re.DOTALL)
    return [formula for formula in formulas if re.search(r"\\\\[a-zA-Z]", formula)]


def turnable(source):
    """Whether a cell sets names to plain values only: numbers, texts, lists of them, range(...)."""
    for line in ast.parse(source).body:
        if not isinstance(line, ast.Assign):
            return False
        value = line.value
        if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "range":
            value = ast.Tuple(value.args, ast.Load())
        try:
            ast.literal_eval(value)
        except ValueError:
            return False
    return True


named = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@named
def test_a_cell_has_fifteen_lines_at_most_beside_what_a_learner_writes(path):
    gaps = [SOLUTION.sub(GAP, source) for source in code_of(path)]
    long = [source for source in gaps if len(source.splitlines()) > 15]
    assert not long, long[0]


@named
def test_imports_stand_in_one_folded_cell_and_come_from_a_few_doors(path):
    folded = [meta for _, _, tags, meta in cells_of(path) if "imports" in tags]
    assert [meta["jupyter"]["source_hidden"] for meta in folded] == [True]
    (imports,) = code_of(path, "imports")
    ours = re.findall(r"^from (helpers\S*) import|^import (helpers\S*)", imports, re.MULTILINE)
    doors = re.compile(DOORS.format(number=path.name[:2]))
    assert all(doors.fullmatch(one or other) for one, other in ours), ours
    others = [source for source in code_of(path) if source != imports]
    assert not re.search(r"^\s*(from \S+ )?import ", "\n".join(others), re.MULTILINE)


@named
def test_the_numbers_to_turn_are_plain_values_in_one_cell(path):
    (numbers,) = code_of(path, "parameters")
    assert turnable(numbers)


@named
def test_no_string_is_cut_and_no_formatting_switched_off(path):
    for source in code_of(path):
        assert not cut_strings(source) and "fmt:" not in source, source


@named
def test_every_formula_has_single_backslashes(path):
    assert not broken_formulas(prose_of(path))


@named
def test_no_word_of_the_old_rules_is_left(path):
    text = prose_of(path) + "\n".join(code_of(path))
    assert not re.search(OLD_WORDS, text), re.search(OLD_WORDS, text)


@named
def test_a_claim_is_told_and_not_put_between_quotation_marks(path):
    (row,) = re.findall(r"^\| \*\*Claims tested\*\* \|.*$", prose_of(path), re.MULTILINE)
    assert not re.search(r'\*\*C\d+\*\*:? ?["“]', row)


@named
def test_what_a_verdict_does_not_show_is_text_right_below_it(path):
    cells = list(cells_of(path))
    for place, (kind, source, *_) in enumerate(cells):
        if kind == "code" and ".judge(" in source:
            after = " ".join(text for kind, text, *_ in cells[place + 1 : place + 4] if kind == "markdown")
            assert "**What it does not show.**" in after, source


def told_too_soon(path):
    """Predictions that are asked for, and whose result stands open in the page: name of the prediction, its cell."""
    cells = [cell for cell in cells_of(path) if cell[0] == "code"]
    for at, (_, source, *_) in enumerate(cells):
        for name in re.findall(r'^ask\("(\w+\.\w+)"', source, re.MULTILINE):
            tells = re.compile(rf"""(guessed=|beside\(|predicted=)["']{re.escape(name)}["']""")
            first = next((cell for cell in cells[at + 1 :] if tells.search(cell[1])), None)
            if first and not first[3].get("jupyter", {}).get("outputs_hidden"):
                yield name, first[1]


@named
def test_a_result_stays_hidden_until_it_is_run_where_it_was_asked_for(path):
    assert list(told_too_soon(path)) == []


# The looks themselves


def test_a_cut_string_is_seen_and_a_whole_one_is_not():
    assert cut_strings('say(\n    "one "\n    "two"\n)') and cut_strings('f("a" f"b")')
    assert not cut_strings('f("a", "b")\n"""text"""\ng("c")')


@pytest.mark.parametrize(
    "text, broken", [(r"$-A \\log p$", True), (r"$-A \log p$", False), (r"$a \\ b$", False)]
)
def test_two_backslashes_before_a_command_are_seen(text, broken):
    assert bool(broken_formulas(text)) is broken


@pytest.mark.parametrize(
    "source, plain",
    [
        ("SEEDS = range(4)\nSTEPS, LR = 3, 1e-3", True),
        ('ARMS = ["RL"]', True),
        ("STEPS = 2 * other", False),
        ("print(1)", False),
    ],
)
def test_numbers_to_turn_are_told_from_computed_ones(source, plain):
    assert turnable(source) is plain


def test_a_result_that_stands_open_below_its_question_is_seen(tmp_path):
    sources = [
        'ask("00.a", ["RL"])',
        "train()",
        'plot_seeds(table, "success", guessed="00.a");',
        'beside("00.a", x)',
    ]
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    path = tmp_path / "00_x.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert list(told_too_soon(path)) == [("00.a", sources[2])]
    cells[2]["metadata"] = {"jupyter": {"outputs_hidden": True}}
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert list(told_too_soon(path)) == []
