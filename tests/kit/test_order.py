"""A word that could rest on something that nobody can follow is never said without a remark."""

import types

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.kit import solved, stale
from helpers.kit.chance import place
from helpers.kit.order import Order
from helpers.kit.origins import Origins
from helpers.kit.statements import statements

REMARK = "restart the kernel and run all cells"


def after(*runs: str) -> bool:
    """Whether the order is another one after cells ran: "b" is cell b, "b2" is cell b with another text."""
    order = Order()
    for run in runs:
        order.begins(run[0], run[1:])
    return order.is_another()


@pytest.mark.parametrize(
    "runs",
    [
        "a b c",
        "a b c c",  # a verdict again
        "a a2 a3 b c",  # an exercise until it is right
        "a b a2 b c",
        "a b c a2 b c",  # a number turned, and all after it again
        "a b c a b c",
        "a b c a c",  # nothing was edited
        "a b c2",
        "a b c b2 c",
    ],
)
def test_cells_run_as_they_come_need_no_remark(runs):
    assert not after(*runs.split())


@pytest.mark.parametrize(
    "runs",
    [
        "a b c a2 c",  # straight to the verdict
        "a b c d a2 c d",  # one between is left out
        "a b a2 c",  # a verdict that is new
        "a b c d c",  # a cell that is new, and back to the verdict
        "a b c b2 a2 c",
        "a b c a2 a c",  # turned back, and what was made between is there still
    ],
)
def test_a_cell_edited_or_new_with_something_left_out_after_it_has_a_remark(runs):
    assert after(*runs.split())


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("rate = 0.1", "rate = 0.03", True),
        ("SEEDS = range(100, 164)", "SEEDS = range(4, 8)", True),
        ("lr = 1e-3  # a comment", "lr = 3e-4  # a comment", True),
        ("rule('06.C5')", "rule('06.C6')", False),
        ("a1 = f(x1)", "a2 = f(x2)", False),
        ("%time f(3)", "%time f(5)", True),
        ("if True:\n    f(3)", "f(3)", False),
    ],
)
def test_without_ids_a_number_turned_leaves_a_cell_and_another_name_or_text_makes_another(one, other, same):
    assert (place(None, one) == place(None, other)) == same
    assert place("an id", one) == place("an id", other)


CELLS = {
    "a": "vals = [0]",
    "b": "for v in some: vals.append(v)",
    "c": "print(vals, lr)",
    "d": "lr = 1",
    "e": "lr *= 2",
    "f": "lr = 2 * lr",
    "g": "vals[0] = 3",
    "h": "lr = 1\nlr += 1",
    "i": "def more(): vals.append(1)",
    "j": "scratch = 0\nscratch += 1",
    "k": "for scratch in range(3): pass",
    "l": "opt.step()\ntable['x'] = table['y'] + 1",
    "m": "lr = lr\nlr = [2 * one for one in [lr]][0]",
}


def why(*runs: str) -> str:
    """What is said after these cells: "a-" is cell a with nothing in it."""
    values = {"some": [1, 2], "vals": [], "lr": 0, "table": {"y": 1}, "opt": types.SimpleNamespace(step=int)}
    order, origins = Order(), Origins(values)
    for run in runs:
        does = statements(CELLS[run[0]] if len(run) == 1 else "")
        order.begins(run[0], repr(does), does)
        for one in does:
            before = origins.look(one)
            order.look(before)
            exec(one.source, values)
            order.ran(one, before, *origins.record(one, before), origins)
    return order.why()


@pytest.mark.parametrize("runs", ["a b b c", "a b c b c", "d e c e c", "d f f c", "d m m c", "d a b e e c"])
def test_what_was_added_to_twice_has_a_remark(runs):
    assert "ran more often than what makes" in why(*runs.split())


@pytest.mark.parametrize("runs", ["a b g g- c", "d d- c", "a d e c e- c", "h h- c"])
def test_what_an_edited_cell_made_and_makes_no_more_has_a_remark(runs):
    assert "left by a cell" in why(*runs.split())


def test_what_a_cell_below_has_changed_once_is_called_so():
    assert "first ran after this one" in why(*"a c g c".split())


@pytest.mark.parametrize(
    "runs",
    [
        "a b a b c",
        "d e d e c",
        "a g g c",
        "h h c",
        "a i i c",
        "j j c",
        "a d k k- c",
        "a d l l c",
        "d e e d e c",
    ],
)
def test_what_a_run_from_top_to_bottom_leaves_too_has_none(runs):
    assert not why(*runs.split())


START = """
import functools, types
import numpy as np
from helpers.kit import rule
some = np.linspace(0.7, 0.9, 8)
"""
HIDDEN = [
    ("def run(): return eval('some * N')", "values = run()"),
    ("box = types.SimpleNamespace(of=functools.cache(lambda: some * N))", "values = box.of()"),
    ("of = {'f': functools.partial(eval, 'some * N', globals())}", "values = of['f']()"),
]


@pytest.fixture
def kernel():
    """A kernel, for cells that keep their names when they are edited."""
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=600)
    with client.setup_kernel():
        yield client


ODD = """
import types, unittest.mock
class Odd:
    def __getattr__(self, name): raise RuntimeError("odd")
    def __eq__(self, other): raise RuntimeError("odd")
    def __repr__(self): raise RuntimeError("odd")
    __hash__ = None
mock, magic, odd = unittest.mock.Mock(), unittest.mock.MagicMock(), Odd()
"""


def test_nothing_that_a_learner_makes_ends_a_cell_by_being_looked_at(kernel):
    sources = [
        START,
        ODD,
        "one = [mock, magic, odd]\nmock.of = some",
        "values = some + 0 * len(one)\nprint(8)",
    ]
    kernel.nb.cells += [nbformat.v4.new_code_cell(source) for source in sources]
    for at, cell in enumerate(kernel.nb.cells):
        kernel.execute_cell(cell, at)
    assert [out.text for out in kernel.nb.cells[-1].outputs] == ["8\n"]
    assert not [out for cell in kernel.nb.cells[:-1] for out in cell.outputs]


def test_what_fails_to_look_is_named_beside_the_next_word(monkeypatch, capsys):
    class Failing(stale.Cells):
        def __init__(self):
            self.order, self.lost, self.now = Order(), "", ()

    cells = Failing()
    cells.begins(None)
    monkeypatch.setattr(stale, "_cells", cells)
    stale.say_what_is_not_followed()
    assert "could not be looked at (AttributeError" in (said := capsys.readouterr().out) and REMARK in said


@pytest.mark.parametrize(("hides", "runs"), HIDDEN)
def test_whatever_hides_a_turned_number_the_verdict_says_how_to_be_sure(kernel, hides, runs):
    sources = [START, "N = 1.0", hides, runs, 'print(rule("00.C8").judge(values))']
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel.nb.cells += cells

    def said(*which):
        for at in which:
            kernel.execute_cell(cells[at], kernel.nb.cells.index(cells[at]))
        return "".join(out.get("text", "") for out in cells[which[-1]].outputs)

    assert REMARK not in said(*range(5))
    cells[1].source = "N = 0.01"
    assert REMARK in (now := said(1, 4)) or "Out of date" in now
    assert REMARK in (now := said(3, 4)) or "Out of date" in now
    assert REMARK not in said(*range(1, 5))


def test_solutions_that_run_in_the_kernel_of_their_lesson_need_no_remark(monkeypatch):
    """Whoever makes a lesson runs a part of its cells again with the solutions, and knows which."""
    order = Order()
    for run in "a b c a2 c".split():
        order.begins(run[0], run[1:])
    cells = types.SimpleNamespace(order=order)
    monkeypatch.setattr(stale, "_cells", cells)
    exec(solved.ANEW, {})
    for run in "a3 c".split():
        cells.order.begins(run[0], run[1:])
    assert order.is_another() and not cells.order.is_another()
