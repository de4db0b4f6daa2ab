"""What rests on what in a notebook: statements are read as Python reads them, and only a real change counts."""

import json
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from helpers.kit.origins import Origins
from helpers.kit.statements import statements

LESSONS = sorted((Path(__file__).parents[2] / "notebooks" / "solutions").glob("[0-9][0-9]_*.ipynb"))


class Thing:
    """A value that is told apart only by how it was made."""

    def __init__(self, *made_of):
        self.made_of = made_of

    def append(self, more):
        """Something that changes in place."""


class Notebook:
    """Runs statements one by one, as a kernel does, and keeps their origins."""

    def __init__(self):
        self.names = {"__name__": "__main__", "Thing": Thing}
        self.origins = Origins(self.names)

    def run(self, source):
        for one in statements(source):
            exec(one.source, self.names)
            self.origins.record(one)

    def why(self, name):
        return self.origins.why(name)


@pytest.mark.parametrize(
    "source, sets, reads, later",
    [
        ("a = f(b, c.d)", "a", "f b c", ""),
        ("a, (b, *c) = d", "a b c", "d", ""),
        ("a += b", "a", "a b", ""),
        ("runs['x'] = f(b)", "runs", "runs f b", ""),
        ("box.part[0].name = b", "box", "box b", ""),
        ("runs.append(b)", "runs", "runs b", ""),
        ("runs.items()", "", "runs", ""),
        ("a = {n: f(n, b) for n in c if d}", "a", "f b c d", ""),
        ("def f(x, y=b):\n    runs['x'] = x\n    return g(x, c)", "f", "b", "g c runs"),
        ("f = lambda x: g(x, c)", "f", "", "g c"),
        ("class A(b):\n    c = d\n    def f(self): return e", "A", "__name__ b d", "e"),
        ("for n in a:\n    r = f(n)", "n r", "a f n", ""),
        ("import a.b as c", "c", "", ""),
        ("if (a := b): pass", "a", "b", ""),
        ("a = await b", "a", "b", ""),
        ("with f(b) as a: pass", "a", "f b", ""),
    ],
)
def test_a_statement_sets_and_reads_what_python_sets_and_reads(source, sets, reads, later):
    (one,) = statements(source)
    assert (one.sets, one.reads, one.later) == tuple(frozenset(row.split()) for row in (sets, reads, later))


@pytest.mark.parametrize("source", ["1 1", "", "\0", "return 3", "# a comment"])
def test_what_is_no_statement_has_no_origin(source):
    assert not statements(source)


FROM = "rate = 0.1\nhow = {'rate': rate}\ndef train(of): return Thing(of, rate)\n"


@pytest.mark.parametrize(
    "made",
    [
        "run = Thing(rate)",
        "run = train(3)",
        "other = train\nrun = other(3)",
        "arms = {'a': (1, train)}\nrun = arms['a'][1](3)",
        "run = Thing(*[n * rate for n in (1, 2)])",
        "run = [Thing(rate)]\nrun.append(3)",
        "run = {}\nrun['a'] = Thing(rate)",
        "first = Thing(rate)\nrun = [first]",
        "first = Thing(rate)\nrun = first",
        "run = Thing(how)",
        "run = []\nfor n in (1, 2):\n    run.append(Thing(n, rate))",
        "def f(at=rate): return at\nrun = Thing(f())",
        "f = lambda: g()\ndef g(): return rate\nrun = Thing(f())",
    ],
)
@pytest.mark.parametrize("turned", ["rate = 0.2", "def other_one(): pass\nrate *= 2"])
def test_whatever_way_a_number_went_in_what_was_made_of_it_is_out_of_date_when_it_is_turned(made, turned):
    page = Notebook()
    page.run(FROM + made)
    assert not page.why("run")
    page.run(turned)
    assert page.why("run") == "rate, which was 0.1 and is 0.2 now"
    page.run(FROM.replace("0.1", "0.2") + made)
    assert not page.why("run")
    page.run(turned.replace("0.2", "0.3"))
    page.run("rate = 0.2")
    assert not page.why("run"), "the number is back"


@pytest.mark.parametrize(
    "again", ["rate = 1e-1", "rate = 0.1  # as before", FROM, "import json, math", "other = 5", "rate"]
)
def test_what_changes_nothing_leaves_everything_up_to_date(again):
    page = Notebook()
    page.run(FROM + "import math\nrun = train(math.pi)")
    page.run(again)
    assert not page.why("run")


def test_a_function_that_is_written_anew_leaves_what_it_made_out_of_date():
    page = Notebook()
    page.run(FROM + "run = train(3)")
    page.run("def train(of): return Thing(of, 5)")
    assert page.why("run") == "train, which was made anew since"


@pytest.mark.parametrize(
    "first, changed",
    [
        ("runs = {}\nruns['a'] = Thing(n)", "runs['b'] = Thing(n)"),
        ("runs = [Thing(n)]", "runs.append(Thing(n))"),
        ("runs = [Thing(n)]", "runs = runs + [Thing(n)]"),
    ],
)
def test_what_is_changed_in_place_with_a_new_number_still_rests_on_the_old_one(first, changed):
    notebook = Notebook()
    notebook.run(f"n = 1\n{first}")
    notebook.run("n = 2")
    notebook.run(changed)
    assert "n" in notebook.why("runs")


def test_what_was_only_to_be_changed_is_not_made_anew_and_a_loops_own_names_are_set_before_they_are_read():
    (changed,), (made,) = statements("runs['a'] = train(n)"), statements("runs = train(n)")
    assert (changed.fresh, made.fresh) == (frozenset(), frozenset({"runs"}))
    (loop,) = statements("for name, run in runs.items():\n    judge(run)")
    assert loop.ready == {"run"}


@pytest.mark.parametrize(
    "source, ready, perhaps",
    [
        ("if a:\n    b = 1\n    c(b)", "b", "b"),
        ("if a:\n    b = 1\nelse:\n    c(b)", "", "b"),
        ("for a in b:\n    if a: break\n    d = a\n    d(a)", "a d", "a d"),
        ("with a as b, c(b) as d:\n    e(d)", "b d", "b d"),
        ("try:\n    a = 1\nexcept b as c:\n    c(a)\nfinally:\n    d(a)", "c", "a c"),
        ("match a:\n    case [b, _] if b:\n        c = b\n        c()", "c", "b c"),
        ("while a:\n    a = b(a)", "", "a"),
        ("a = b(a)", "", ""),
        ("a[0] = b", "", ""),
        ("if a:\n    b = {}\n    b[0] = a", "b", "b"),
        ("if a:\n    b[0] = a", "", ""),
        ("a and (b := c)", "", "b"),
    ],
)
def test_a_statement_reads_what_it_has_not_made_before_and_may_end_without_making_it(source, ready, perhaps):
    (one,) = statements(source)
    assert (one.ready, one.perhaps) == (set(ready.split()), set(perhaps.split()))


def test_what_a_statement_did_not_come_to_make_is_out_of_date_with_all_that_rests_on_it():
    page = Notebook()
    page.run("rate = 0.1\nrun = Thing(rate)\nframe = [run]\nword = Thing(frame)")
    page.origins.leave(statements("run = Thing(rate)")[0])
    assert {page.why(name) for name in ("run", "frame", "word")} == {"run, whose cell did not end"}
    page.run("run = Thing(rate)")
    assert not page.why("word"), "the same statement with the same numbers"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_in_no_lesson_a_cell_reads_what_is_out_of_date_whether_run_on_again_or_backwards(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [
        TransformerManager().transform_cell("".join(cell["source"]))
        for cell in cells
        if cell["cell_type"] == "code"
    ]
    values = {}
    origins = Origins(values)
    for source in [*code, *code, *reversed(code)]:
        made = set()
        for one in statements(source):
            assert not {name: why for name in origins.read_by(one) - made if (why := origins.why(name))}
            made |= one.sets
        for one in statements(source):
            values |= {name: values.get(name, object()) for name in one.sets}
            origins.record(one)
