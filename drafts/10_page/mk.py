"""Builds notebooks/solutions/10_alignment_in_pretraining.ipynb from texts.py and gaps.py; run it in a worktree's root."""
import re
import nbformat as nbf
from pathlib import Path
HERE = Path(__file__).parent
cells = []
def md(id, text): cells.append(("markdown", id, text.strip("\n"), {}))
def code(id, text, hidden=False, folded=False, tags=None):
    meta, j = {}, {}
    if hidden: j["outputs_hidden"] = True
    if folded: j["source_hidden"] = True
    if j: meta["jupyter"] = j
    if tags: meta["tags"] = tags
    cells.append(("code", id, text.strip("\n"), meta))
exec((HERE / "gaps.py").read_text())
exec((HERE / "texts.py").read_text())
left = []
def filled(found):
    if GAPS[found[1]] is None:
        left.append(found[1]); return found[0]
    return GAPS[found[1]]
nb = nbf.v4.new_notebook()
for kind, id, text, meta in cells:
    text = re.sub(r"\{\{([\w-]+)\}\}", filled, text)
    c = nbf.v4.new_markdown_cell(text) if kind == "markdown" else nbf.v4.new_code_cell(text)
    c["id"] = id; c["metadata"] = meta
    nb.cells.append(c)
nb.metadata = {"course": {"small": {"MORE": 2, "UPDATES": 4, "SEEDS": [1000, 1001, 1002, 1003]}}, "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
nbf.write(nb, "notebooks/solutions/10_alignment_in_pretraining.ipynb")
print(len(nb.cells), "cells;", len(left), "gaps left:", ", ".join(left), "; never used:", sorted(set(GAPS) - set(re.findall(r"\{\{([\w-]+)\}\}", (HERE / "texts.py").read_text()))))
