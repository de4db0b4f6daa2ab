"""How the tests run: types checked, two workers with one thread each, and at the end what each file cost.

It stands beside the notebooks, since they are tests, too.
"""

import collections
import os
import signal

import jaxtyping
import pytest

# Threads wait for each other where others work; set before torch is loaded, for the tests and all that they start.
for name, value in {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "TQDM_DISABLE": "1"}.items():
    os.environ.setdefault(name, value)
os.environ["INNER_ALIGNMENT_NOTES"] = "off"  # exercises that a test solves are nobody's progress

# Whoever starts the tests in the background may leave Ctrl-C ignored, in them and in all they start; many press it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An int may stand for a float, as everywhere in Python (beartype is stricter if it is not told).
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
# Modules are checked when they are first imported, so this comes before any of them.
HOOK = jaxtyping.install_import_hook("helpers", CHECKER)
PATIENCE = 600  # seconds that a kernel may take to hand over what a cell has shown, on a busy machine
LONG = ("notebooks/", "tests/course/", "tests/peers/")
COSTS = collections.Counter()  # file -> seconds


def pytest_xdist_auto_num_workers(config):
    """Two workers for the whole suite, none for a part of it."""
    whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    return min(2, os.cpu_count() or 1) if whole else 0


def pytest_collection_modifyitems(items):
    """What takes long comes first, so that two workers end together; cells get a patience nbval has no option for."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    for item in items:
        if item.path.suffix == ".ipynb":
            item.output_timeout = PATIENCE


def pytest_runtest_logreport(report):
    COSTS[report.nodeid.split("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter):
    """What each file cost, the dearest first; files below one part in a hundred are added up."""
    total = sum(COSTS.values())
    dear = [(file, seconds) for file, seconds in COSTS.most_common() if seconds >= total / 100]
    if len(COSTS) < 2:
        return
    rows = [(seconds, file) for file, seconds in dear]
    if others := len(COSTS) - len(dear):
        rows.append((total - sum(seconds for _, seconds in dear), f"{others} other files"))
    terminalreporter.section("seconds by file")
    for seconds, name in [*rows, (total, "in all; workers side by side take less")]:
        terminalreporter.line(f"{seconds:8.1f}  {name}")
