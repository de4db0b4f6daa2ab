"""Stops that are pressed: one waits for a slow import, and everything can be run again."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from helpers.stops import WAITED, Stops, importing, let_imports_finish, no_interrupt

ROOT = Path(__file__).resolve().parents[2]
pressed = lambda: signal.raise_signal(signal.SIGINT)


def in_a_fresh_python(program, folder):
    """What a program prints that runs in a Python of its own, and finds modules in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


WATCHED = """
import builtins, signal, sys
original, seen = builtins.__import__, []
def watched(name, *arguments, **named):
    if name.startswith("torch._dynamo") and not seen:
        seen.append(name)
        signal.raise_signal(signal.SIGINT)
    return original(name, *arguments, **named)
builtins.__import__ = watched
"""  # presses a stop in the middle of what torch imports when its first optimiser is made


@pytest.fixture
def slow(tmp_path):
    """A folder with a module `slow`, in the middle of whose import a stop is pressed, the first time only."""
    (tmp_path / "slow.py").write_text(
        "import signal, torch\n"
        "once = torch.library.Library('slow_import', 'DEF')  # may not be made a second time, like much in torch\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "for _ in range(1000): pass\n"
        "whole = True\n"
    )
    return tmp_path


def test_a_stop_in_a_slow_import_of_the_first_train_comes_when_it_is_whole_and_the_cell_runs_again(slow):
    program = """
    import time
    from helpers.core import Interrupted, Policy, Rollouts, reinforce_loss, table, train
    from helpers.worlds.bandits import Bandit

    def slowly(policy, rng):
        import slow
        for _ in range(200):
            time.sleep(0.05)  # here the stop that waited comes in
        return Rollouts(Bandit([0.0, 1.0]))(policy, rng)

    cell = lambda data: train(Policy(table(2)), data, reinforce_loss, steps=2, lr=0.1)
    try:
        cell(slowly)
    except Interrupted:
        print("interrupted")
    import slow
    print(slow.whole)
    print(cell(Rollouts(Bandit([0.0, 1.0]))).steps)
    """
    assert in_a_fresh_python(program, slow) == ["interrupted", "True", "2"]


def test_a_stop_in_a_cell_of_imports_comes_when_they_are_whole(slow):
    program = """
    import sys, time
    import helpers
    try:
        import slow
        print("not reached")
    except KeyboardInterrupt:
        print("interrupted")
    time.sleep(0.3)  # and nothing comes later
    import slow
    print(slow.whole, sys.gettrace(), sys.modules["slow"] is slow)
    """
    assert in_a_fresh_python(program, slow) == ["interrupted", "True", "None", "True"]


@pytest.mark.parametrize(
    "statement",
    ["import slow", "from slow import whole", "import importlib; importlib.import_module('slow')"],
)
def test_a_stop_that_waited_comes_in_the_very_statement_that_imports(slow, statement):
    # as a kernel runs a cell: each statement by itself, and nothing of ours around it
    program = f"""
    import sys, time
    import helpers
    try:
        exec(compile({statement!r}, "cell", "exec"))
        print("swallowed")
    except KeyboardInterrupt:
        print("interrupted")
    print(sys.modules["slow"].whole)
    time.sleep(0.3)
    """
    assert in_a_fresh_python(program, slow) == ["interrupted", "True"]


@pytest.mark.parametrize("tracer", [False, True])
def test_a_stop_that_cannot_come_in_is_dropped_and_a_line_says_so(tmp_path, tracer):
    (tmp_path / "bad.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(1000): pass\n"
        + ("" if tracer else "raise ImportError\n")
    )
    program = f"""
    import sys, time
    import helpers
    if {tracer}:
        sys.settrace(lambda *_: None)
    try:
        exec("import bad")
        print("imported")
    except ImportError:
        print("failed")
    time.sleep(0.3)
    """
    said = WAITED.format("bad").split()
    assert in_a_fresh_python(program, tmp_path) == [*said, "imported" if tracer else "failed"]


def test_a_stop_in_an_import_that_may_fail_comes_after_it(tmp_path):
    (tmp_path / "bad.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(9): pass\nraise ImportError\n"
    )
    program = """
    import helpers
    try:
        try:
            import bad
        except ImportError:
            print("not reached")
    except KeyboardInterrupt:
        print("interrupted")
    """
    assert in_a_fresh_python(program, tmp_path) == ["interrupted"]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A real kernel in which helpers are imported, as a function: runs a cell, presses a stop when it prints `here`."""
    manager_of = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    folder = tmp_path_factory.mktemp("slow")
    manager, client = manager_of.start_new_kernel(
        kernel_name="python3",
        startup_timeout=120,
        cwd=str(ROOT),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])},
    )

    def cell(code, **options):
        """How the cell ended: "ok", or the name of the error."""

        def press(message):
            if message["msg_type"] == "stream" and "here" in message["content"]["text"]:
                manager.interrupt_kernel()

        said = client.execute_interactive(
            textwrap.dedent(code), timeout=300, output_hook=press, stop_on_error=False, **options
        )["content"]
        return said.get("ename", said["status"])

    def module(name):
        (folder / f"{name}.py").write_text(
            "print('here', flush=True)\nimport time\ntime.sleep(1)\nwhole = True\n"
        )

    cell.module = module
    module("first")
    cell.first = cell("import importlib\nimport helpers\nimport first")
    yield cell
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_stop_in_a_kernel_stays_in_the_cell_that_was_stopped(kernel):
    assert kernel.first == "KeyboardInterrupt"
    assert kernel("import time; time.sleep(0.5)") == "ok"
    assert kernel("import helpers\nimport first\nassert first.whole") == "ok"
    kernel.module("stays")
    assert kernel("import helpers\nimport stays") == "KeyboardInterrupt"
    assert kernel("import time; time.sleep(0.5)") == "ok"
    assert kernel("import helpers\nimport stays\nassert stays.whole") == "ok"


@pytest.mark.parametrize(
    "name, code",
    {
        "statement": "import statement",
        "from_it": "from from_it import whole",
        "by_name": "importlib.import_module('by_name')",
        "in_a_call": "def call():\n    import in_a_call\n    return 1\ncall()",
        "timed": "%time import timed",
        "timed_cell": "%%time\nimport timed_cell",
    }.items(),
)
def test_in_every_later_cell_a_stop_waits_for_an_import_though_nothing_of_ours_runs_there(kernel, name, code):
    kernel.module(name)
    assert kernel(code) == "KeyboardInterrupt"
    assert kernel(f"import sys, time; time.sleep(0.2); assert sys.modules[{name!r}].whole") == "ok"


@pytest.mark.parametrize(
    "name, code, options",
    [
        ("unseen", "import unseen", {"silent": True}),  # as front ends run what they want to know
        (
            "awaited",
            "import asyncio\nawait asyncio.sleep(0)\nimport awaited",
            {},
        ),  # stops come at an await only
    ],
)
def test_no_kind_of_cell_breaks_an_import_in_two(kernel, name, code, options):
    kernel.module(name)
    assert kernel(code, **options) in ("KeyboardInterrupt", "ok")
    assert kernel(f"import sys; assert sys.modules[{name!r}].whole") == "ok"


def test_the_first_optimiser_of_a_later_cell_can_be_made_after_a_stop(kernel):
    program = WATCHED + "import torch\nweight = torch.zeros(1, requires_grad=True)"
    assert kernel(program) == "ok"
    assert kernel("torch.optim.Adam([weight])") == "KeyboardInterrupt"
    assert kernel("torch.optim.Adam([weight]); builtins.__import__ = original; assert seen") == "ok"


def test_a_stop_comes_at_once_where_nothing_is_imported_in_a_later_cell(kernel):
    waits = "import time; began = time.monotonic(); print('here', flush=True); time.sleep(60)"
    assert kernel(waits) == "KeyboardInterrupt"
    assert kernel("assert time.monotonic() - began < 60") == "ok"


def test_a_stop_waits_but_where_it_is_welcome():
    with pytest.raises(KeyboardInterrupt), Stops() as stops:
        pressed()
        reached = True
        with stops.welcome():
            raise AssertionError("the stop that waited comes in first")
    assert reached


def test_a_stop_that_is_never_welcome_comes_at_the_end_as_whoever_listens_wants_it():
    class Late(KeyboardInterrupt):
        pass

    with pytest.raises(Late), Stops() as stops:
        stops.late = Late
        pressed()
        pressed()


def test_a_stop_does_not_hide_an_error():
    with pytest.raises(ZeroDivisionError), Stops():
        pressed()
        raise ZeroDivisionError


def test_after_the_first_stop_nothing_more_comes_in():
    with pytest.raises(KeyboardInterrupt), Stops() as stops:
        try:
            with stops.welcome():
                pressed()
        finally:
            pressed()  # a second one, while things are put in order
            in_order = True
    assert in_order


@pytest.mark.parametrize("welcome", [True, False])
def test_what_must_be_whole_is_whole_inside_too(welcome):
    done = []
    with pytest.raises(KeyboardInterrupt), Stops() as stops:
        if welcome:
            with stops.welcome(), no_interrupt():
                pressed()
                done.append("whole")
            done.append("not reached")
        with no_interrupt():
            pressed()
        done.append("goes on")
    assert done == (["whole"] if welcome else ["goes on"])


def test_the_handler_of_before_is_back_whatever_happened():
    before = signal.getsignal(signal.SIGINT)
    for fault in (KeyboardInterrupt, ValueError):
        with pytest.raises(fault), Stops(), no_interrupt():
            raise fault
    assert signal.getsignal(signal.SIGINT) is before


def test_stops_of_somebody_elses_are_left_to_them():
    came, before = [], signal.getsignal(signal.SIGINT)
    theirs = lambda *_: came.append(1)
    signal.signal(signal.SIGINT, theirs)
    try:
        let_imports_finish()
        assert signal.getsignal(signal.SIGINT) is theirs
        with no_interrupt():
            pressed()
        assert came == [1]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with Stops() as stops, stops.welcome(), no_interrupt():
            pressed()
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_the_main_thread_nothing_is_touched():
    before, seen = signal.getsignal(signal.SIGINT), []

    def elsewhere():
        with Stops() as stops, stops.welcome(), no_interrupt():
            let_imports_finish()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]


def test_only_imports_that_began_inside_are_waited_for():
    assert not importing(sys._getframe())
    exec_frame = {"sys": sys, "importing": importing}
    exec(compile("found = importing(sys._getframe())", "<frozen importlib._bootstrap>", "exec"), exec_frame)
    assert exec_frame["found"]
    outside = {"sys": sys, "importing": importing, "here": sys._getframe()}
    exec(compile("found = importing(here, here)", "<frozen importlib._bootstrap>", "exec"), outside)
    assert not outside["found"]
