"""Runs cells in IPython, each scenario with a kernel of its own: which verdicts had a remark. Reads and writes JSON.

In a process of its own: what watches cells looks at the frame that calls it, which checks of types in tests hide.
"""

import contextlib
import io
import json
import sys
import warnings

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from helpers.kit import stale

START = """
import copy, functools, itertools, random, types
import numpy as np
import pandas as pd
import torch
some = np.linspace(-.2, .62, 8)
frame = pd.DataFrame({"v": some, "w": some[::-1]})
class Box:
    def __init__(self, of): self.of = of
def fill(maps, often=[]):
    maps.update(a=[1])
    often.append(1)
    if len(often) == 1: raise KeyboardInterrupt
    maps["a"].append(2)
fill.__module__ = "helpers.made_here"
class Course:
    def __init__(self): self.pays = np.ones(4)
Course.__module__ = "helpers.made_here"
def judge(of):
    from helpers.kit import stale
    stale.say_what_is_not_followed()
"""


def remarks(shell, names, turns) -> list[bool]:
    """For each turn, whether its last cell had a remark; a turn: the cells that run, each by its name and its text.

    names: what there is before all.
    """
    shell.user_ns.clear()
    shell.user_ns.update(names)
    cells = stale._cells = stale.Cells(shell)
    shell.events.callbacks["pre_run_cell"][:] = [cells.begins]
    shell.events.callbacks["post_run_cell"][:] = [cells.ended]
    shell.ast_transformers[:] = [cells]
    found = []
    for turn in [[("start", START)], *turns]:
        for name, source in turn:
            with contextlib.redirect_stdout(io.StringIO()) as said:
                result = shell.run_cell(source, cell_id=name)
            well = result.success or isinstance(result.error_in_exec, KeyboardInterrupt | ZeroDivisionError)
            assert well and not cells.lost, (source, cells.lost, said.getvalue())
        found.append(stale.SURE in said.getvalue() or "Out of date" in said.getvalue())
    return found[1:]


def main():
    """From a list of scenarios to a list of their remarks."""
    warnings.simplefilter("ignore")
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config, user_ns={"__name__": "__main__"})
    names, found = dict(shell.user_ns), []
    for turns in json.load(sys.stdin):
        try:
            found.append(remarks(shell, names, turns))
        except AssertionError as error:
            found.append(str(error))
    json.dump(found, sys.__stdout__)


if __name__ == "__main__":
    main()
