"""Nothing old is shown or judged as new: numbers turned, cells stopped, and straight on; in a real kernel."""

import contextlib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tiny import in_small

LESSON = Path(__file__).parents[2] / "notebooks" / "solutions" / "00_start_here.ipynb"


@contextlib.contextmanager
def kernel():
    """A kernel in which cells may fail: what each of some cells printed and showed, and how it failed."""
    options = {"allow_errors": True, "timeout": 600, "resources": {"metadata": {"path": str(LESSON.parent)}}}
    client = NotebookClient(nbformat.v4.new_notebook(), **options)
    shown = lambda out: out.get("text", "") + out.get("data", {}).get("text/plain", "") + out.get("ename", "")

    def cells(*sources):
        made = [nbformat.v4.new_code_cell(source) for source in sources]
        client.nb.cells += made
        for at, cell in enumerate(made, len(client.nb.cells) - len(made)):
            client.execute_cell(cell, at)
        return ["".join(map(shown, cell.outputs)) for cell in made]

    with client.setup_kernel():
        yield cells


@pytest.fixture(scope="module")
def run():
    """A kernel for all tests of this file."""
    with kernel() as cells:
        yield cells


@pytest.fixture
def run_alone():
    """A kernel for one test: where a cell has named a thing of its own `_`, IPython keeps no result there any more."""
    with kernel() as cells:
        yield cells


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
    "values, verdict = None, judged(None)",
    "for _ in range(2):\n    verdict = judged(None)",
    "raise KeyboardInterrupt\nverdict = judged(values)",
    "if (verdict := judged(None)): pass",
    "%time verdict = judged(None)",
    "%%time\nverdict = judged(None)",
]
STAYS = [
    "1 / 0",
    "x = verdict; 1 / 0",
    "verdict = judged(values)",
    "1 1",
    "verdict = judged(values)\n1 / 0",  # it was made anew, and what failed came after it
]


@pytest.fixture(scope="module")
def said(run):
    """What is said before, in and after each cell: source -> three texts."""
    found = run(SETUP, *(part for again in GONE + STAYS for part in (FIRST, again, THEN)))[1:]
    return {again: found[3 * at : 3 * at + 3] for at, again in enumerate(GONE + STAYS)}


@pytest.mark.parametrize("again", GONE)
def test_where_the_cell_of_a_verdict_does_not_end_the_old_one_is_gone(said, again):
    first, stopped, then = said[again]
    assert first.strip() and "did not end, so verdict is None" in stopped
    assert "AttributeErrorverdict is None, because its cell did not end" in then


@pytest.mark.parametrize("again", STAYS)
def test_a_verdict_stays_where_another_cell_fails_and_where_its_own_ends(said, again):
    first, _, then = said[again]
    assert then.split() == first.split()[-len(then.split()) :] != []  # a remark may stand before the first


TOY = """
from helpers.core import Policy, Rollouts, reinforce_loss, sft_loss, table, train
from helpers.kit import compare, complete, final, rule
from helpers.worlds.bandits import Bandit, probabilities
best = {"best": lambda policy: probabilities(policy)[:, 1]}
start, own = Policy(table(2), seeds=8), Rollouts(Bandit([0.0, 1.0]))
"""
RATE = "LR = 0.1"
SFT = "sft = train(start, own, sft_loss, steps=9, lr=LR, probes=best)"
RL = "rl = train(start, own, reinforce_loss, steps=9, lr=LR, probes=best)"
FRAME = "last = final(compare({'SFT': sft, 'RL': rl}), 'best')"
JUDGE = "print('word:', rule('00.C8').judge(last['SFT'] - last['RL'], gates=[]))"
PRESSED = "import _thread\nstop = {'stop': lambda policy: _thread.interrupt_main() or policy.logits}"
SFT_STOPPED = SFT.replace("probes=best", "probes=best | stop")
OTHER_WAYS = {  # how the old run might come into the new comparison
    "the same name": (),
    "another name": ("mine = sft", FRAME.replace("sft,", "mine,")),
    "a dict": ("runs = {'SFT': sft}", "runs['RL'] = rl\nlast = final(compare(runs), 'best')"),
    "a list": ("some = []\nsome.append(sft)", FRAME.replace("sft,", "some,")),
    "a frame": ("old = final(compare({'SFT': sft}), 'best')", "last = old.join(final(compare({'RL': rl}), 'best'))"),
    "a function": ("def of(): return sft", FRAME.replace("sft,", "of(),")),
    "numbers": ("old = sft.last('best')", "last = {'SFT': old, 'RL': rl.last('best')}"),
}  # fmt: skip


def test_what_was_made_with_other_numbers_is_said_and_has_no_word_whatever_way_it_comes_in(run):
    cells = [PRESSED, TOY, RATE, SFT, RL]
    for keeps in OTHER_WAYS.values():
        cells += [*keeps[:1]]
    cells += ["LR = 0.001", SFT_STOPPED, RL]
    at = len(cells)
    for ways in OTHER_WAYS.values():
        cells += [ways[1] if ways else FRAME, JUDGE]
    said = run(*cells)
    assert "Interrupted" in said[at - 2] and "sft is None now" in said[at - 2]
    for way, made, word in zip(OTHER_WAYS, said[at::2], said[at + 1 :: 2], strict=True):
        assert "Out of date" in made, way
        assert ("Error" in made and "Error" in word) or ("out of date" in word and "NOT VALID" in word), way


def test_a_turned_number_alone_is_said_where_a_result_is_read_and_all_is_well_when_it_is_made_anew(run):
    said = run(TOY, RATE, SFT, RL, FRAME, JUDGE, "LR = 0.2", JUDGE, FRAME, SFT, RL, FRAME, JUDGE)
    assert "out of date" not in said[5].lower() and "NOT VALID" in said[5]  # its gates were not looked at
    turned = "last rests on LR, which was 0.1 and is 0.2 now"
    assert f"Out of date: {turned}" in said[7] and f"NOT VALID (out of date: {turned}" in said[7]
    assert "Out of date: rl and sft rest on LR" in said[8]
    assert not any("out of date" in one.lower() for one in said[9:])


MAKE = """
import contextlib
from contextlib import nullcontext as null
from helpers.kit import gates
def make(rate, stop=False):
    if stop:
        raise KeyboardInterrupt
    return some - rate / 100
def go():
    global made
    made = make(RATE)
"""
ONE, TWO = "RATE, RUN, STOP, TIMES = 1, True, False, 1", "RATE, RUN, STOP, TIMES = 2, False, True, 0"
MAY_NOT_MAKE = {  # run with ONE these make it, run with TWO they do not
    "if": "if RUN:\n    made = make(RATE)",
    "if, a dict": "if RUN:\n    made = {}\n    made[0] = make(RATE)",
    "try": "try:\n    made = make(RATE, STOP)\nexcept KeyboardInterrupt:\n    pass",
    "with": "with contextlib.suppress(KeyboardInterrupt):\n    made = make(RATE, STOP)",
    "for": "for _ in range(TIMES):\n    made = make(RATE)",
    "while": "left = TIMES\nwhile left:\n    left -= 1\n    made = make(RATE)",
    "match": "match TIMES:\n    case 1:\n        made = make(RATE)",
    "and": "RUN and (made := make(RATE))",
    "a loop in a loop": "for _ in range(2):\n    for _ in range(TIMES):\n        made = make(RATE)",
    "timed": "%time made = make(RATE, STOP)",
    "a function": "if RUN:\n    go()",
    "try, in a loop": """
for _ in [0]:
    try:
        made = make(RATE, STOP)
    except BaseException:
        continue
""",
    "try, a dict": """
if not STOP:
    made = {}
try:
    made[0] = make(RATE, STOP)
except KeyboardInterrupt:
    print("stopped")
""",
}
TURNED = {  # other ways in which what is judged last is old
    "after it, in one cell": ["made = make(RATE)\nRATE = 2"],
    "before it is judged, in one cell": ["made = make(RATE)", "RATE = 2\njudged(made)"],
    "in a timed cell": ["%%time\nmade = make(RATE)\nRATE = 2"],
    "beside a timed line": ["made = make(RATE)\n%time other = make(RATE)\nRATE = 2"],
    "by a function": ["go()", "RATE = 2"],
    "of a module": ["gates.MINE = 1", "made = make(gates.MINE)", "gates.MINE = 2"],
    "of a function's module": [
        "from helpers.kit.gates import complete",
        "made = make(len(complete.__name__))",
        "gates.MINE = 3",
    ],
    "timed often": ["made = make(RATE)", "RATE = 2", "%timeit -n1 -r1 made = make(RATE)"],
    "else": ["made = make(RATE)", TWO, "if RUN:\n    made = make(RATE)\nelse:\n    judged(made)"],
}
ANEW = {  # what is made anew is not old, whatever is made of it in the same statement
    "if": "if True:\n    made = make(RATE)\n    judged(made)",
    "for": "for rate in [RATE]:\n    made = make(rate)\n    judged(made)",
    "with": "with null(make(RATE)) as inner, null(inner) as made:\n    judged(made)",
    "a loop in a loop": "for rate in [RATE]:\n    for more in [rate]:\n        made = make(more)\n        judged(made)",
    "a dict": "if True:\n    made = {}\n    made[0] = make(RATE)\n    judged(made[0])",
    "by a function": "go()\njudged(made)",
    "one cell": "made = make(RATE)\njudged(made)",
    "timed": "%%time\nmade = make(RATE)\njudged(made)",
    "captured": "%%capture\nmade = make(RATE)\njudged(made)",
    "back again": "RATE = 3\nmade = make(RATE)\nRATE = 2\nRATE = 3\njudged(made)",
}
IN_FINALLY = "try:\n    made = make(RATE, STOP)\nfinally:\n    print(judged(made))"
JUDGED = "print(judged(made[0] if isinstance(made, dict) else made))"


def test_what_a_statement_may_not_have_made_is_as_old_as_it_was(run):
    cells = [part for way in MAY_NOT_MAKE.values() for part in (ONE, way, JUDGED, TWO, way, JUDGED)]
    said = run(SETUP, MAKE, *cells)[2:]
    for way, fresh, old in zip(MAY_NOT_MAKE, said[2::6], said[5::6], strict=True):
        assert "NOT VALID" in fresh and "out of date" not in fresh.lower(), way
        assert "Error" in old or "(out of date: made" in old, way


def test_a_number_that_is_turned_where_nobody_looks_is_seen(run):
    cells = [part for ways in TURNED.values() for part in (ONE, *ways, JUDGED)]
    said, at = run(SETUP, MAKE, *cells)[2:], -1
    for way, ways in TURNED.items():
        at += len(ways) + 2
        assert "out of date: made" in said[at], way
        assert way != "else" or "Out of date: made" in said[at - 1]


def test_what_a_cell_makes_anew_and_looks_at_is_not_old(run):
    cells = [part for way in ANEW.values() for part in (ONE, way, "RATE = 2", way, JUDGED)]
    said = run(SETUP, MAKE, *cells)[2:]
    for at, way in enumerate(ANEW):
        story = "".join(said[5 * at : 5 * at + 5])
        assert "NOT VALID" in story and "Error" not in story and "out of date" not in story.lower(), (
            way,
            story,
        )


MISSED = {
    "print(verdict.word)": "verdict is None, because its cell did not end. Run its cell again, then this one.",
    "one = verdict.word + other.word": "other and verdict are None, because their cells did not end.",
    "def word(): return verdict.word\nword()": "verdict is None, because its cell did not end.",
    "%time verdict.word": "verdict is None, because its cell did not end.",
    "print(verdict)": "",
    "print(never_made.word)": "",
    "1 / 0": "",
    "verdict = judged(some)\nverdict.words": "",
}


def test_what_finally_judges_is_new_after_a_run_that_ended_and_old_after_one_that_did_not(run):
    stopped = IN_FINALLY.replace("STOP", "True")
    said = run(SETUP, MAKE, ONE, IN_FINALLY, "RATE = 3", IN_FINALLY, JUDGED, stopped)[3:]
    assert not any("out of date" in one.lower() for one in said[:4]) and "NOT VALID" in said[2]
    assert "(out of date: made, whose cell did not end" in said[4] and "KeyboardInterrupt" in said[4]


def test_what_a_cell_has_shown_is_as_old_as_what_it_was_made_of(run_alone):
    shown = ["make(RATE)", "made = _", JUDGED, "RATE = 7", JUDGED]
    said = run_alone(SETUP, MAKE, ONE, *shown, "RATE = 1", "make(RATE)", "RATE = 8", "print(judged(_))")[3:]
    assert "out of date" not in said[2].lower() and "made rests on RATE, which was 1 and is 7 now" in said[4]
    assert "rests on RATE, which was 1 and is 8 now" in said[-1] and "NOT VALID (out of date" in said[-1]


def test_a_verdict_says_what_it_rests_on_that_is_too_large_to_be_followed(run):
    said = run(
        SETUP,
        "large = np.broadcast_to(np.zeros(1), 10**9)\nsum_ = some + large[0]",
        "judged(sum_)",
        "judged(some)",
    )
    assert "Not followed: large holds too much" in said[2] and "Not followed" not in said[3]


def test_what_is_none_because_its_cell_did_not_end_is_said_where_it_is_missed(run):
    stopped = "other = judged(None)\nnever_made = 1"
    stop = ["verdict = other = judged(some)", "verdict = judged(None)", stopped]
    said = run(SETUP, *(part for way in MISSED for part in (*stop, way)))[1:]
    for way, found in zip(MISSED, said[3::4], strict=True):
        assert MISSED[way] in found and ("because" in found) is bool(MISSED[way]), way


def test_a_cell_shows_and_times_and_fails_as_ever(run):
    said = run(
        "5 + 5",
        "1;",
        "%time 6 + 6",
        "x = 1\nx\n",
        "1 / 0",
        "from __future__ import annotations\n7",
        "8\nfor x in 'a': pass",
    )
    assert said[0] == "10" and not said[1] and said[2].endswith("12") and said[3] == "1"
    assert said[4] == "ZeroDivisionError" and said[5] == "7" and not said[6]


def test_lesson_00_stopped_with_another_learning_rate_says_no_word_on_old_runs(run):
    lesson = in_small(LESSON)
    wanted = (
        "helpers.core",
        "LEARNING_RATE =",
        "home, away",
        "runs = {",
        "unhinted =",
        "hinted = None",
        "still =",
    )
    code = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    code = [next(source for source in code if one in source) for one in wanted]
    code[4] = "unhinted = compare(runs)"
    stopped = "import _thread\n" + code[3].replace("maps[name, 0.0])", "[_thread.interrupt_main()])")
    turned = code[1].replace("3e-3", "1e-5")
    assert turned != code[1] and "interrupt_main" in stopped
    said = run(*code, turned, stopped, *code[4:], *code[3:])
    first, again, anew = said[6], said[len(code) + 4], said[-1]
    assert "00.C8" in first and "Error" not in first
    assert "compare takes names and runs" not in first and "TypeError" in said[len(code) + 2]
    assert "00.C8:" not in again and "Error" in again
    assert "00.C8" in anew and "Error" not in anew and "out of date" not in anew.lower()


@pytest.mark.parametrize("leaves", ["continue", "break"])
def test_what_a_loop_leaves_out_after_a_caught_error_is_out_of_date(run, leaves, tmp_path):
    loop = (
        "for arm in (1, 2):\n    try:\n        if arm == 2 and flag.exists(): raise ValueError\n"
        f"        new_{leaves} = judged(some)\n    except ValueError:\n        {leaves}\n    made[arm] = new_{leaves}"
    )
    taken, start = (
        "x = made[2]\nprint('fine')",
        f"import pathlib\nflag = pathlib.Path({str(tmp_path / 'flag')!r})",
    )
    said = run(
        f"{SETUP}\n{start}\nmade = {{}}",
        loop,
        taken,
        "flag.touch()",
        loop,
        taken,
        "flag.unlink()",
        loop,
        taken,
    )
    assert said[2] == "fine\n" == said[8]
    assert "Out of date: made, whose cell did not end" in said[5]


def test_below_the_error_of_a_cell_that_runs_alone_stands_which_cell_to_run_first(run_alone):
    cells = [cell for cell in nbformat.read(LESSON, as_version=4).cells if cell.cell_type == "code"]
    imports = next(cell.source for cell in cells if "imports" in cell.metadata.tags)
    alone = next(
        cell.source for cell in cells if cell.source.startswith("hint_verdict") or ".judge(" in cell.source
    )
    *_, said = run_alone(imports, alone)
    assert "NameError" in said and "is not there yet. The cell that makes it begins with `" in said
    assert "is not there yet" not in run_alone("never_made_anywhere")[0]


CAUGHT_START = """
import contextlib, functools, pathlib
from contextlib import suppress as quiet
from concurrent.futures import ThreadPoolExecutor
from helpers.kit.stale import is_result, out_of_date
class Run: pass
is_result(Run)
class Swallow:
    def __enter__(self): return self
    def __exit__(self, *error): return True
class Judge(Swallow):
    def __exit__(self, *error): look(run)
def train(arm):
    if arm == 2 and flag.exists(): raise ValueError
    return Run()
def look(*of): print("old" if out_of_date() else "new")
def safe(f):
    @functools.wraps(f)
    def inner(*given):
        try: return f(*given)
        except ValueError: pass
    return inner
"""
CAUGHT_RUNS = """
class Box:
    def __init__(self): self.runs = {1: Run()}
    def go(self, arm):
        try: self.runs[1] = train(arm)
        except ValueError: pass
runs, rows, run, box, cache = {1: Run(), 2: Run(), 3: Run()}, [Run()], Run(), Box(), {}
box.run, cache[0] = Run(), Run()
"""
IN_FUNCTIONS = [  # what a function does with the training of an arm, and what is judged after it
    ("try: runs[1] = train(arm)\n    except ValueError: print('oh')\n    return runs[1]", "runs[1]"),
    ("with quiet(ValueError): runs[1] = train(arm)", "runs[1]"),
    ("global run\n    try: run = train(arm)\n    except ValueError: pass", "run"),
    ("try: rows[0] = train(arm)\n    except ValueError: pass", "rows[0]"),
    ("try: box.run = train(arm)\n    except ValueError: pass", "box.run"),
    ("mine = runs\n    try: mine[1] = train(arm)\n    except ValueError: pass", "runs[1]"),
    ("try: new = train(arm)\n    except ValueError: return\n    runs[1] = new", "runs[1]"),
    ("try: new = train(arm)\n    except ValueError: new = None\n    if new: runs[1] = new", "runs[1]"),
]
LEFT_UNDONE = [("", f"def go(arm):\n    {body}\ngot = go(2)", of) for body, of in IN_FUNCTIONS]
LEFT_UNDONE += [
    (f"def go(arm):\n    {IN_FUNCTIONS[0][0]}", "got = go(2)", "got"),
    ("@safe\ndef go(arm): runs[arm] = train(arm)", "go(2)", "runs[2]"),
    ("def go(arm): runs[arm] = train(arm)", "with ThreadPoolExecutor() as p: p.submit(go, 2)", "runs[2]"),
    ("", "box.go(2)", "box.runs[1]"),
    ("", "with quiet(ValueError): run = train(2)", "run"),
    ("", "with Swallow(): run = train(2)", "run"),
    ("", "with contextlib.ExitStack() as s:\n    s.enter_context(Swallow())\n    run = train(2)", "run"),
]
LEFT_UNDONE += [
    ("", f"for arm in (1, 2, 3):\n    {body}", "runs[2]")
    for body in (
        "try: new = train(arm)\n    except ValueError: continue\n    runs[arm] = new",
        "try: new = train(arm)\n    except ValueError: pass\n    else: runs[arm] = new",
        "try: new = train(arm)\n    except ValueError: new = None\n    if new is not None: runs[arm] = new",
    )
]
DONE_ALL_THE_SAME = [  # an error was caught, and what is judged is new, or was never to be made
    (
        "",
        f"for arm in (2, 3):\n    try:\n        {body}\n    except ValueError: {then}",
        of,
    )
    for body, then, of in (
        ("runs[1] = train(arm)\n        break", "pass", "runs[1], runs[3]"),
        ("runs[arm + 5] = train(arm)", "pass", "runs[1], runs[8]"),
        ("cache[arm] = train(arm)", "pass", "cache[3], cache[0]"),
        ("runs[arm] = train(arm)", "runs[arm] = cache[0]", "runs[2]"),
    )
]
MEMO = "try: return cache[k]\n    except KeyError: cache[k] = train(k)\n    return cache[k]"
DONE_ALL_THE_SAME += [
    ("", "try: run = train(2)\nexcept ValueError: run = runs[1]", "run"),
    ("def go(arm):\n    try: return train(arm)\n    except ValueError: return runs[1]", "got = go(2)", "got"),
    (f"def get(k):\n    {MEMO}", "got = get(7)", "got, cache[0]"),
    ("", "try: train(2)\nexcept ValueError:\n    try: new = run\n    finally: look(new)", "run"),
    ("def each():\n    runs['n'] = 0\n    yield 1", "next(each())", "runs[1]"),
    (
        "",
        "for arm in (1, 3):\n    with quiet():\n        if arm == 1: continue\n        runs[arm] = train(arm)",
        "runs[1], runs[3]",
    ),
]


def test_what_a_caught_error_left_undone_is_old_wherever_it_was_caught_and_nothing_else_is(run, tmp_path):
    ways = [*LEFT_UNDONE, *DONE_ALL_THE_SAME]
    cells = []
    for before, way, of in ways:
        cells += [
            f"{CAUGHT_RUNS}\n{before}",
            "flag.touch()",
            way,
            f"look({of})",
            "flag.unlink()",
            way,
            f"look({of})",
        ]
    said = run(f"{CAUGHT_START}\nflag = pathlib.Path({str(tmp_path / 'flag')!r})", *cells)[1:]
    for at, (before, way, _) in enumerate(ways):
        first, again = said[7 * at + 3], said[7 * at + 6]
        assert first.strip().endswith("old" if at < len(LEFT_UNDONE) else "new"), (
            before,
            way,
            said[7 * at + 2],
            first,
        )
        assert again == "new\n", (before, way, again)
        assert "old" not in said[7 * at + 2], (way, "as it runs")


def test_who_judges_while_an_error_is_on_its_way_judges_what_was_not_made(run, tmp_path):
    ways = ["with Judge(): run = train(2)", "try: run = train(2)\nexcept ValueError: look(run)"]
    start = f"{CAUGHT_START}\nflag = pathlib.Path({str(tmp_path / 'flag')!r})"
    said = run(start, *(part for way in ways for part in (CAUGHT_RUNS, "flag.touch()", way)))[1:]
    assert said[2].startswith("old") and said[5].startswith("old")


def test_what_a_stopped_cell_has_not_filled_is_said_to_be_empty(run_alone):
    stopped = "runs = {}\nraise KeyboardInterrupt\nruns['RL'] = 1"
    said = run_alone(
        SETUP,
        stopped,
        "{name: runs[name] for name in ('RL',)}",
        "{1: 2}['RL']",
        "runs['RL'] = 1\nruns['SFT']",
    )
    assert "runs is empty. Run the cell that fills it to its end, then this one." in said[2]
    assert not any("is empty" in one for one in (said[1], *said[3:]))


# What a `try` has not made, whatever kind it is

LEFT = {  # what was there -> what was to make it anew
    "res = some * 1.0": "res = never()",
    "res = torch.tensor(some)": "res = never()",
    "res = 0.8": "res = never()",
    "res = [0.8] * 8": "res[0] = never()",
    "res = [0.8] * 7": "res.append(never())",
    "res = some * 1.1": "res[0] = never()",
    "res = some * 1.2\ndef go():\n    global res\n    res = never()": "go()",
}
CAUGHT = ("try:\n    {}\nexcept NameError:\n    pass", "with contextlib.suppress(NameError):\n    {}")
MADE = [  # in cells of their own: what a try, or whoever stands by it, has made after all
    ["res = some * 1.0", "res = some * 0.9\ntry:\n    res = never()\nexcept NameError:\n    pass"],
    ["res = some * 1.0", "try:\n    res = never()\nexcept NameError:\n    res = some * 0.9"],
    ["res = some * 1.0", "try:\n    res = some * 0.9\n    1 / 0\nexcept ZeroDivisionError:\n    pass"],
    ["res = 3", "try:\n    res = 3\n    1 / 0\nexcept ZeroDivisionError:\n    pass"],
    ["res = some * 1.0", "try:\n    res = never()\nexcept NameError:\n    pass", "res = some * 0.9"],
    [
        "res = []",
        "for n in range(9):\n    try:\n        res.append(some[n])\n    except IndexError:\n        pass",
    ],
]


@pytest.mark.parametrize("how", CAUGHT)
def test_what_a_try_has_not_made_is_out_of_date_whatever_kind_it_is(run, how):
    cells = [one for there, made in LEFT.items() for one in (there, how.format(made), "x = res")]
    said = run(f"{SETUP}\nimport contextlib, torch", *cells)[1:]
    assert len(cells) == len(said) == 3 * len(LEFT)
    for there, then in zip(LEFT, said[2::3], strict=True):
        assert "Out of date: res, whose cell did not end" in then, there


def test_what_was_made_after_all_is_in_date(run):
    said = run(SETUP, *(one for cells in MADE for one in (*cells, "x = res\nprint('fine')")))
    assert not [one for one in said if "Out of date" in one] and said.count("fine\n") == len(MADE)


HALF = {  # what a stop leaves half filled -> how the next cell takes what is not there, and what is there
    "made = {}\nfor arm in (1, 2):\n    if arm == 2: raise KeyboardInterrupt\n    made[arm] = some * 1.0": (
        "made[2]",
        "made[1]",
    ),
    "made = []\nfor arm in (1, 2):\n    if arm == 2: raise KeyboardInterrupt\n    made.append(some * 1.0)": (
        "made[1]",
        "made[0]",
    ),
    "made = {1: some * 1.0}\nmade[2] = 1 / 0": (
        "next(one for name, one in made.items() if name == 2)",
        "made[1]",
    ),
    "made = {}\nmade |= {1: some * 1.0}\nmade.update({2: never()})": ("made.pop(2)", "made[1]"),
}


def test_what_a_stop_has_half_filled_is_named_where_it_is_missed_and_has_no_word(run):
    said = run(
        SETUP, *(one for fill, (gone, there) in HALF.items() for one in (fill, gone, f"judged({there})"))
    )[1:]
    for missed, judged_then in zip(said[1::3], said[2::3], strict=True):
        assert "Out of date: made, whose cell did not end. Run the cell that makes it again" in missed
        assert "Out of date: made" in judged_then and "SUPPORTS" not in judged_then
