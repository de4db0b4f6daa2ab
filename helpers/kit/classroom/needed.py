"""Which cells of a notebook have to run so that its answers can be tested: they, and what they use.

A lesson trains for minutes and shows what came out; none of that is needed to test a function. So a notebook with a
language model in it is graded in seconds, and without the model.
"""

import symtable

import nbformat
from IPython.core.inputtransformer2 import TransformerManager


def needed(notebook: nbformat.NotebookNode) -> list[int]:
    """The numbers of the cells to run, in order: imports, answers, tests, and whatever sets a global name they use."""
    names = {
        place: _names(cell.source) for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"
    }
    run = {place for place in names if _is_asked(notebook.cells[place])}
    while True:
        used = set().union(*(names[place][1] for place in run))
        more = {place for place, (sets, _) in names.items() if place not in run and sets & used}
        if not more:
            return sorted(run)
        run |= more


def _is_asked(cell):
    """Whether a cell is one of imports, answers and tests; not one that a person grades."""
    about = cell.metadata.get("nbgrader", {})
    by_person = about.get("grade") and about.get("solution")
    return bool(about.get("grade") or about.get("solution") or about.get("locked")) and not by_person


def _names(source):
    """(global names that a cell sets, global names that it reads); none for what is no Python."""
    try:
        table = symtable.symtable(TransformerManager().transform_cell(source), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    sets = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    reads = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
    inner = table.get_children()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        globals_ = [one for one in scope.get_symbols() if one.is_global()]
        reads |= {one.get_name() for one in globals_ if one.is_referenced()}
        sets |= {one.get_name() for one in globals_ if one.is_assigned()}
    return sets, reads
