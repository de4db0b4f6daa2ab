"""The forms in which an editor, a browser or a student's habit brings two right answers."""

import copy

import nbformat
from hand_ins import BOTH, OTHER_TEST, RIGHT, TEST, WRONG, at, cells_of, moved, small, solved
from nbformat.v4 import new_code_cell

from helpers.kit.gaps import GAP

FORMS = {}


def form(change):
    """A way of handing in two right answers."""
    FORMS[change.__name__] = change
    return change


@form
def as_it_is(notebook):
    solved(notebook)


@form
def ids_changed(notebook):
    solved(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"new-{number}"


@form
def marks_dropped(notebook):
    solved(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


@form
def marks_ids_and_tags_dropped_as_nbstripout_does(notebook):
    solved(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"new-{number}"
    notebook.metadata = nbformat.from_dict({})


@form
def saved_by_colab(notebook):
    """Ids go to the metadata, the notebook to format 4.0."""
    marks_dropped(notebook)
    for cell in notebook.cells:
        cell.metadata.id = cell.pop("id")
    notebook.nbformat_minor = 0


@form
def copied_by_colab_which_gives_new_ids(notebook):
    saved_by_colab(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.id = f"x{number}"


@form
def all_ids_the_same(notebook):
    solved(notebook)
    for cell in notebook.cells:
        cell.id = "towards"


@form
def answers_twice_the_gap_left(notebook):
    """Copied as JupyterLab does, same mark, new id; worked out below the check."""
    cells = cells_of(notebook)
    for name, test in (("towards", TEST), ("when_equal", OTHER_TEST)):
        again = copy.deepcopy(cells[name])
        again.id, again.source = f"{name}-2", RIGHT[name]
        notebook.cells.insert(at(notebook, test) + 1, again)


@form
def copied_with_the_same_id_as_vs_code_does(notebook):
    cells = cells_of(notebook)
    for name in BOTH:
        again = copy.deepcopy(cells[name])
        again.source = RIGHT[name]
        notebook.cells.append(again)


@form
def answers_in_cells_of_their_own_at_the_end(notebook):
    notebook.cells += [new_code_cell(source) for source in RIGHT.values()]


@form
def answers_in_cells_of_their_own_above_the_gaps(notebook):
    for name in BOTH:
        notebook.cells.insert(at(notebook, name), new_code_cell(RIGHT[name]))


@form
def answers_at_the_top_and_the_gaps_copied_below(notebook):
    """Worked out in one cell, kept away from the gaps, which stand there twice."""
    notebook.cells[2:2] = [new_code_cell("\n\n\n".join(RIGHT.values()))]
    for name in BOTH:
        notebook.cells.append(copy.deepcopy(cells_of(notebook)[name]))


@form
def answers_moved_to_the_end(notebook):
    solved(notebook)
    for name in ("when_equal", "towards"):
        moved(notebook, name, len(notebook.cells))


@form
def checks_moved_to_the_top(notebook):
    solved(notebook)
    for name in (TEST, OTHER_TEST):
        moved(notebook, name, 0)


@form
def checks_and_imports_deleted(notebook):
    solved(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.id not in (TEST, OTHER_TEST, "imports")]


@form
def merged_with_their_tests_the_mark_of_the_answer(notebook):
    cells = solved(notebook)
    for name, test in (("towards", TEST), ("when_equal", OTHER_TEST)):
        cells[name].source += f"\n\n{cells[test].source}"
        notebook.cells.remove(cells[test])


@form
def merged_with_their_tests_the_mark_of_the_test(notebook):
    cells = solved(notebook)
    for name, test in (("towards", TEST), ("when_equal", OTHER_TEST)):
        cells[test].source = f"{cells[name].source}\n\n{cells[test].source}"
        notebook.cells.remove(cells[name])


@form
def merged_with_each_other(notebook):
    cells = solved(notebook)
    cells["towards"].source += f"\n\n\n{cells['when_equal'].source}"
    notebook.cells.remove(cells["when_equal"])


@form
def all_in_one_cell_the_mark_of_the_imports(notebook):
    cells = solved(notebook)
    for cell in list(notebook.cells):
        if cell.cell_type == "code" and cell is not cells["imports"]:
            cells["imports"].source += f"\n\n{cell.source}"
            notebook.cells.remove(cell)


@form
def split_in_two_with_the_same_mark(notebook):
    cells = solved(notebook)
    first = copy.deepcopy(cells["towards"])
    cells["towards"].source = "def towards(agent, coin):\n    return bigger(coin, agent).long()"
    first.id, first.source = "first", "def bigger(a, b):\n    return a > b"
    notebook.cells.insert(at(notebook, "towards"), first)
    last = copy.deepcopy(cells["when_equal"])
    last.id, last.source = "last", "when_equal"
    notebook.cells.insert(at(notebook, "when_equal") + 1, last)


@form
def turned_markdown_and_back(notebook):
    cells = solved(notebook)
    for name in BOTH:
        cells[name].outputs, cells[name].execution_count = [], None
        cells[name].metadata.pop("deletable", None)


@form
def left_as_markdown_and_as_raw(notebook):
    cells = solved(notebook)
    for name, kind in (("towards", "markdown"), ("when_equal", "raw")):
        del cells[name]["outputs"], cells[name]["execution_count"]
        cells[name].cell_type = kind


@form
def imports_beside_the_courses(notebook):
    """In the imports cell, whose lock an editor does not know."""
    cells = solved(notebook)
    cells["imports"].source += "\nimport operator\nfrom math import nan"
    cells["towards"].source = "def towards(agent, coin):\n    return operator.gt(coin, agent).long()"
    cells["when_equal"].source = RIGHT["when_equal"].replace("float('nan')", "nan")


@form
def imports_in_cells_of_their_own_below(notebook):
    imports_beside_the_courses(notebook)
    cells_of(notebook)["imports"].source = small()[1].cells[1].source
    notebook.cells += [new_code_cell("import operator"), new_code_cell("from math import nan")]


@form
def everything_of_a_module_imported(notebook):
    cells = solved(notebook)
    notebook.cells.insert(2, new_code_cell("from operator import *"))
    cells["towards"].source = "def towards(agent, coin):\n    return gt(coin, agent).long()"


@form
def helpers_of_their_own_far_below(notebook):
    cells = solved(notebook)
    cells["towards"].source = "def towards(agent, coin):\n    return bigger(coin, agent).long()"
    notebook.cells += [new_code_cell("def bigger(a, b):\n    return compare_them(a, b)")]
    notebook.cells += [new_code_cell("compare_them = lambda a, b: a > b")]


@form
def written_out_of_order(notebook):
    """The answer needs, as it is made, what stands below it."""
    cells = solved(notebook)
    cells["towards"].source = "@plain\ndef towards(agent, coin):\n    return (coin > agent).long()"
    notebook.cells.append(new_code_cell("plain = lambda function: function"))


@form
def a_table_filled_in_another_cell(notebook):
    cells = solved(notebook)
    notebook.cells[2:2] = [new_code_cell("ways = {}"), new_code_cell("for k in (0, 1):\n    ways[k] = k")]
    notebook.cells[4:4] = [new_code_cell("more = []"), new_code_cell("more.append(ways)")]
    cells["towards"].source = "def towards(agent, coin):\n    return (coin > agent).long() * more[0][1]"


@form
def magics(notebook):
    cells = solved(notebook)
    cells["towards"].source = f"%%time\n{RIGHT['towards'].replace('(coin > agent)', 'bigger(coin, agent)')}"
    notebook.cells.insert(2, new_code_cell("%%capture\n%time 1\ndef bigger(a, b):\n    return a > b"))
    cells["when_equal"].source += "\n%timeit -n 1 -r 1 1 + 1\n!true"


@form
def other_kinds_of_function(notebook):
    cells = solved(notebook)
    cells["towards"].source = "towards = lambda agent, coin: (coin > agent).long()"
    cells["when_equal"].source = (
        "class At:\n    def __call__(self, score, value, level):\n        there = score >= level\n"
        "        return value[there.argmax()] if there.any() else float('nan')\n\nwhen_equal = At()"
    )
    marks_dropped(notebook)


@form
def formatted(notebook):
    """Whole notebooks are run through formatters, and lines end as on Windows."""
    cells = solved(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n") + "\r\n"
    cells["imports"].source = "\n".join(sorted(cells["imports"].source.split("\r\n")))
    cells[TEST].source = "check_towards( towards )"


@form
def a_wrong_attempt_kept_above(notebook):
    solved(notebook)
    notebook.cells.insert(at(notebook, "towards"), new_code_cell(WRONG))


@form
def the_first_attempt_kept_and_the_right_one_below(notebook):
    cells = solved(notebook)
    cells["towards"].source = WRONG
    notebook.cells.append(new_code_cell(RIGHT["towards"]))


@form
def broken_on_purpose_below(notebook):
    solved(notebook)
    notebook.cells.append(new_code_cell(WRONG))


@form
def the_gaps_line_left_below(notebook):
    cells = solved(notebook)
    cells["towards"].source += f"\n    {GAP}"


@form
def headings_gone(notebook):
    solved(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]


@form
def cells_backwards(notebook):
    solved(notebook)
    notebook.cells.reverse()


@form
def a_module_written_by_a_magic(notebook):
    cells = solved(notebook)
    notebook.cells[2:2] = [
        new_code_cell("%%writefile signs_of_mine.py\ndef bigger(a, b):\n    return a > b"),
        new_code_cell("import sys; sys.path.insert(0, '')\nimport signs_of_mine"),
    ]
    cells["towards"].source = "def towards(agent, coin):\n    return signs_of_mine.bigger(coin, agent).long()"
