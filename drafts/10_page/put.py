import nbformat
from helpers.kit.notebooks import with_gaps
new=nbformat.read("notebooks/solutions/10_alignment_in_pretraining.ipynb",4)
old={c.id:c for c in nbformat.read("/tmp/l10dx/small.ipynb",4).cells}
out=with_gaps(new)
for c in out.cells:
    if c.cell_type=="code" and c.id in old: c.outputs=old[c.id].outputs
nbformat.write(out,"notebooks/10_alignment_in_pretraining.ipynb")
