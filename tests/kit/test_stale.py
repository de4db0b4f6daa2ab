"""A verdict of an earlier run of a cell is not shown as that of a run which failed or was stopped; in a real kernel."""

import nbformat
import pytest
from nbclient import NotebookClient

SETUP = """
from helpers.kit import rule
import numpy as np
some = np.linspace(0.7, 0.9, 8)
def judged(of):
    return rule("00.C8").judge(of)
"""
FIRST, THEN = "values, verdict = some, judged(some)\nprint(verdict.word)", "print(verdict.word)"
GONE = [
    "verdict = judged(None)",
    "verdict = judged(values)\nraise KeyboardInterrupt",
    "values, verdict = None, judged(None)",
    "for _ in range(2):\n    verdict = judged(None)",
    "raise KeyboardInterrupt\nverdict = judged(values)",
    "if (verdict := judged(None)): pass",
]
STAYS = ["1 / 0", "x = verdict; 1 / 0", "verdict = judged(values)", "1 1"]


@pytest.fixture(scope="module")
def said():
    """What is said before, in and after each cell, in a kernel in which cells may fail: source -> three texts."""
    sources = [part for again in GONE + STAYS for part in (FIRST, again, THEN)]
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *sources)]
    client = NotebookClient(nbformat.v4.new_notebook(cells=cells), allow_errors=True, timeout=300)
    texts = lambda out: out.get("text", "") + out.get("ename", "")
    found = ["".join(map(texts, cell.outputs)) for cell in client.execute().cells[1:]]
    return {again: found[3 * at : 3 * at + 3] for at, again in enumerate(GONE + STAYS)}


@pytest.mark.parametrize("again", GONE)
def test_where_the_cell_of_a_verdict_does_not_end_the_old_one_is_gone(said, again):
    first, stopped, then = said[again]
    assert first.strip() and "did not end, so verdict is None" in stopped and then == "AttributeError"


@pytest.mark.parametrize("again", STAYS)
def test_a_verdict_stays_where_another_cell_fails_and_where_its_own_ends(said, again):
    first, _, then = said[again]
    assert then == first.strip() + "\n"
