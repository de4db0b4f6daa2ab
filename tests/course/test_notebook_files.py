"""What is stored in the notebooks: fresh outputs, alt text, short cells, and nothing of one person's machine."""

import ast
import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.kit.gaps import GAP, SOLUTION

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(
    path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
MACHINE_PATH = re.compile(r"(?<![\w.-])/(root|home|work|tmp|Users)/|\b[A-Z]:\\\w")
LINES, LETTERS = 15, 160  # of a cell of code, and of one text in it
FORBIDDEN = {
    r"# fmt: (skip|off)": "asks the formatter to look away",
    r"import \*": "imports names with *",
    r"\bsys\.path\b": "changes sys.path",
    r"^\s*[!%]\s*pip\b|\bpip3? install\b": "installs packages",
}


def text(source):
    """Notebook text is stored as one string or as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def prose_problems(source):
    """Yield what is a page's text and stands in code: a long one belongs into Markdown or into data."""
    try:
        tree = ast.parse(re.sub(r"^\s*[!%].*", "pass", source, flags=re.MULTILINE))
    except SyntaxError as error:
        yield f"is not Python: {error}"
        return
    said = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            letters = sum(len(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            letters = len(node.value)
        else:
            continue
        if letters > LETTERS:
            yield f"holds a text of {letters} letters; {LETTERS} at most, or Markdown"


def formula_problems(source):
    """Yield formulas of a Markdown cell that are typed wrongly; the browser test sees what becomes of them."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", source, flags=re.DOTALL)
    formulas = re.findall(r"\$\$.+?\$\$|\$[^$]+\$", prose, flags=re.DOTALL)
    if "$" in re.sub(r"\$\$.+?\$\$|\$[^$]+\$", "", prose, flags=re.DOTALL):
        yield "has a dollar sign without a partner"
    for formula in formulas:
        if r"\begin" not in formula and r"\\" in formula:
            yield f"has two backslashes in the formula {formula}"
        if formula.count("{") != formula.count("}"):
            yield f"has braces without a partner in the formula {formula}"


def output_problems(output):
    """Yield what is wrong with one stored output."""
    if output["output_type"] == "error":
        yield f"stores an error, {output['ename']}"
    if output.get("name") == "stderr":
        yield "stores something printed to stderr"
    data = output.get("data", {})
    alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
    if "image/png" in data and len(alt.strip()) < 40:
        yield f"has a figure with {len(alt.strip())} characters of alt text; 40 are needed"
    written = [text(output.get("text", "")), json.dumps(output.get("metadata", {}))]
    written += [text(value) for kind, value in data.items() if kind.startswith("text/")]
    if MACHINE_PATH.search("\n".join(written)):
        yield "stores a path of one machine"


def cell_problems(cell):
    """Yield what is wrong with one cell."""
    source = text(cell["source"])
    if MACHINE_PATH.search(source):
        yield "names a path of one machine"
    if cell["cell_type"] != "code":
        yield from formula_problems(source)
        return
    given = SOLUTION.sub(GAP, source)  # what a learner writes may be longer
    if len(given.splitlines()) > LINES:
        yield f"has {len(given.splitlines())} lines; {LINES} at most"
    yield from prose_problems(source)
    for pattern, complaint in FORBIDDEN.items():
        if re.search(pattern, source, re.MULTILINE):
            yield complaint
    for output in cell["outputs"]:
        yield from output_problems(output)


def problems(notebook):
    """Every problem of a notebook, with the number of its cell."""
    found = [
        f"cell {n} {what}" for n, cell in enumerate(notebook["cells"], 1) for what in cell_problems(cell)
    ]
    code = [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code" and text(cell["source"]).strip()
    ]
    counts = [cell["execution_count"] for cell in code]
    if counts != list(range(1, len(counts) + 1)):
        found.append(f"was not run from top to bottom: execution counts {counts}")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_notebook_is_clean(path):
    assert problems(json.loads(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_notebook_is_small(path):
    assert path.stat().st_size < 1_500_000


def test_code_and_notebooks_are_checked_by_ruff():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_code_and_notebooks_are_formatted_by_ruff():
    command = [sys.executable, "-m", "ruff", "format", "--check", ROOT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# The checker itself, on one good notebook that is then broken in one place


GOOD = {
    "cells": [
        {"cell_type": "markdown", "source": ["See https://example.org/home/page and `data/runs/`."]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "source": ["from math import pi\n", "pi / 2"],
            "outputs": [
                {
                    "output_type": "display_data",
                    "data": {"image/png": "iVBOR/tmp/w0K", "text/plain": ["<Figure>"]},
                    "metadata": {"image/png": {"alt": "Success rate against optimiser steps, 16 seeds"}},
                }
            ],
        },
        {"cell_type": "code", "execution_count": None, "source": [], "outputs": []},
        {"cell_type": "code", "execution_count": 2, "source": "print(1)", "outputs": []},
    ]
}


def stream(name, *lines):
    return {"output_type": "stream", "name": name, "text": list(lines)}


def test_good_notebook_has_no_problems():
    assert problems(GOOD) == []


def test_docstrings_code_and_environments_of_formulas_are_no_problem():
    docstring = f'def f():\n    """{"What it returns, and why. " * 10}"""\n    %time'
    markdown = r"`$HOME`, $a$, $$\begin{cases} 1 \\ 2 \end{cases}$$ and ```\n$x\n```"
    assert [*prose_problems(docstring), *formula_problems(markdown)] == []


@pytest.mark.parametrize(
    "cell, change, complaint",
    [
        (
            1,
            {"outputs": [{"output_type": "error", "ename": "ValueError"}]},
            "cell 2 stores an error, ValueError",
        ),
        (1, {"outputs": [stream("stderr", "careful")]}, "stderr"),
        (1, {"outputs": [stream("stdout", "saved in /home/ann/x.csv")]}, "stores a path of one machine"),
        (1, {"outputs": [stream("stdout", "saved in C:\\Users\\ann")]}, "stores a path of one machine"),
        (0, {"source": "Look into /Users/ann/course"}, "cell 1 names a path of one machine"),
        (3, {"source": "open('/tmp/x')"}, "cell 4 names a path of one machine"),
        (3, {"source": ["from helpers import *"]}, "imports names with *"),
        (3, {"source": "import sys\nsys.path.append('..')"}, "changes sys.path"),
        (3, {"source": "x = 1\n%pip install torch"}, "installs packages"),
        (3, {"source": "!pip install torch"}, "installs packages"),
        (3, {"source": "x = 1\n" * 16}, "has 16 lines"),
        (3, {"source": "from math import pi\n" * 16}, "has 16 lines"),
        (3, {"source": "a  = 1  # fmt: skip"}, "asks the formatter to look away"),
        (3, {"source": f"print('{'long ' * 40}')"}, "holds a text of 200 letters"),
        (
            3,
            {"source": f"print(\n    f'{'long ' * 20}{{pi}} '\n    f'{'long ' * 20}'\n)"},
            "holds a text of 201 letters",
        ),
        (0, {"source": r"The loss is $-A \\log p$."}, "cell 1 has two backslashes"),
        (0, {"source": "It costs 5 $."}, "cell 1 has a dollar sign without a partner"),
        (0, {"source": r"Half is $\frac{1}{2$."}, "cell 1 has braces without a partner"),
        (3, {"execution_count": None}, "not run from top to bottom: execution counts [1, None]"),
        (3, {"execution_count": 5}, "not run from top to bottom: execution counts [1, 5]"),
    ],
)
def test_broken_notebook_is_caught(cell, change, complaint):
    broken = copy.deepcopy(GOOD)
    broken["cells"][cell].update(change)
    assert len(problems(broken)) == 1 and complaint in problems(broken)[0]


@pytest.mark.parametrize("metadata", [{}, {"image/png": {}}, {"image/png": {"alt": "A figure"}}])
def test_figure_without_alt_text_is_caught(metadata):
    broken = copy.deepcopy(GOOD)
    broken["cells"][1]["outputs"][0]["metadata"] = metadata
    assert "alt text" in problems(broken)[0]
